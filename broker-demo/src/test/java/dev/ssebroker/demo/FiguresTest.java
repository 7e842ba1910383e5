package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.Sink;
import dev.ssebroker.Subscription;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class FiguresTest {
  private static final String TOPIC = "ticker";
  private static final CrowdSink.Pace NEVER =
      new CrowdSink.Pace(Duration.ofHours(1), Duration.ZERO);

  private final PublishTimes publishTimes = new PublishTimes();
  private final Latency latency = new Latency(publishTimes);
  private final Crowd crowd = new Crowd(new Log(new PrintWriter(Writer.nullWriter())), latency);
  private final Broker broker = Broker.builder().listener(crowd).open();
  private final AtomicLong nanos = new AtomicLong();
  private Optional<RelayStatus> relay = Optional.empty();
  private final Figures figures =
      new Figures(
          broker,
          crowd,
          publishTimes,
          latency,
          () -> Duration.ofMillis(10),
          () -> relay,
          () -> 1_234_567_890_123L,
          nanos::get);

  @AfterEach
  void noClientIsLeft() {
    crowd.close();
    broker.close();
    assertEquals(0, broker.clientCount());
  }

  private void publish(int events) {
    for (int i = 0; i < events; i++) {
      publishTimes.add(broker.publish(TOPIC, Event.of("x")).id(), nanos.get());
    }
  }

  /** Ends a client after it has received everything, so that all its events are counted. */
  private static void end(Subscription client) throws InterruptedException {
    client.close();
    client.awaitEnd();
  }

  private static void assertHas(String json, String part) {
    assertTrue(json.contains(part), () -> part + " is missing in " + json);
  }

  @Test
  void allFiguresAreZeroAtFirst() {
    nanos.set(1_000_000_000);

    assertEquals(
        """
        {"time":1234567890123,"interval":10,"published":{"total":0,"perSecond":0.0},\
        "delivered":{"total":0,"perSecond":0.0},"dropped":0,"gaps":0,"missed":0,"clients":0,\
        "replaying":0,"longestQueue":0,"historyEvents":0,"oldestQueued":0,"latency":null,\
        "relay":null,"kinds":{"web":ZERO,"fast":ZERO,"slow":ZERO,"stalled":ZERO}}\
        """
            .replace(
                "ZERO",
                "{\"clients\":0,\"perSecond\":0.0,\"lagEvents\":0,\"lagMillis\":0,\"gaps\":0}"),
        figures.next());
  }

  @Test
  void relayStatusIsIncluded() {
    relay =
        Optional.of(
            new RelayStatus(
                "http://up/", RelayStatus.State.WAITING, "gone", OptionalLong.of(500), 7));

    assertHas(figures.next(), "\"relay\":" + relay.get().toJson() + ",");
  }

  @Test
  void ratesAreSinceThePreviousFigures() throws InterruptedException {
    crowd.open(broker, TOPIC, ClientKind.FAST, 2);
    Subscription web = broker.subscribe(TOPIC, Sink.of(OutputStream.nullOutputStream()));
    publish(10);
    end(web);
    for (Crowd.Member member : crowd.members()) {
      end(member.subscription());
    }
    nanos.set(4_000_000_000L);

    String json = figures.next();
    assertHas(json, "\"published\":{\"total\":10,\"perSecond\":2.5}");
    assertHas(json, "\"delivered\":{\"total\":30,\"perSecond\":7.5}");
    assertTrue(json.matches(".*\"web\":\\{\"clients\":\\d,\"perSecond\":2.5,.*"), json);
    assertTrue(json.matches(".*\"fast\":\\{\"clients\":\\d,\"perSecond\":5.0,.*"), json);
    assertTrue(json.matches(".*\"latency\":\\{\"p50\":[\\d.]+,\"p99\":[\\d.]+,.*"), json);

    nanos.set(5_000_000_000L);
    String next = figures.next();
    assertHas(next, "\"published\":{\"total\":10,\"perSecond\":0.0}");
    assertHas(next, "\"latency\":null");
  }

  @Test
  void figuresDoNotCountThemselves() throws InterruptedException {
    Subscription page = broker.subscribe("**", Sink.of(OutputStream.nullOutputStream()));
    publish(1);
    figures.publish();
    figures.publish();
    end(page);

    String json = figures.next();
    assertHas(json, "\"published\":{\"total\":1,");
    assertHas(json, "\"delivered\":{\"total\":1,");
    assertHas(json, "\"historyEvents\":3,");
  }

  @Test
  void clientThatDoesNotReadHasALag() {
    crowd.open(broker, TOPIC, ClientKind.STALLED, 2, NEVER);
    nanos.set(1_000_000_000);
    publish(200);
    nanos.set(3_500_000_000L);

    String json = figures.next();
    assertHas(json, "\"replaying\":2,\"longestQueue\":64,");
    // A writer may have begun its first write with up to a queue of events.
    String stalled = "\"stalled\":{\"clients\":2,\"perSecond\":0.0,\"lagEvents\":";
    assertHas(json, stalled);
    int lag = Integer.parseInt(json.split(Pattern.quote(stalled), 2)[1].split(",", 2)[0]);
    assertTrue(lag >= 200 - 64 && lag <= 200, json);
    assertHas(json, stalled + lag + ",\"lagMillis\":2500,");
  }
}
