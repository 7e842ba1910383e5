package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.schedule.Schedule;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class OutboxSchedules {
  private static final int SCHEDULES = 1_000;

  private final List<Long> taken = new ArrayList<>();
  private long dropped;
  private int beats;
  private int levels;
  private boolean writing;

  /** Begins anew, with an outbox whose writer is at work. */
  private Outbox outbox(Schedule schedule, int events) {
    return outbox(schedule, events, this::count);
  }

  private Outbox outbox(Schedule schedule, int events, Consumer<Batch> sink) {
    taken.clear();
    dropped = 0;
    beats = 0;
    levels = 0;
    writing = false;
    Outbox[] made = new Outbox[1];
    Runnable starter = () -> schedule.start("writer", () -> writeOn(made[0], sink));
    made[0] = new Outbox(events, 1 << 20, starter);
    starter.run();
    return made[0];
  }

  private static Frame frame(int sequence) {
    Frame frame = new Frame(new byte[8], 0, null, null);
    frame.complete(new byte[0], sequence, 0);
    return frame;
  }

  /** What a writer does; goes level whenever it is behind. */
  private void writeOn(Outbox outbox, Consumer<Batch> sink) {
    Batch batch = new Batch();
    Outbox.Taken next = outbox.take(batch);
    while (next != Outbox.Taken.END && next != Outbox.Taken.NOTHING) {
      assertFalse(writing, "two writers at a time");
      writing = true;
      Schedule.step("write");
      if (next == Outbox.Taken.BEHIND) {
        outbox.level();
        levels++;
      } else {
        sink.accept(batch);
      }
      writing = false;
      batch.clear();
      next = outbox.take(batch);
    }
  }

  private void count(Batch batch) {
    Batch.Gap gap = batch.gap();
    dropped += gap == null ? 0 : gap.missed();
    taken.add((long) batch.events());
    beats += batch.events() == 0 ? 1 : 0;
  }

  private long takenEvents() {
    return taken.stream().mapToLong(events -> events).sum();
  }

  @Test
  void whatIsOfferedAndTheEndAreTaken() {
    Schedule.explore(
        "offer, end | take | beat",
        SCHEDULES,
        schedule -> {
          Outbox outbox = outbox(schedule, 4);
          schedule.start("pulse", outbox::beat);
          schedule.start(
              "publisher",
              () -> {
                assertTrue(outbox.offer(frame(1)));
                assertTrue(outbox.offer(frame(2)));
                outbox.end();
              });
          schedule.awaitOthers();
          assertEquals(2, takenEvents());
        });
  }

  @Test
  void whatIsDroppedIsCounted() {
    Schedule.explore(
        "offerDroppingOldest | take",
        SCHEDULES,
        schedule -> {
          Outbox outbox = outbox(schedule, 1);
          int[] reported = new int[1];
          schedule.start(
              "publisher",
              () -> {
                for (int i = 1; i <= 4; i++) {
                  reported[0] += outbox.offerDroppingOldest(frame(i));
                }
                outbox.end();
              });
          schedule.awaitOthers();
          assertEquals(4, takenEvents() + dropped);
          assertEquals(reported[0], dropped);
        });
  }

  @Test
  void cutEndsAWriterThatWaitsOrWorks() {
    Schedule.explore(
        "offer | take | fallBehind | cut",
        SCHEDULES,
        schedule -> {
          Outbox outbox = outbox(schedule, 1);
          ReentrantLock brokerLock = new ReentrantLock();
          schedule.start(
              "publisher", () -> locked(brokerLock, () -> outbox.offerDroppingOldest(frame(1))));
          schedule.start("overflow", () -> locked(brokerLock, outbox::fallBehind));
          schedule.start("closer", () -> locked(brokerLock, outbox::cut));
          schedule.awaitOthers();
        });
  }

  private static void locked(ReentrantLock lock, Runnable step) {
    lock.lock();
    try {
      step.run();
    } finally {
      lock.unlock();
    }
  }

  @Test
  void latestOfEachKeyIsTaken() {
    Schedule.explore(
        "offerLatest | take",
        SCHEDULES,
        schedule -> {
          List<String> lines = new ArrayList<>();
          Outbox outbox = outbox(schedule, 2, batch -> addLines(batch, lines));
          int[] reported = new int[1];
          schedule.start(
              "publisher",
              () -> {
                for (String event : List.of("a1", "b1", "a2", "b2", "a3", "b3")) {
                  reported[0] += outbox.offerLatest(keyed(event));
                }
                outbox.end();
              });
          schedule.awaitOthers();
          assertEquals(0, reported[0]);
          assertEquals("a3", lastOf("a", lines));
          assertEquals("b3", lastOf("b", lines));
          assertEquals(lines.stream().distinct().toList(), lines);
        });
  }

  private static Frame keyed(String data) {
    Frame frame =
        EventStreamEncoder.encode("t", Event.of(data).withKey(data.substring(0, 1)), new byte[0]);
    frame.complete(new byte[0], 1, 0);
    return frame;
  }

  private static String lastOf(String key, List<String> lines) {
    return lines.stream().filter(line -> line.startsWith(key)).reduce("", (first, next) -> next);
  }

  private static void addLines(Batch batch, List<String> lines) {
    new String(batch.toByteArray(), UTF_8)
        .lines()
        .filter(line -> line.startsWith("data: "))
        .forEach(line -> lines.add(line.substring("data: ".length())));
  }

  @Test
  void heartbeatOfAnIdleClientIsWritten() {
    Schedule.explore(
        "beat | take",
        SCHEDULES,
        schedule -> {
          Outbox outbox = outbox(schedule, 1);
          outbox.beat();
          Schedule.await("heartbeat", () -> beats == 1);
          outbox.end();
          schedule.awaitOthers();
          assertEquals(0, takenEvents());
        });
  }

  @Test
  void historyIsReadBeforeTheEnd() {
    Schedule.explore(
        "offer, fallBehind, end | take",
        SCHEDULES,
        schedule -> {
          Outbox outbox = outbox(schedule, 1);
          schedule.start(
              "publisher",
              () -> {
                assertTrue(outbox.offer(frame(1)));
                outbox.fallBehind();
                outbox.end();
              });
          schedule.awaitOthers();
          assertEquals(1, takenEvents());
          assertEquals(1, levels);
        });
  }

  @Test
  void writerThatWaitsHearsThatItIsBehind() {
    Schedule.explore(
        "fallBehind | take",
        SCHEDULES,
        schedule -> {
          Outbox outbox = outbox(schedule, 1);
          outbox.fallBehind();
          Schedule.await("going level", () -> levels == 1);
          outbox.end();
          schedule.awaitOthers();
        });
  }
}
