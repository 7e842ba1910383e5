package dev.ssebroker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Event;
import dev.ssebroker.EventId;
import dev.ssebroker.EventLog;
import dev.ssebroker.EventLogException;
import dev.ssebroker.RefusedIdException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every {@link EventLog} promises. A test of one extends this. */
public abstract class EventLogContract {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final EventId NOWHERE = new EventId("nowhere", 7);
  private static final int SOME = 100;

  private final List<EventLog> opened = new ArrayList<>();

  /**
   * Opens the log for one more broker. All logs that one test opens have the same events; none but
   * its own.
   */
  protected abstract EventLog openLog();

  /**
   * Makes the log forget at least its oldest event, by appending to it if need be; it need not keep
   * any.
   */
  protected abstract void evictOldest(EventLog log);

  private EventLog open() {
    EventLog log = openLog();
    opened.add(log);
    return log;
  }

  @AfterEach
  void closeLogs() {
    opened.forEach(EventLog::close);
  }

  @Test
  void eventsComeInTheirOrderUnderTheirIds() {
    EventLog log = open();
    EventId begin = log.end();
    List<EventId> ids = new ArrayList<>(log.append("a", events("1", "2")));
    ids.addAll(log.append("b/c", events("3")));

    List<EventLog.Entry> read = log.read(begin, SOME);

    assertEquals(ids, read.stream().map(EventLog.Entry::id).toList());
    assertEquals(
        List.of("a 1", "a 2", "b/c 3"),
        read.stream().map(e -> e.topic() + " " + e.event().data()).toList());
  }

  @Test
  void sequencesHaveNoHoles() {
    EventLog log = open();
    EventId begin = log.end();

    List<EventId> ids = log.append("a", events("1", "2", "3"));

    assertEquals(
        List.of(1L, 2L, 3L), ids.stream().map(id -> id.sequence() - begin.sequence()).toList());
    assertEquals(List.of(begin.epoch()), ids.stream().map(EventId::epoch).distinct().toList());
    assertEquals(ids.getLast(), log.end());
  }

  @Test
  void eventComesBackAsItWas() {
    EventLog log = open();
    EventId begin = log.end();
    List<Event> events =
        List.of(
            Event.of(""),
            Event.of("price", "a\nb\r\nc\rd: \0 ä€😀\ufeff"),
            Event.of(" x ").withKey("k 1").withRetry(Duration.ofMillis(1500)).withId("own-1"),
            Event.of("x".repeat(300_000)));

    log.append("some/topic~ü", events);

    List<EventLog.Entry> read = readAll(log, begin, events.size());
    assertEquals(events, read.stream().map(EventLog.Entry::event).toList());
    assertEquals("some/topic~ü", read.getFirst().topic());
  }

  @Test
  void oneReadsWhatAnotherAppends() {
    EventLog one = open();
    EventLog other = open();
    EventId begin = one.end();
    assertEquals(begin, other.end());

    EventId first = one.append("a", events("1")).getFirst();
    EventId second = other.append("a", events("2")).getFirst();

    assertEquals(first.sequence() + 1, second.sequence());
    assertEquals(List.of("1", "2"), dataOf(readAll(one, begin, 2)));
    assertEquals(readAll(one, begin, 2), readAll(other, begin, 2));
    assertEquals(List.of("2"), dataOf(one.read(first, SOME)));
    assertEquals(one.end(), other.end());
  }

  @Test
  void readReturnsNoMoreThanItsLimitAndGoesOnFromThere() {
    EventLog log = open();
    EventId begin = log.end();
    log.append("a", events("1", "2", "3"));

    List<EventLog.Entry> first = log.read(begin, 1);

    assertEquals(List.of("1"), dataOf(first));
    assertEquals(List.of("2", "3"), dataOf(readAll(log, first.getLast().id(), 2)));
  }

  @Test
  void readBehindTheEndReturnsNothing() {
    EventLog log = open();
    EventId last = log.append("a", events("1")).getFirst();
    EventId future = new EventId(last.epoch(), last.sequence() + 1_000_000_000);

    assertEquals(List.of(), log.read(last, SOME));
    assertEquals(List.of(), log.follow(last, SOME, Duration.ofMillis(20)));
    assertEquals(List.of(), log.read(future, SOME));
    assertEquals(last, log.end());
  }

  @Test
  void readThatWaitsReturnsWithTheNextEvent() throws Exception {
    EventLog log = open();
    EventLog other = open();
    EventId end = log.end();
    Future<List<EventLog.Entry>> read = async(() -> log.follow(end, SOME, LONG));

    other.append("a", events("1"));

    assertEquals(List.of("1"), dataOf(await(read)));
  }

  @Test
  void readFromAnUnknownEpochBeginsWithTheOldest() {
    EventLog log = open();
    log.append("a", events("1", "2"));

    assertEquals("1", log.read(NOWHERE, SOME).getFirst().event().data());
  }

  @Test
  void readFromWhatIsForgottenBeginsWithTheOldest() {
    EventLog log = open();
    EventId begin = log.end();
    log.append("a", events("1"));
    evictOldest(log);
    EventId last = log.append("a", events("last")).getFirst();

    List<EventLog.Entry> read = log.read(begin, 1);

    assertNotEquals(begin.sequence() + 1, read.getFirst().id().sequence());
    assertEquals(last.epoch(), read.getFirst().id().epoch());
    assertEquals(read, log.read(NOWHERE, 1));
  }

  @Test
  void ownIdIsFoundByAll() {
    EventLog log = open();
    EventLog other = open();

    EventId place = log.append("a", List.of(Event.of("x").withId("order-17"))).getFirst();

    assertEquals(Optional.of(place), other.find("order-17"));
    assertEquals(Optional.empty(), other.find("order-18"));
    assertEquals(Optional.empty(), other.find(place.toString()));
    assertEquals(Optional.empty(), other.find(" :*\n{}"));
  }

  @Test
  void ownIdIsRefusedTwiceAndNothingIsThenStored() {
    EventLog log = open();
    EventLog other = open();
    log.append("a", List.of(Event.of("x").withId("once")));
    EventId end = log.end();

    assertRefused(
        "id 'once' was published before",
        1,
        true,
        other,
        Event.of("y"),
        Event.of("z").withId("once"));
    assertRefused(
        "id 'n' is used twice",
        1,
        false,
        log,
        Event.of("y").withId("n"),
        Event.of("z").withId("n"));
    assertRefused(
        "id '%s-1' looks like one of the broker's own".formatted(end.epoch()),
        2,
        false,
        log,
        Event.of("x"),
        Event.of("y"),
        Event.of("z").withId(end.epoch() + "-1"));
    assertEquals(end, log.end());
    assertEquals(List.of(), log.read(end, SOME));
    assertEquals(1, log.append("b", List.of(Event.of("y").withId("n"))).size());
  }

  private static void assertRefused(
      String message, int index, boolean publishedBefore, EventLog log, Event... events) {
    RefusedIdException refusal =
        assertThrows(RefusedIdException.class, () -> log.append("b", List.of(events)));
    assertEquals(message, refusal.getMessage());
    assertEquals(index, refusal.index());
    assertEquals(publishedBefore, refusal.publishedBefore());
  }

  @Test
  void manyWhoAppendAtOnceShareOneOrder() throws Exception {
    List<EventLog> logs = List.of(open(), open(), open());
    EventId begin = logs.getFirst().end();
    int publishers = 12;
    int lists = 20;

    List<Future<List<EventId>>> appending = new ArrayList<>();
    for (int p = 0; p < publishers; p++) {
      String name = "p" + p;
      EventLog log = logs.get(p % logs.size());
      appending.add(
          async(() -> {
            List<EventId> ids = new ArrayList<>();
            for (int i = 0; i < lists; i++) {
              ids.addAll(log.append(name, events(name + " " + i, name + " " + i + " again")));
            }
            return ids;
          }));
    }
    List<EventId> all = new ArrayList<>();
    for (Future<List<EventId>> future : appending) {
      List<EventId> ids = await(future);
      assertEquals(ids.stream().sorted(Comparator.comparingLong(EventId::sequence)).toList(), ids);
      for (int i = 0; i < ids.size(); i += 2) {
        assertEquals(ids.get(i).sequence() + 1, ids.get(i + 1).sequence());
      }
      all.addAll(ids);
    }

    int total = publishers * lists * 2;
    assertEquals(
        IntStream.rangeClosed(1, total).mapToObj(i -> begin.sequence() + i).toList(),
        all.stream().map(EventId::sequence).sorted().toList());
    List<EventLog.Entry> read = readAll(logs.getFirst(), begin, total);
    for (EventLog log : logs) {
      assertEquals(read, readAll(log, begin, total));
    }
    for (int p = 0; p < publishers; p++) {
      String name = "p" + p;
      assertEquals(
          IntStream.range(0, lists)
              .boxed()
              .flatMap(i -> Stream.of(name + " " + i, name + " " + i + " again"))
              .toList(),
          dataOf(read.stream().filter(e -> e.topic().equals(name)).toList()));
    }
  }

  @Test
  void closingLetsGoOfThoseWhoWaitAndOfNobodyElse() throws Exception {
    EventLog log = open();
    EventLog other = open();
    EventId end = log.end();
    Future<List<EventLog.Entry>> read = async(() -> log.follow(end, SOME, LONG));
    Future<List<EventLog.Entry>> others = async(() -> other.follow(end, SOME, LONG));

    log.close();
    log.close();

    ExecutionException thrown = assertThrows(ExecutionException.class, () -> await(read));
    assertInstanceOf(EventLogException.class, thrown.getCause());
    assertThrows(EventLogException.class, () -> log.append("a", events("1")));
    assertThrows(EventLogException.class, () -> log.read(end, 1));
    assertThrows(EventLogException.class, log::end);
    assertThrows(EventLogException.class, () -> log.find("x"));
    other.append("a", events("2"));
    assertEquals(List.of("2"), dataOf(await(others)));
  }

  /** A failure names the seed, which {@code -Dcluster.seed} plays again. */
  @Test
  void clientsThatMoveBetweenBrokersMissNothing() throws Exception {
    playClusters(clusterRuns(), this::open, false, () -> {});
  }

  /** How many random lives of clusters are played. */
  protected int clusterRuns() {
    return 20;
  }

  /**
   * Plays random lives.
   *
   * @param logs opens the log for one more broker
   * @param forgets whether the log may forget what a client was to be given
   * @param disturbance what happens to the log now and then
   */
  protected static void playClusters(
      int runs, Supplier<EventLog> logs, boolean forgets, Runnable disturbance) throws Exception {
    Long only = Long.getLong("cluster.seed");
    long first = only == null ? new SplittableRandom().nextLong(1_000_000_000) : only;
    int events = 0;
    int notices = 0;
    for (long seed = first; seed < first + runs; seed++) {
      try {
        int[] given =
            new ClusterModel(
                    new SplittableRandom(only == null ? seed : only), logs, forgets, disturbance)
                .play();
        events += given[0];
        notices += given[1];
      } catch (Exception | AssertionError e) {
        throw new AssertionError("cluster.seed=" + seed, e);
      }
    }
    System.out.printf(
        "clusters: %d from seed %d, %d events given, %d notices%n", runs, first, events, notices);
  }

  protected static List<Event> events(String... data) {
    return Stream.of(data).map(Event::of).toList();
  }

  protected static List<String> dataOf(List<EventLog.Entry> entries) {
    return entries.stream().map(e -> e.event().data()).toList();
  }

  /** Reads so many entries, each read going on where the one before it ended. */
  protected static List<EventLog.Entry> readAll(EventLog log, EventId after, int count) {
    List<EventLog.Entry> all = new ArrayList<>();
    while (all.size() < count) {
      List<EventLog.Entry> read = log.read(all.isEmpty() ? after : all.getLast().id(), SOME);
      assertTrue(!read.isEmpty(), () -> "the log ends behind " + all.size() + " entries");
      all.addAll(read);
    }
    assertEquals(count, all.size());
    return all;
  }

  protected static <T> Future<T> async(Callable<T> body) {
    FutureTask<T> task = new FutureTask<>(body);
    Thread.ofPlatform().daemon().start(task);
    return task;
  }

  protected static <T> T await(Future<T> future) throws Exception {
    return future.get(LONG.toSeconds(), TimeUnit.SECONDS);
  }
}
