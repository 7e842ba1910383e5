package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.schedule.Schedule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A broker in a schedule, and what must hold of each when the schedule is over. */
final class ScheduledBroker {
  /** How time passes for the broker, which decides whether an idle writer parks or ends. */
  enum Pace {
    /** Time stands still: a writer that has written twice parks. */
    BUSY,
    /** Each look at the clock is much later than the one before: a writer ends. */
    IDLE,
    /** Chance decides each time. */
    EITHER;

    static Pace any(Schedule schedule) {
      return schedule.chance(3) ? BUSY : schedule.chance(2) ? IDLE : EITHER;
    }

    LongSupplier clock(Schedule schedule) {
      long[] now = new long[1];
      return switch (this) {
        case BUSY -> () -> now[0];
        case IDLE -> () -> now[0] += LONG;
        case EITHER -> () -> now[0] += schedule.chance(3) ? LONG : 0;
      };
    }
  }

  /** Longer than the pauses within which a client is busy. */
  private static final long LONG = Duration.ofSeconds(1).toNanos();

  /** Longer than a schedule has time limits. */
  static final Duration AGES = Duration.ofDays(1);

  final Schedule schedule;
  final Broker broker;
  final Map<Subscription, CloseReason> ends = new HashMap<>();

  private final List<Subscription> added = new ArrayList<>();

  /** Kept, since the broker catches what its listener throws. */
  private final List<String> faults = new ArrayList<>();

  private @Nullable Housekeeper housekeeper;
  private int actors;

  /** One in so many threads cannot be had; 0 if all can. */
  private int failures;

  private boolean lacksWriters;
  private boolean lacksThreads;

  private ScheduledBroker(Schedule schedule, Pace pace, Broker.Builder builder) {
    this.schedule = schedule;
    // A scenario that is about the housekeeper has it look; the broker waits for its thread's end.
    schedule.doNotRun("sse-housekeeper");
    this.broker =
        builder
            .writeDeadline(Duration.ofHours(1))
            .listener(new Ends())
            .open(this::thread, pace.clock(schedule));
  }

  private Thread thread(Runnable task) {
    boolean isWriter = task instanceof Writer;
    if ((isWriter && lacksWriters) || (failures > 0 && schedule.chance(failures))) {
      throw new OutOfMemoryError("no thread");
    }
    if (task instanceof Housekeeper started) {
      housekeeper = started;
    }
    return schedule.thread(task);
  }

  private final class Ends implements BrokerListener {
    @Override
    public void clientAdded(Subscription subscription, int clients) {
      added.add(subscription);
    }

    @Override
    public void clientEnded(Subscription subscription, CloseReason reason, int clients) {
      CloseReason before = ends.put(subscription, reason);
      if (before != null || !added.contains(subscription)) {
        faults.add("%s ended as %s, before as %s".formatted(subscription, reason, before));
      }
    }
  }

  /** Explores the scenario, a third of the schedules at each pace. */
  static void explore(
      String name, int count, Broker.Builder builder, Consumer<ScheduledBroker> scenario) {
    Schedule.explore(
        name,
        count,
        schedule -> scenario.accept(new ScheduledBroker(schedule, Pace.any(schedule), builder)));
  }

  /** Explores the scenario at one pace. */
  static void explore(
      String name,
      int count,
      Pace pace,
      Broker.Builder builder,
      Consumer<ScheduledBroker> scenario) {
    Schedule.explore(
        name, count, schedule -> scenario.accept(new ScheduledBroker(schedule, pace, builder)));
  }

  /** Runs the body on a thread for whose end {@link #awaitActors} waits. */
  Thread start(String name, Runnable body) {
    actors++;
    return schedule.start(
        name,
        () -> {
          body.run();
          actors--;
        });
  }

  void publish(String... data) {
    publishTo("t", data);
  }

  void publishTo(String topic, String... data) {
    for (String text : data) {
      broker.publish(topic, Event.of(text));
    }
  }

  /** Has the housekeeper look once. */
  void look() {
    Objects.requireNonNull(housekeeper).look();
  }

  /** From now on, one in so many threads cannot be had; with 0, all can. */
  void failThreads(int oneIn) {
    failures = oneIn;
    lacksThreads = true;
  }

  /** From now on, no writer can be started. */
  void failWriters() {
    lacksWriters = true;
    lacksThreads = true;
  }

  /** Waits until the client has so many events, or was told that it missed them. */
  void awaitDelivered(LineSink sink, int count) {
    Schedule.await("delivery", () -> sink.events.size() + sink.missed >= count);
  }

  void awaitActors() {
    Schedule.await("actors", () -> actors == 0);
  }

  /** Closes the broker. No thread is held up until a time limit: whichever waits is woken. */
  void finish() {
    awaitActors();
    assertTrue(broker.close(AGES), "a client had to be cut");
    schedule.awaitOthers();
    assertAllEnded();
    assertEquals(0, schedule.passedNanos(), "a thread waited until the time was over");
  }

  void assertAllEnded() {
    assertEquals(List.of(), faults);
    assertEquals(added.size(), ends.size(), "clients added, clients ended");
    assertEquals(0, broker.clientCount());
    if (!lacksThreads) {
      assertTrue(!ends.containsValue(CloseReason.FAILED), "a client failed");
      assertTrue(
          !ends.containsValue(CloseReason.OUT_OF_RESOURCES), "a client ran out of resources");
    }
  }

  static void assertRising(List<String> events) {
    assertEquals(events.stream().distinct().sorted().toList(), events);
  }
}
