package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.CloseReason;
import dev.ssebroker.Event;
import dev.ssebroker.Sink;
import dev.ssebroker.Subscription;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CrowdTest {
  private static final String TOPIC = "ticker";
  private static final Duration LONG = Duration.ofHours(1);
  private static final CrowdSink.Pace NEVER = new CrowdSink.Pace(LONG, Duration.ZERO);

  private final StringWriter lines = new StringWriter();
  private final PublishTimes publishTimes = new PublishTimes();
  private final Latency latency = new Latency(publishTimes);
  private final Crowd crowd = new Crowd(new Log(new PrintWriter(lines, true)), latency);
  private final Broker broker = Broker.builder().listener(crowd).open();

  @AfterEach
  void noClientIsLeft() {
    crowd.close();
    broker.close();
    assertEquals(0, broker.clientCount());
  }

  private void publish(int events) {
    for (int i = 0; i < events; i++) {
      broker.publish(TOPIC, Event.of("x"));
    }
  }

  private static Sink discardingSink() {
    return Sink.of(OutputStream.nullOutputStream());
  }

  @Test
  void fastClientsReceiveEverything() {
    crowd.open(broker, TOPIC, ClientKind.FAST, 3);
    publish(10);

    assertTrue(broker.close(LONG));
    assertEquals(30, crowd.received(ClientKind.FAST));
    assertEquals(0, crowd.received(ClientKind.SLOW));
  }

  @Test
  void clientThatDoesNotReadFallsBehindAlone() {
    crowd.open(broker, TOPIC, ClientKind.STALLED, 1, NEVER);
    Subscription stalled = crowd.members().getFirst().subscription();
    crowd.open(broker, TOPIC, ClientKind.FAST, 1);
    publish(200);

    assertEquals(200, stalled.lag().events());
    assertEquals(1, broker.stats().clients().replaying());
    for (Crowd.Member member : crowd.members()) {
      member.subscription().close();
    }
    assertEquals(200, stalled.lag().events());
  }

  @Test
  void clientThatPausesCatchesUp() {
    crowd.open(
        broker, TOPIC, ClientKind.STALLED, 1, new CrowdSink.Pace(Duration.ofMillis(1), LONG));
    publish(1000);

    assertTrue(broker.close(LONG));
    assertEquals(1000, crowd.received(ClientKind.STALLED));
  }

  @Test
  void closeEndsBlockedClients() throws InterruptedException {
    crowd.open(broker, TOPIC, ClientKind.SLOW, 5, NEVER);
    List<Crowd.Member> members = crowd.members();
    publish(100);

    crowd.close();

    assertEquals(List.of(), crowd.members());
    for (Crowd.Member member : members) {
      assertEquals(CloseReason.DISCONNECTED, member.subscription().awaitEnd());
    }
    assertEquals(0, broker.clientCount());
  }

  @Test
  void numberOfExtraClientsIsBounded() {
    crowd.open(broker, TOPIC, ClientKind.SLOW, 1, NEVER);

    String message =
        String.valueOf(
            assertThrows(
                    IllegalArgumentException.class,
                    () -> crowd.open(broker, TOPIC, ClientKind.FAST, Crowd.MAX))
                .getMessage());

    assertEquals(
        "count is 10000; with the 1 open clients, that exceeds the maximum of 10000", message);
    assertEquals(
        Map.of(ClientKind.WEB, 0, ClientKind.FAST, 0, ClientKind.SLOW, 1, ClientKind.STALLED, 0),
        crowd.counts());
  }

  @Test
  void onlyRealConnectionsAreLogged() throws InterruptedException {
    crowd.open(broker, TOPIC, ClientKind.FAST, 2);
    Subscription web = broker.subscribe(TOPIC, discardingSink());
    web.close();
    web.awaitEnd();
    crowd.close();
    broker.close();

    assertEquals(
        List.of("Client added. 3 registered clients", "Removed client. 2 registered clients"),
        lines.toString().lines().map(line -> line.substring(20)).toList());
  }

  @Test
  void gapsAreCountedPerKind() {
    crowd.open(broker, TOPIC, ClientKind.FAST, 1);
    broker.subscription(TOPIC).lastEventId("unknown").open(discardingSink());

    assertTrue(broker.close(LONG));
    assertEquals(1, crowd.gaps(ClientKind.WEB));
    assertEquals(0, crowd.gaps(ClientKind.FAST));
  }

  @Test
  void latencyIsMeasuredFromPublicationToTheFastClients() {
    crowd.open(broker, TOPIC, ClientKind.FAST, 10);
    crowd.open(broker, TOPIC, ClientKind.SLOW, 1, new CrowdSink.Pace(Duration.ofMillis(1), LONG));
    long hourAgo = System.nanoTime() - LONG.toNanos();
    publishTimes.add(broker.publish(TOPIC, Event.of("a\nid: b")).id(), hourAgo);
    assertTrue(broker.close(LONG));

    Latency.Summary summary = latency.summarize(10).orElseThrow();

    assertTrue(summary.p50Nanos() >= LONG.toNanos(), summary::toString);
    assertTrue(summary.p99Nanos() >= summary.p50Nanos(), summary::toString);
    assertEquals(summary.maxNanos(), summary.p99Nanos());
    assertEquals(Optional.empty(), latency.summarize(10));
  }

  @Test
  void latencyOfAnEventOfAnotherPublisherIsUnknown() {
    crowd.open(broker, TOPIC, ClientKind.FAST, 1);
    publish(1);
    assertTrue(broker.close(LONG));

    assertEquals(Optional.empty(), latency.summarize(1));
  }
}
