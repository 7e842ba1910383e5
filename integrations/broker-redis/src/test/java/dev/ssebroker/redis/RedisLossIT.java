package dev.ssebroker.redis;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Event;
import dev.ssebroker.EventId;
import dev.ssebroker.EventLog;
import dev.ssebroker.EventLogException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.resps.StreamEntry;

/** Readers after Redis has lost events, with every server program. */
@ParameterizedClass
@MethodSource("dev.ssebroker.redis.RedisServer#programs")
class RedisLossIT {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(20);
  private static final int SOME = 100;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @Parameter Path program;

  private RedisServer server;
  private RedisLog log;
  private RedisLog other;

  @BeforeEach
  void start() throws IOException {
    server = RedisServer.start(program);
    log = open(server.uri());
    other = open(server.uri());
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
    log.close();
    other.close();
    server.close();
  }

  @Test
  void emptyRedisStartsANewIncarnation() throws Exception {
    EventId old = append(log, "1", "2").getLast();
    assertEquals(List.of("2"), data(log.follow(before(old), SOME, LONG)));
    restart();

    EventId fresh = append(other, "3").getFirst();

    assertEquals(1, fresh.sequence());
    assertNotEquals(incarnation(old), incarnation(fresh));
    List<EventLog.Entry> read = readAfterReconnecting(old);
    assertEquals(List.of("3"), data(read));
    assertEquals(List.of(fresh), ids(read));
  }

  @Test
  void waitingReadNoticesThatTheLogWasDeleted() throws Exception {
    EventId old = append(log, "1", "2").getLast();
    Future<List<EventLog.Entry>> reading = threads.submit(() -> log.follow(old, SOME, LONG));
    awaitBlockedClient();

    try (Jedis client = server.client()) {
      client.flushAll();
    }
    EventId fresh = append(other, "3").getFirst();

    assertEquals(List.of(fresh), ids(reading.get(30, SECONDS)));
  }

  @Test
  void olderDataStartANewGeneration() throws Exception {
    EventId kept = append(log, "1", "2").getLast();
    save();
    EventId last = append(log, "3", "4").getLast();
    assertEquals(List.of("3", "4"), data(log.follow(kept, SOME, LONG)));
    restart();

    assertEquals(List.of(), readAfterReconnecting(last));

    EventId end = other.end();
    assertEquals(incarnation(last), incarnation(end));
    assertNotEquals(last.epoch(), end.epoch());
    assertEquals(last.sequence(), end.sequence());
    EventId next = append(other, "5").getFirst();
    assertEquals(new EventId(end.epoch(), last.sequence() + 1), next);
    assertEquals(List.of(next), ids(log.follow(last, SOME, LONG)));
    assertEquals(List.of("1", "2", "5"), data(log.read(new EventId(last.epoch(), 0), SOME)));
  }

  @Test
  void lossStartsOneGenerationForAllReaders() throws Exception {
    EventId kept = append(log, "1").getLast();
    save();
    EventId last = append(log, "2").getLast();
    assertEquals(List.of("2"), data(log.follow(kept, SOME, LONG)));
    assertEquals(List.of("2"), data(other.follow(kept, SOME, LONG)));
    restart();

    readAfterReconnecting(last);
    EventId end = log.end();
    assertEquals(List.of(), other.follow(last, SOME, SHORT));

    assertEquals(end, other.end());
  }

  /** Other brokers store as many events as were lost, or more, before the next read. */
  @Test
  void followerNoticesReplacedEventsByTheChain() throws Exception {
    for (int more = 0; more < 2; more++) {
      EventId kept = append(log, "kept").getLast();
      EventId begin = log.end();
      Map<String, String> state = state();
      EventId lost = append(log, "lost").getLast();
      assertEquals(List.of("lost"), data(log.follow(begin, SOME, LONG)));
      restoreTo(kept, state);
      for (int i = 0; i <= more; i++) {
        append(other, "instead");
      }
      assertEquals(lost.epoch(), other.end().epoch());

      assertEquals(List.of(), log.follow(lost, SOME, SHORT));

      assertNotEquals(lost.epoch(), other.end().epoch());
      EventId next = append(other, "next").getFirst();
      assertEquals(List.of(next), ids(log.follow(lost, SOME, LONG)));
      assertEquals(next, other.end());
    }
  }

  @Test
  void followerThatNoticesALossLateKeepsTheNewerGeneration() throws Exception {
    EventId kept = append(log, "kept").getLast();
    EventId begin = log.end();
    Map<String, String> state = state();
    EventId lost = append(log, "lost").getLast();
    assertEquals(List.of("lost"), data(log.follow(begin, SOME, LONG)));
    restoreTo(kept, state);
    append(other, "instead", "instead");
    try (Jedis client = server.client()) {
      client.hset("{ssebroker}:log", "generation", "7");
    }
    EventId end = other.end();

    assertEquals(List.of(), log.follow(lost, SOME, SHORT));

    assertEquals(end, other.end());
  }

  @Test
  void followerThatStartedAtTheEndNoticesReplacedEvents() throws Exception {
    EventId kept = append(log, "kept").getLast();
    Map<String, String> state = state();
    append(log, "lost");
    EventId end = log.end();
    restoreTo(kept, state);
    append(other, "instead", "instead");

    assertEquals(List.of(), log.follow(end, SOME, SHORT));

    assertNotEquals(end.epoch(), other.end().epoch());
  }

  @Test
  void followerIgnoresTheLossOfEventsThatItHasNotRead() throws Exception {
    EventId kept = append(log, "kept").getLast();
    EventId begin = log.end();
    Map<String, String> state = state();
    append(other, "lost");
    restoreTo(kept, state);
    EventId instead = append(other, "instead").getFirst();

    assertEquals(List.of(instead), ids(log.follow(begin, SOME, LONG)));
    assertEquals(begin.epoch(), other.end().epoch());
  }

  @Test
  void readWithoutWaitingChangesNothing() throws Exception {
    EventId end = append(log, "1").getLast();
    String epoch = end.epoch();
    long sequence = end.sequence();

    assertEquals(List.of(), log.read(new EventId(epoch, sequence + 7), SOME));
    assertEquals(List.of("1"), data(log.read(new EventId(incarnation(end) + ".z", 7), SOME)));

    assertEquals(end, other.end());
  }

  @Test
  void streamWithoutStateIsNotPolledInALoop() throws Exception {
    EventId first = append(log, "1", "2").getFirst();
    Future<List<EventLog.Entry>> reading;
    try (Jedis client = server.client()) {
      client.del("{ssebroker}:log");

      assertEquals(List.of(), log.follow(first, SOME, Duration.ofMillis(300)));

      assertTrue(
          client
              .info("commandstats")
              .lines()
              .anyMatch(line -> line.matches("cmdstat_xread:calls=[1-5],.*")),
          () -> client.info("commandstats"));
      reading = threads.submit(() -> log.follow(first, SOME, LONG));
    }
    awaitBlockedClient();
    EventId fresh = append(other, "3").getFirst();

    assertEquals(List.of(fresh), ids(reading.get(30, SECONDS)));
  }

  /** The state was restored from a backup, and the stream was not. */
  @Test
  void streamWithLaterEventsThanTheStateIsNotOverwritten() throws Exception {
    Map<String, String> state = state();
    EventId last = append(log, "1", "2").getLast();
    try (Jedis client = server.client()) {
      client.del("{ssebroker}:log");
      client.hset("{ssebroker}:log", state);
    }

    EventId next = append(log, "3").getFirst();

    assertNotEquals(last.epoch(), next.epoch());
    assertEquals(last.sequence() + 1, next.sequence());
    assertEquals(List.of("3"), data(log.read(last, SOME)));
  }

  @Test
  void logContinuesOnThePromotedReplica() throws Exception {
    try (RedisServer replica =
            RedisServer.start(program, "--replicaof", "127.0.0.1", "" + server.port());
        RedisLog publisher = open(replica.uri(), server.uri());
        RedisLog follower = open(replica.uri(), server.uri())) {
      EventId begin = publisher.end();
      List<EventId> acknowledged = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        acknowledged.addAll(append(publisher, "before " + i));
      }
      awaitReplica();
      EventId reached = ids(follower.follow(begin, SOME, LONG)).getLast();
      Future<List<EventId>> appending =
          threads.submit(() -> {
            server.kill();
            return append(publisher, "after");
          });
      try (Jedis client = replica.client()) {
        client.replicaofNoOne();
      }

      acknowledged.addAll(appending.get(30, SECONDS));

      EventId last = acknowledged.getLast();
      assertEquals(21, last.sequence());
      assertEquals(begin.epoch(), last.epoch());
      List<String> read = new ArrayList<>();
      EventId after = begin;
      while (!after.equals(last)) {
        List<EventLog.Entry> page = follower.read(after, SOME);
        read.addAll(data(page));
        after = page.getLast().id();
      }
      assertEquals(
          IntStream.range(0, 21).mapToObj(i -> i < 20 ? "before " + i : "after").toList(), read);
      assertTrue(reached.sequence() <= last.sequence());
    }
  }

  @Test
  void logLeavesAMasterThatBecomesAReplica() throws Exception {
    try (RedisServer replica =
            RedisServer.start(program, "--replicaof", "127.0.0.1", "" + server.port());
        RedisLog both = open(server.uri(), replica.uri())) {
      append(both, "1");
      awaitReplica();
      try (Jedis master = server.client();
          Jedis client = replica.client()) {
        client.replicaofNoOne();
        master.replicaof("127.0.0.1", replica.port());
      }

      append(both, "2");

      try (RedisLog there = open(replica.uri())) {
        assertEquals(List.of("1", "2"), data(there.read(new EventId("x", 0), SOME)));
      }
    }
  }

  private static RedisLog open(String... uris) {
    return RedisLog.builder().uris(List.of(uris)).timeout(Duration.ofSeconds(10)).open();
  }

  private void save() {
    try (Jedis client = server.client()) {
      client.save();
    }
  }

  private void restart() throws IOException {
    server.kill();
    server.restart();
  }

  private Map<String, String> state() {
    log.end();
    try (Jedis client = server.client()) {
      return client.hgetAll("{ssebroker}:log");
    }
  }

  /** Restores the data of the time when the kept event was the last one. */
  private void restoreTo(EventId kept, Map<String, String> state) {
    try (Jedis client = server.client()) {
      List<StreamEntry> entries = client.xrange("{ssebroker}:events", "-", "+");
      client.del("{ssebroker}:events");
      for (StreamEntry entry : entries) {
        if (entry.getID().getSequence() <= kept.sequence()) {
          client.xadd("{ssebroker}:events", entry.getID(), entry.getFields());
        }
      }
      client.hset("{ssebroker}:log", state);
    }
  }

  /** Reads again if the first read fails on a broken connection, as a broker does. */
  private List<EventLog.Entry> readAfterReconnecting(EventId after) {
    try {
      return log.follow(after, SOME, SHORT);
    } catch (EventLogException e) {
      return log.follow(after, SOME, SHORT);
    }
  }

  /** Waits for the replica. WAIT covers the writes of its own client, and all earlier ones. */
  private void awaitReplica() {
    try (Jedis client = server.client()) {
      client.incr("writes");
      assertEquals(1, client.waitReplicas(1, 30_000));
    }
  }

  private void awaitBlockedClient() {
    try (Jedis client = server.client()) {
      while (!client.info("clients").contains("blocked_clients:1")) {
        Thread.onSpinWait();
      }
    }
  }

  private static List<EventId> append(RedisLog log, String... data) {
    return log.append("t", List.of(data).stream().map(Event::of).toList());
  }

  private static EventId before(EventId id) {
    return new EventId(id.epoch(), id.sequence() - 1);
  }

  private static String incarnation(EventId id) {
    return id.epoch().substring(0, id.epoch().indexOf('.'));
  }

  private static List<String> data(List<EventLog.Entry> entries) {
    return entries.stream().map(entry -> entry.event().data()).toList();
  }

  private static List<EventId> ids(List<EventLog.Entry> entries) {
    return entries.stream().map(EventLog.Entry::id).toList();
  }
}
