package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.ModelLog.Publication;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checks all that must hold when a broker is closed and its threads have ended. */
final class LifeChecker {
  private final ModelLife life;

  // What the clients were given, all together.
  private final Map<CloseReason, Long> ended = new EnumMap<>(CloseReason.class);
  private long added;
  private long events;
  private long bytes;
  private long notices;
  private long missed;

  LifeChecker(ModelLife life) {
    this.life = life;
    for (CloseReason reason : CloseReason.values()) {
      ended.put(reason, 0L);
    }
  }

  void check() throws Exception {
    for (Throwable death : life.uncaught) {
      if (!(death instanceof ModelSink.Failure)) {
        throw new AssertionError("a thread died", death);
      }
    }
    checkReceipts(life.log.inOrder());
    for (ModelConnection connection : life.connections) {
      if (connection.subscription != null) {
        check(connection);
      }
    }
    checkStats();
    checkListener();
  }

  private void checkReceipts(List<Publication> publications) {
    for (int i = 0; i < publications.size(); i++) {
      Publication publication = publications.get(i);
      assertEquals(i + 1, publication.sequence(), "sequences have no holes");
      if (i > 0) {
        assertTrue(publication.returned() > publications.get(i - 1).began(), "order of receipts");
      }
    }
  }

  private void check(ModelConnection connection) throws Exception {
    StreamChecker stream = new StreamChecker(life.log, connection, life.ids, life.ample);
    stream.check();
    connection.sink.rest();
    connection.sink.assertNothingLeft();
    CloseReason reason = stream.reason();
    checkEnd(connection, reason);
    added++;
    ended.merge(reason, 1L, Long::sum);
    events += stream.events();
    bytes += connection.sink.bytes().length;
    notices += stream.notices();
    missed += stream.missed();
  }

  private void checkEnd(ModelConnection connection, CloseReason reason) {
    boolean legal =
        switch (reason) {
          case DISCONNECTED -> connection.left || connection.sink.hasFailed();
          case FAILED -> connection.sink.hasFailed() && connection.sink.failsUnchecked();
          case UNSUBSCRIBED -> connection.closed < Long.MAX_VALUE;
          case TOO_SLOW -> connection.policy() == Overflow.Action.DISCONNECT;
          case WRITE_TIMED_OUT, MAX_AGE -> life.timed;
          case OUT_OF_RESOURCES -> false;
          case BROKER_CLOSED -> true;
        };
    assertTrue(legal, () -> reason + " for " + connection);
    boolean asked = Set.of(CloseReason.UNSUBSCRIBED, CloseReason.BROKER_CLOSED).contains(reason);
    boolean disturbed = connection.left || connection.sink.hasFailed() || life.timed;
    if (asked && life.drained && !disturbed) {
      assertTrue(connection.sink.isEnded(), () -> "no proper end for " + connection);
    }
    if (!asked && reason != CloseReason.MAX_AGE) {
      assertFalse(connection.sink.isEnded(), () -> "a proper end for " + connection);
    }
    byte[] received = connection.sink.bytes();
    assertTrue(received.length == 0 || received[0] == ':', "a stream begins with a comment");
  }

  private void checkStats() {
    BrokerStats stats = life.broker.stats();
    List<Publication> publications = life.log.inOrder();
    assertEquals(0, stats.clients().current());
    assertEquals(added, stats.clients().added());
    assertEquals(ended, stats.clients().ended());
    assertEquals(publications.size(), stats.events().published());
    assertEquals(
        publications.stream().mapToLong(p -> p.receipt().dropped()).sum(),
        stats.events().dropped());
    assertEquals(events, stats.events().delivered());
    assertEquals(bytes, stats.events().deliveredBytes());
    assertEquals(notices, stats.events().gaps());
    assertEquals(missed, stats.events().missed());
    if (life.ample) {
      assertEquals(publications.size(), stats.history().events());
    }
  }

  private void checkListener() {
    life.listener.assertEachToldOnce();
  }
}
