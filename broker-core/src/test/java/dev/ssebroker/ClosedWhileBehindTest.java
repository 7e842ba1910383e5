package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ClosedWhileBehindTest {
  @RegisterExtension final Stage stage = new Stage();

  @Test
  void whatIsPublishedBehindTheEndIsNotMissed() throws Exception {
    Broker broker = stage.open(Stage.plain().historyEvents(1));
    Receipt first = broker.publish("t", Event.of("1"));
    broker.publish("t", Event.of("2"));
    GatedSink sink = stage.gated();
    String before = first.id().replace("-1", "-0");
    Subscription subscription = broker.subscription("t").lastEventId(before).open(sink);
    sink.awaitBlocked();
    subscription.close();
    for (int i = 3; i <= 10; i++) {
      broker.publish("t", Event.of(Integer.toString(i)));
    }
    sink.open();
    sink.awaitClosed();
    assertEquals(
        List.of(":", "event: gap\ndata: {\"missed\":2,\"reason\":\"evicted\"}"), sink.rest());
  }

  @Test
  void nothingIsMissedIfNothingWasPublishedBeforeTheEnd() throws Exception {
    Broker broker = stage.open(Stage.plain().historyEvents(1));
    Receipt first = broker.publish("t", Event.of("1"));
    GatedSink sink = stage.gated();
    Subscription subscription = broker.subscription("t").lastEventId(first.id()).open(sink);
    sink.awaitBlocked();
    subscription.close();
    broker.publish("t", Event.of("2"));
    broker.publish("t", Event.of("3"));
    sink.open();
    sink.awaitClosed();
    assertEquals(List.of(":"), sink.rest());
  }
}
