package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Several events that are published with one call. */
class BrokerBatchTest {
  @RegisterExtension final Stage stage = new Stage();

  @Test
  void receiptsAreInTheOrderOfTheEvents() throws Exception {
    Broker broker = stage.open(Broker.builder().queueEvents(2).listener(stage.listener));
    GatedSink sink = stage.gated();
    Subscription subscription = broker.subscribe("t", sink);
    sink.awaitBlocked();

    List<Receipt> receipts = broker.publish("t", events("a", "b", "c"));

    String epoch = EventId.parse(receipts.getFirst().id()).orElseThrow().epoch();
    assertEquals(
        List.of(
            new Receipt(epoch + "-1", 1, 0, 0),
            new Receipt(epoch + "-2", 1, 0, 0),
            new Receipt(epoch + "-3", 0, 1, 0)),
        receipts);
    sink.open();
    subscription.close();
    sink.expect(COMMENT, "data: a\nid: " + epoch + "-1", "data: b\nid: " + epoch + "-2");
    sink.expect("data: c\nid: " + epoch + "-3");
  }

  @Test
  void noEventsAreNothing() {
    Broker broker = stage.open();

    assertEquals(List.of(), broker.publish("t", List.of()));
    assertEquals(0, broker.stats().events().published());
  }

  @Test
  void badTopicIsRefusedAndClosedBrokerToo() {
    Broker broker = stage.open();

    assertThrows(IllegalArgumentException.class, () -> broker.publish("*", events("a")));
    assertEquals(0, broker.stats().events().published());
    broker.close();
    assertThrows(BrokerClosedException.class, () -> broker.publish("t", events("a")));
    assertThrows(BrokerClosedException.class, () -> broker.publish("t", List.of()));
    assertEquals(0, broker.stats().events().published());
  }

  @Test
  void noOtherEventComesBetween() throws Exception {
    int batches = 500;
    Broker broker = stage.open(1 << 16);
    RecordingSink sink = stage.recording();
    Subscription subscription = broker.subscription("t", "u").open(sink);
    List<Callable<?>> bodies = new ArrayList<>();
    for (String publisher : List.of("a", "b")) {
      bodies.add(() -> {
        for (int i = 0; i < batches; i++) {
          broker.publish("t", events(publisher + "1", publisher + "2", publisher + "3"));
        }
        return true;
      });
    }
    bodies.add(() -> {
      for (int i = 0; i < batches; i++) {
        broker.publish("u", Event.of("single"));
      }
      return true;
    });

    Stage.together(bodies);

    subscription.close();
    assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
    List<String> received = sink.rest();
    assertEquals(1 + 7 * batches, received.size());
    for (int i = 1; i < received.size(); i++) {
      String frame = received.get(i);
      if (frame.endsWith("1")) {
        String publisher = frame.substring(0, frame.length() - 1);
        assertEquals(List.of(publisher + "2", publisher + "3"), received.subList(i + 1, i + 3));
        i += 2;
      } else {
        assertEquals("data: single", frame);
      }
    }
  }

  private static List<Event> events(String... data) {
    return List.of(data).stream().map(Event::of).toList();
  }
}
