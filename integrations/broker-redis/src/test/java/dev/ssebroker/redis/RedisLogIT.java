package dev.ssebroker.redis;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Event;
import dev.ssebroker.EventId;
import dev.ssebroker.EventLog;
import dev.ssebroker.RefusedIdException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;

/** The contents of Redis and their retention, with every server program. */
@ParameterizedClass
@MethodSource("dev.ssebroker.redis.RedisServer#programs")
class RedisLogIT {
  private static final EventId NOWHERE = new EventId("nowhere", 0);
  private static final String EVENTS = "{ssebroker}:events";
  private static final String MARKS = "{ssebroker}:marks";

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @Parameter Path program;

  private RedisServer server;

  @BeforeEach
  void start() throws IOException {
    server = RedisServer.start(program);
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
    server.close();
  }

  @Test
  void entryHasTheFieldsOfItsEvent() {
    try (RedisLog log = builder().open();
        Jedis client = server.client()) {
      log.append("a/b", List.of(Event.of("plain")));
      log.append(
          "t",
          List.of(
              Event.of("price", "12").withId("own").withKey("k").withRetry(Duration.ofSeconds(2))));

      Map<String, String> plain = fields(client, "1-1");
      Map<String, String> full = fields(client, "1-2");

      assertEquals(Map.of("topic", "a/b", "data", "plain"), withoutTokens(plain));
      assertEquals(
          Map.of(
              "topic", "t", "type", "price", "data", "12", "id", "own", "key", "k", "retry",
              "2000"),
          withoutTokens(full));
      assertEquals(plain.get("call"), full.get("before"));
      assertNotEquals(plain.get("call"), full.get("call"));
    }
  }

  @Test
  void logsWithDifferentPrefixesShareNothing() {
    try (RedisLog one = builder().prefix("one").open();
        RedisLog two = builder().prefix("two").open()) {
      one.append("t", List.of(Event.of("1").withId("own")));
      two.append("t", List.of(Event.of("2").withId("own")));

      assertEquals(List.of("1"), data(one.read(NOWHERE, 9)));
      assertEquals(List.of("2"), data(two.read(NOWHERE, 9)));
      assertNotEquals(one.end().epoch(), two.end().epoch());
      try (Jedis client = server.client()) {
        assertTrue(
            client.keys("*").stream()
                .allMatch(key -> key.startsWith("{one}:") || key.startsWith("{two}:")),
            () -> client.keys("*").toString());
      }
    }
  }

  @Test
  void clusterHasAllKeysInOneSlot() throws Exception {
    String nodes = "nodes-" + server.port() + ".conf";
    try (RedisServer node =
            RedisServer.start(program, "--cluster-enabled", "yes", "--cluster-config-file", nodes);
        Jedis client = node.client();
        RedisLog log = RedisLog.builder().uri(node.uri()).timeout(Duration.ofSeconds(30)).open()) {
      client.clusterAddSlots(IntStream.range(0, 16384).toArray());

      EventId id = append(log, Event.of("x").withId("own"));

      assertEquals(Optional.of(id), log.find("own"));
      assertEquals(List.of("x"), data(log.follow(NOWHERE, 1, Duration.ofSeconds(30))));
    }
  }

  @Test
  void eventsBeyondTheMaximumAreEvicted() {
    try (RedisLog log = builder().maxEvents(200).open();
        Jedis client = server.client()) {
      for (int i = 0; i < 30; i++) {
        log.append("t", Collections.nCopies(50, Event.of("x")));
      }

      long kept = client.xlen(EVENTS);

      assertTrue(kept >= 200 && kept <= 400, "kept " + kept);
      List<EventLog.Entry> read = log.read(NOWHERE, 1);
      assertEquals(1500 - kept + 1, read.getFirst().id().sequence());
    }
  }

  /** Changes the times of the marks instead of waiting. */
  @Test
  void eventsOlderThanTheMaximumAgeAreExpired() {
    try (RedisLog log = builder().maxAge(Duration.ofHours(1)).open();
        Jedis client = server.client()) {
      log.append("t", Collections.nCopies(300, Event.of("old")));
      assertEquals(1, client.llen(MARKS));
      age(client, Duration.ofMinutes(10));
      log.append("t", Collections.nCopies(300, Event.of("young")));
      assertEquals(2, client.llen(MARKS));
      age(client, Duration.ofMinutes(51));
      log.append("t", Collections.nCopies(300, Event.of("new")));
      assertEquals(900, client.xlen(EVENTS));

      age(client, Duration.ofMinutes(10));
      log.append("t", Collections.nCopies(300, Event.of("newest")));

      // The first 300 are too old. A node of the stream has up to 100 events.
      long first = log.read(NOWHERE, 1).getFirst().id().sequence();
      assertTrue(first > 200 && first <= 301, "first " + first);
      assertEquals(1200 - first + 1, client.xlen(EVENTS));
    }
  }

  @Test
  void numberOfMarksIsBounded() {
    try (RedisLog log = builder().maxAge(Duration.ofHours(1)).open();
        Jedis client = server.client()) {
      for (int i = 0; i < 60; i++) {
        age(client, Duration.ofMinutes(4));
        append(log, "x");
        append(log, "y");
      }

      long marks = client.llen(MARKS);

      assertTrue(marks > 10 && marks <= 17, "marks " + marks);
    }
  }

  @Test
  void ownIdOfAnEvictedEventCanBeUsedAgain() {
    try (RedisLog log = builder().open();
        Jedis client = server.client()) {
      EventId first = append(log, Event.of("x").withId("own"));
      assertEquals(1, client.xdel(EVENTS, new StreamEntryID("1-" + first.sequence())));
      assertEquals(Optional.empty(), log.find("own"));

      EventId second = append(log, Event.of("y").withId("own"));

      assertEquals(Optional.of(second), log.find("own"));
    }
  }

  @Test
  void ownIdOfAnotherIncarnationIsUnknown() {
    try (RedisLog log = builder().open();
        Jedis client = server.client()) {
      append(log, Event.of("x").withId("own"));
      client.del("{ssebroker}:log");
      assertEquals(Optional.empty(), log.find("own"));
      assertEquals(1, append(log, "y").sequence());

      assertEquals(Optional.empty(), log.find("own"));
      EventId again = append(log, Event.of("x").withId("own"));
      assertEquals(2, again.sequence());
      assertEquals(2, client.xlen(EVENTS));
    }
  }

  @Test
  void ownIdExpiresLaterThanItsEvent() {
    try (RedisLog log = builder().maxAge(Duration.ofHours(8)).open();
        Jedis client = server.client()) {
      append(log, Event.of("x").withId("own"));

      long seconds = client.ttl("{ssebroker}:id:own");

      assertTrue(seconds > 8 * 3600 && seconds <= 9 * 3600, "expires in " + seconds);
    }
  }

  @Test
  void keyOfAWriterExpires() {
    try (RedisLog log = builder().open();
        Jedis client = server.client()) {
      append(log, "x");
      List<String> writers = List.copyOf(client.keys("{ssebroker}:writer:*"));

      assertEquals(1, writers.size());
      assertTrue(client.ttl(writers.getFirst()) > 0);
    }
  }

  /** The calls wait for the first one, so one call of the script stores all of them. */
  @Test
  void waitingCallsAreSentTogetherAndAnsweredSeparately() throws Exception {
    try (FaultyProxy proxy = new FaultyProxy(server);
        RedisLog log = RedisLog.builder().uri(proxy.uri()).timeout(Duration.ofSeconds(30)).open();
        Jedis client = server.client()) {
      append(log, Event.of("0").withId("taken"));
      proxy.delay("evalsha");
      List<Future<List<EventId>>> calls = new ArrayList<>();
      calls.add(threads.submit(() -> log.append("t", List.of(Event.of("first")))));
      proxy.awaitDelayed();
      for (int i = 0; i < 20; i++) {
        String id = i % 5 == 0 ? "taken" : "own" + i / 2;
        calls.add(
            waiting(() ->
                log.append("t", List.of(Event.of("a"), Event.of("b").withId(id), Event.of("c")))));
      }

      proxy.deliver();

      int refused = 0;
      List<EventId> ids = new ArrayList<>(calls.getFirst().get(30, SECONDS));
      for (Future<List<EventId>> call : calls.subList(1, calls.size())) {
        try {
          List<EventId> list = call.get(30, SECONDS);
          assertEquals(list.getFirst().sequence() + 2, list.getLast().sequence());
          ids.addAll(list);
        } catch (ExecutionException e) {
          assertTrue(
              e.getCause() instanceof RefusedIdException refusal && refusal.index() == 1,
              e::toString);
          refused++;
        }
      }
      assertEquals(20 - refused, (ids.size() - 1) / 3);
      assertEquals(10, refused);
      assertEquals(
          LongStream.range(2, 2 + ids.size()).boxed().toList(),
          ids.stream().map(EventId::sequence).sorted().toList());
      assertEquals(ids.size() + 1, client.xlen(EVENTS));
      assertEquals(3, scriptCalls(client));
    }
  }

  @Test
  void sequencesOfManyPublishersOnTwoLogsHaveNoHoles() throws Exception {
    int publishers = 100;
    int each = 20;
    int total = publishers * each * 2;
    try (RedisLog one = builder().open();
        RedisLog two = builder().open()) {
      EventId begin = one.end();
      List<Callable<List<EventId>>> calls = new ArrayList<>();
      for (int p = 0; p < publishers; p++) {
        RedisLog log = p % 2 == 0 ? one : two;
        String name = "p" + p;
        calls.add(() -> {
          List<EventId> ids = new ArrayList<>();
          for (int i = 0; i < each; i++) {
            List<EventId> pair = log.append(name, List.of(Event.of(i + " a"), Event.of(i + " b")));
            assertEquals(pair.getFirst().sequence() + 1, pair.getLast().sequence());
            ids.addAll(pair);
          }
          return ids;
        });
      }
      for (Future<List<EventId>> future : threads.invokeAll(calls)) {
        List<EventId> ids = future.get(30, SECONDS);
        assertEquals(ids.stream().map(EventId::sequence).sorted().toList(), sequences(ids));
      }

      List<EventId> followed = new ArrayList<>();
      EventId after = begin;
      while (followed.size() < total) {
        List<EventLog.Entry> page = two.follow(after, 300, Duration.ofSeconds(30));
        page.forEach(entry -> followed.add(entry.id()));
        after = page.getLast().id();
      }
      assertEquals(LongStream.rangeClosed(1, total).boxed().toList(), sequences(followed));
      assertEquals(
          List.of(begin.epoch()), followed.stream().map(EventId::epoch).distinct().toList());
    }
  }

  @Test
  void entryThatIsNoEventIsSkipped() {
    try (RedisLog log = builder().open();
        Jedis client = server.client()) {
      EventId begin = log.end();
      append(log, "1");
      client.xadd(EVENTS, new StreamEntryID("1-2"), Map.of("greeting", "hello"));
      client.hset("{ssebroker}:log", "last", "2");
      EventId third = append(log, "3");

      assertEquals(List.of("1", "3"), data(log.read(begin, 9)));
      assertEquals(
          List.of(third),
          log.read(new EventId(begin.epoch(), 1), 1).stream().map(EventLog.Entry::id).toList());
    }
  }

  @Test
  void scriptIsSentAgainAfterAFlush() {
    try (RedisLog log = builder().open();
        Jedis client = server.client()) {
      append(log, "1");
      client.scriptFlush();

      append(log, "2");

      assertEquals(List.of("1", "2"), data(log.read(NOWHERE, 9)));
    }
  }

  @Test
  void listOfManyEventsIsStoredWhole() {
    try (RedisLog log = builder().open()) {
      List<EventId> ids = log.append("t", Collections.nCopies(5000, Event.of("x".repeat(100))));

      assertEquals(LongStream.rangeClosed(1, 5000).boxed().toList(), sequences(ids));
      assertEquals(5000, log.end().sequence());
    }
  }

  @Test
  void emptyListAndLimitZeroAreRefused() {
    try (RedisLog log = builder().open()) {
      assertEquals(
          "events is empty; at least one is needed",
          assertThrows(IllegalArgumentException.class, () -> log.append("t", List.of()))
              .getMessage());
      assertEquals(
          "limit is 0; allowed is from 1 to 2147483647",
          assertThrows(IllegalArgumentException.class, () -> log.read(NOWHERE, 0)).getMessage());
    }
  }

  @Test
  void numberOfConnectionsIsBounded() throws Exception {
    try (RedisLog log = builder().open();
        Jedis client = server.client()) {
      List<Callable<EventId>> calls = Collections.nCopies(200, () -> log.end());
      for (Future<EventId> future : threads.invokeAll(calls)) {
        future.get(30, SECONDS);
      }
      append(log, "x");
      log.follow(NOWHERE, 1, Duration.ofSeconds(30));

      long connections = client.clientList().lines().count() - 1;

      assertTrue(connections <= 6, "connections " + connections);
    }
  }

  /** Starts the call, and returns when its thread waits for the answer. */
  private static <T> Future<T> waiting(Callable<T> call) {
    FutureTask<T> task = new FutureTask<>(call);
    Thread thread = Thread.ofPlatform().daemon().start(task);
    while (thread.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    return task;
  }

  private static Map<String, String> fields(Jedis client, String id) {
    return client.xrange(EVENTS, id, id).getFirst().getFields();
  }

  private static Map<String, String> withoutTokens(Map<String, String> fields) {
    Map<String, String> copy = new HashMap<>(fields);
    copy.remove("call");
    copy.remove("before");
    return copy;
  }

  /** Makes all marks older by a duration. */
  private static void age(Jedis client, Duration by) {
    List<String> marks = client.lrange(MARKS, 0, -1);
    for (int i = 0; i < marks.size(); i++) {
      String[] words = marks.get(i).split(" ", -1);
      client.lset(MARKS, i, (Long.parseLong(words[0]) - by.toMillis()) + " " + words[1]);
    }
  }

  private static long scriptCalls(Jedis client) {
    return client
        .info("commandstats")
        .lines()
        .filter(line -> line.startsWith("cmdstat_evalsha:"))
        .map(line -> line.replaceAll("cmdstat_evalsha:calls=([0-9]+),.*", "$1"))
        .mapToLong(Long::parseLong)
        .sum();
  }

  private RedisLog.Builder builder() {
    return RedisLog.builder().uri(server.uri()).timeout(Duration.ofSeconds(10));
  }

  private static EventId append(RedisLog log, String data) {
    return append(log, Event.of(data));
  }

  private static EventId append(RedisLog log, Event event) {
    return log.append("t", List.of(event)).getFirst();
  }

  private static List<Long> sequences(List<EventId> ids) {
    return ids.stream().map(EventId::sequence).toList();
  }

  private static List<String> data(List<EventLog.Entry> entries) {
    return entries.stream().map(entry -> entry.event().data()).toList();
  }
}
