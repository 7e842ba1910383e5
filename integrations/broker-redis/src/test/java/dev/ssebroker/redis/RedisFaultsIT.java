package dev.ssebroker.redis;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Event;
import dev.ssebroker.EventId;
import dev.ssebroker.EventLog;
import dev.ssebroker.EventLogException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Appends and reads during failures of Redis or the network. */
class RedisFaultsIT {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private RedisServer server;
  private FaultyProxy proxy;

  @BeforeEach
  void start() throws IOException {
    server = RedisServer.start();
    proxy = new FaultyProxy(server);
  }

  @AfterEach
  void stop() throws IOException {
    threads.shutdownNow();
    proxy.close();
    server.close();
  }

  @Test
  void logOpensWhileRedisIsUnavailableAndWorksWhenItIsAvailable() throws Exception {
    proxy.refuse();
    try (RedisLog log = open(Duration.ofMillis(300))) {
      String unreachable =
          "Redis at "
              + proxy.address()
              + " cannot be reached: ConnectException: Connection refused";
      assertEquals(unreachable, message(log::end));
      assertEquals(unreachable, message(() -> log.find("x")));
      assertEquals(unreachable, message(() -> log.read(id(1), 1)));
      assertEquals(unreachable, message(() -> log.follow(id(1), 1, LONG)));
      assertEquals(unreachable + "; the event was not stored", message(() -> append(log, "lost")));
      assertEquals(
          unreachable + "; the events were not stored",
          message(() -> log.append("t", List.of(Event.of("1"), Event.of("2")))));

      proxy.accept();
      append(log, "1");

      assertEquals(List.of("1"), all());
    }
  }

  @Test
  void appendThatStartsWhileRedisIsUnavailableIsStoredWhenItIsAvailable() throws Exception {
    try (RedisLog log = open(LONG)) {
      append(log, "1");
      proxy.refuse();
      Future<EventId> appended = threads.submit(() -> append(log, "2"));

      proxy.accept();

      assertEquals(2, appended.get(30, SECONDS).sequence());
      assertEquals(List.of("1", "2"), all());
    }
  }

  @Test
  void eventWhoseAnswerIsLostIsStoredOnce() throws Exception {
    try (RedisLog log = open(LONG)) {
      append(log, "1");
      proxy.loseAnswerTo("evalsha");

      EventId id = append(log, "2");

      proxy.awaitLost();
      assertEquals(2, id.sequence());
      assertEquals(3, append(log, "3").sequence());
      assertEquals(List.of("1", "2", "3"), all());
    }
  }

  @Test
  void eventWithOwnIdWhoseAnswerIsLostIsNotADuplicate() throws Exception {
    try (RedisLog log = open(LONG)) {
      append(log, "1");
      proxy.loseAnswerTo("evalsha");

      List<EventId> ids = log.append("t", List.of(Event.of("2").withId("own")));

      assertEquals(2, ids.getFirst().sequence());
      assertThrows(
          IllegalArgumentException.class,
          () -> log.append("t", List.of(Event.of("2").withId("own"))));
    }
  }

  @Test
  void delayedRequestIsNotStoredTwice() throws Exception {
    try (RedisLog log = open(Duration.ofSeconds(4))) {
      append(log, "1");
      proxy.delay("evalsha");

      assertEquals(2, append(log, "2").sequence());
      assertEquals(3, append(log, "3").sequence());
      proxy.awaitDelayed();
      proxy.deliver();

      assertEquals(4, append(log, "4").sequence());
      assertEquals(List.of("1", "2", "3", "4"), all());
    }
  }

  @Test
  void nothingAcknowledgedIsLostOrDoubledWhileConnectionsBreak() throws Exception {
    int publishers = 8;
    int each = 40;
    try (RedisLog log = open(LONG)) {
      append(log, "first");
      List<Future<List<EventId>>> appending = new ArrayList<>();
      List<String> acknowledged = new CopyOnWriteArrayList<>();
      for (int p = 0; p < publishers; p++) {
        String name = "p" + p + "-";
        appending.add(
            threads.submit(() -> {
              List<EventId> ids = new ArrayList<>();
              for (int i = 0; i < each; i++) {
                ids.add(append(log, name + i));
                acknowledged.add(name + i);
              }
              return ids;
            }));
      }
      for (int i = 0; i < 5; i++) {
        proxy.loseAnswerTo("evalsha");
        proxy.awaitLost();
      }
      List<EventId> ids = new ArrayList<>();
      for (Future<List<EventId>> future : appending) {
        ids.addAll(future.get(30, SECONDS));
      }

      List<String> stored = all();
      assertEquals(
          acknowledged.stream().sorted().toList(), stored.stream().skip(1).sorted().toList());
      assertEquals(
          IntStream.range(0, publishers * each).mapToObj(i -> i + 2L).toList(),
          ids.stream().map(EventId::sequence).sorted().toList());
    }
  }

  @Test
  void appendTimesOutWithUnknownOutcomeIfRedisIsSlow() throws Exception {
    try (RedisLog log = open(Duration.ofMillis(200))) {
      append(log, "1");
      proxy.stall();

      String message = message(() -> append(log, "2"));

      assertTrue(message.endsWith("; the event may have been stored"), message);
      assertEquals(
          "Redis at " + proxy.address() + " did not answer in time",
          message(() -> log.read(id(1), 1)));
      proxy.unstall();
      append(log, "3");
    }
  }

  @Test
  void appendThatTimedOutBeforeItWasSentIsNeverStored() throws Exception {
    try (RedisLog log = open(Duration.ofMillis(200))) {
      append(log, "1");
      proxy.refuse();
      message(() -> append(log, "2"));
      proxy.accept();

      append(log, "3");

      assertEquals(List.of("1", "3"), all());
    }
  }

  @Test
  void waitingReadFailsWhenTheConnectionBreaks() throws Exception {
    try (RedisLog log = open(LONG)) {
      EventId end = log.end();
      Future<List<EventLog.Entry>> reading = threads.submit(() -> log.follow(end, 1, LONG));
      awaitBlockedClient();

      proxy.refuse();

      Throwable thrown =
          assertThrows(ExecutionException.class, () -> reading.get(30, SECONDS)).getCause();
      assertInstanceOf(EventLogException.class, thrown);
      assertTrue(
          String.valueOf(thrown.getMessage()).startsWith("the connection to Redis at ")
              || String.valueOf(thrown.getMessage()).startsWith("Redis at "),
          thrown.getMessage());
    }
  }

  @Test
  void closeEndsWaitingAppendsAndReads() throws Exception {
    RedisLog log = open(LONG);
    EventId end = append(log, "1");
    Future<List<EventLog.Entry>> reading = threads.submit(() -> log.follow(end, 1, LONG));
    awaitBlockedClient();
    proxy.delay("evalsha");
    Future<EventId> appending = threads.submit(() -> append(log, "2"));
    proxy.awaitDelayed();

    log.close();

    assertEquals("the log is closed", cause(reading));
    assertEquals("the log is closed; the event may have been stored", cause(appending));
    assertEquals("the log is closed; the event was not stored", message(() -> append(log, "3")));
  }

  private static String cause(Future<?> future) {
    Throwable thrown =
        assertThrows(ExecutionException.class, () -> future.get(30, SECONDS)).getCause();
    return String.valueOf(assertInstanceOf(EventLogException.class, thrown).getMessage());
  }

  /** Older JDKs say more about a refused connection. */
  private static String message(Callable<?> body) {
    return String.valueOf(assertThrows(EventLogException.class, body::call).getMessage())
        .replace(" (connect failed)", "");
  }

  private void awaitBlockedClient() {
    try (var client = server.client()) {
      while (!client.info("clients").contains("blocked_clients:1")) {
        Thread.onSpinWait();
      }
    }
  }

  private RedisLog open(Duration timeout) {
    return RedisLog.builder().uri(proxy.uri()).timeout(timeout).open();
  }

  private static EventId append(RedisLog log, String data) {
    return log.append("t", List.of(Event.of(data))).getFirst();
  }

  private static EventId id(long sequence) {
    return new EventId("x", sequence);
  }

  private List<String> all() {
    try (RedisLog log = RedisLog.builder().uri(server.uri()).open()) {
      return log.read(id(0), 1000).stream().map(entry -> entry.event().data()).toList();
    }
  }
}
