package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.schedule.Schedule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutboxSchedules {
  private static final int SCHEDULES = 1_000;

  private final List<Long> taken = new ArrayList<>();
  private long dropped;
  private int beats;
  private int levels;

  private Outbox outbox(int events) {
    taken.clear();
    dropped = 0;
    beats = 0;
    levels = 0;
    return new Outbox(events, 1 << 20);
  }

  private static Frame frame(int sequence) {
    Frame frame = new Frame(new byte[8], 0, null);
    frame.complete(new byte[0], sequence, 0);
    return frame;
  }

  /** Takes until the end; goes level whenever it is behind. */
  private void takeAll(Outbox outbox) {
    Batch batch = new Batch();
    try {
      for (Outbox.Taken next = outbox.take(batch);
          next != Outbox.Taken.END;
          next = outbox.take(batch)) {
        if (next == Outbox.Taken.BEHIND) {
          outbox.level();
          levels++;
        } else {
          Batch.Gap gap = batch.gap();
          dropped += gap == null ? 0 : gap.missed();
          taken.add((long) batch.events());
          beats += batch.events() == 0 ? 1 : 0;
        }
        batch.clear();
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
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
          Outbox outbox = outbox(4);
          schedule.start("writer", () -> takeAll(outbox));
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
          Outbox outbox = outbox(1);
          schedule.start("writer", () -> takeAll(outbox));
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
          Outbox outbox = outbox(1);
          schedule.start("writer", () -> takeAll(outbox));
          schedule.start("publisher", () -> outbox.offerDroppingOldest(frame(1)));
          schedule.start("overflow", outbox::fallBehind);
          schedule.start("closer", outbox::cut);
          schedule.awaitOthers();
        });
  }

  @Test
  void heartbeatOfAnIdleClientIsWritten() {
    Schedule.explore(
        "beat | take",
        SCHEDULES,
        schedule -> {
          Outbox outbox = outbox(1);
          schedule.start("writer", () -> takeAll(outbox));
          outbox.beat();
          Schedule.await("heartbeat", () -> beats == 1);
          outbox.end();
          schedule.awaitOthers();
          assertEquals(0, takenEvents());
        });
  }

  @Test
  void writerThatWaitsHearsThatItIsBehind() {
    Schedule.explore(
        "fallBehind | take",
        SCHEDULES,
        schedule -> {
          Outbox outbox = outbox(1);
          schedule.start("writer", () -> takeAll(outbox));
          outbox.fallBehind();
          Schedule.await("going level", () -> levels == 1);
          outbox.end();
          schedule.awaitOthers();
        });
  }
}
