package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.schedule.Schedule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The queues of clients: what is offered at one end is taken at the other, and a consumer that
 * parks is woken. No frame is offered after the end, so a lost wake-up is a deadlock.
 */
class FrameQueueSchedules {
  private static final int SCHEDULES = 5_000;

  /** One queue with its producers, who share a lock, and its consumer. */
  private static final class Ends {
    final Schedule schedule;
    final FrameQueue queue;
    final ReentrantLock brokerLock = new ReentrantLock();
    final List<Frame> taken = new ArrayList<>();
    private int heartbeats;

    Ends(Schedule schedule, FrameQueue queue) {
      this.schedule = schedule;
      this.queue = queue;
    }

    void produce(String name, Runnable... steps) {
      schedule.start(name, () -> Stream.of(steps).forEach(this::locked));
    }

    private void locked(Runnable step) {
      brokerLock.lock();
      try {
        step.run();
      } finally {
        brokerLock.unlock();
      }
    }

    /** Offers a frame at once, or as publish does, which wakes the consumer later. */
    Runnable offer(Frame frame) {
      return () -> {
        if (schedule.chance(2)) {
          assertTrue(queue.offer(frame));
        } else {
          assertTrue(queue.enqueue(frame));
          queue.wakeTaker();
        }
      };
    }

    /** Offers a heartbeat as the housekeeper does, to an empty queue. */
    void beat() {
      if (queue.isEmpty()) {
        queue.offer(Frame.HEARTBEAT);
        heartbeats++;
      }
    }

    /** Takes frames up to the end, as a writer does. */
    Thread consume() {
      return schedule.start("writer", this::takeAll);
    }

    private void takeAll() {
      Frame frame = take();
      while (frame != Frame.END) {
        assertFalse(frame instanceof GapNotice && queue.isEmpty(), "a notice without a frame");
        taken.add(frame);
        Frame next = queue.poll();
        frame = next == null ? take() : next;
      }
      taken.add(frame);
    }

    private Frame take() {
      while (true) {
        try {
          return queue.take();
        } catch (InterruptedException e) {
          Schedule.step("interrupted");
        }
      }
    }

    List<Long> takenEvents() {
      return taken.stream().filter(Frame::isEvent).map(Frame::sequence).toList();
    }

    /** Each gap notice lies where the events are missing, and each gap has exactly one. */
    void assertEachTakenOrMissed(int count) {
      long expected = 1;
      boolean afterGap = false;
      for (Frame frame : taken) {
        if (frame instanceof GapNotice gap) {
          assertFalse(afterGap || gap.missed <= 0, "an empty gap, or two notices for one");
          expected += gap.missed;
        } else if (frame.isEvent()) {
          assertEquals(expected, frame.sequence());
          expected++;
        }
        afterGap = frame instanceof GapNotice;
      }
      assertEquals(count + 1, expected);
      // A heartbeat that was offered after the end is still queued.
      assertEquals(heartbeats, Collections.frequency(taken, Frame.HEARTBEAT) + queue.size());
      assertEquals(Frame.END, taken.getLast());
    }
  }

  private static Frame event(int sequence) {
    Frame frame = new Frame(new byte[8], 0, null, null);
    frame.complete(new byte[0], sequence, 0);
    return frame;
  }

  private static Runnable[] offers(Ends ends, int from, int to) {
    List<Runnable> steps = new ArrayList<>();
    for (int sequence = from; sequence <= to; sequence++) {
      steps.add(ends.offer(event(sequence)));
    }
    steps.add(ends.offer(Frame.END));
    return steps.toArray(Runnable[]::new);
  }

  @Test
  void framesAreTakenInTheOrderInWhichTheyWereOffered() {
    Schedule.explore(
        "offer, replay, end | take | offer a heartbeat",
        SCHEDULES,
        schedule -> {
          Ends ends = new Ends(schedule, new FrameQueue(4, 1 << 20));
          ends.consume();
          ends.produce(
              "publisher",
              ends.offer(event(1)),
              ends.offer(Frame.REPLAY),
              ends.offer(event(2)),
              ends.offer(Frame.END));
          ends.produce("housekeeper", ends::beat, ends::beat);
          schedule.awaitOthers();
          List<Frame> others =
              ends.taken.stream().filter(frame -> frame != Frame.HEARTBEAT).toList();
          assertEquals(List.of(1L, 2L), ends.takenEvents());
          assertEquals(List.of(Frame.REPLAY, Frame.END), List.of(others.get(1), others.get(3)));
          assertEquals(4, others.size());
        });
  }

  @Test
  void framesAreTakenOneByOneThatAreOfferedToAParkedConsumer() {
    Schedule.explore(
        "offer | take, one at a time",
        SCHEDULES,
        schedule -> {
          Ends ends = new Ends(schedule, new FrameQueue(1, 1 << 20));
          ends.consume();
          for (int sequence = 1; sequence <= 3; sequence++) {
            int count = sequence;
            ends.locked(ends.offer(event(sequence)));
            Schedule.await("all is taken", () -> ends.taken.size() == count);
          }
          ends.locked(ends.offer(Frame.END));
          schedule.awaitOthers();
          ends.assertEachTakenOrMissed(3);
        });
  }

  @Test
  void framesAreTakenAcrossTheQueuesArrays() {
    Schedule.explore(
        "offer, into the next array | take",
        SCHEDULES,
        schedule -> {
          Ends ends = new Ends(schedule, new FrameQueue(100, 1 << 20));
          for (int sequence = 1; sequence <= 14; sequence++) {
            ends.queue.offer(event(sequence));
            ends.taken.add(ends.queue.poll());
          }
          ends.consume();
          ends.produce("publisher", offers(ends, 15, 18));
          ends.produce("stats", () -> assertBounded(ends.queue, 4));
          schedule.awaitOthers();
          ends.assertEachTakenOrMissed(18);
        });
  }

  private static void assertBounded(FrameQueue queue, int maxEvents) {
    Lag lag = queue.lag(0);
    assertTrue(lag.events() >= 0 && lag.events() <= maxEvents, () -> "events: " + lag);
    assertTrue(lag.bytes() >= 0, () -> "bytes: " + lag);
    assertTrue(queue.remainingCapacity() >= 0);
  }

  @Test
  void fullQueueRefusesAndTheRestIsTaken() {
    Schedule.explore(
        "offer to a full queue | take",
        SCHEDULES,
        schedule -> {
          Ends ends = new Ends(schedule, new FrameQueue(2, 1 << 20));
          List<Long> accepted = new ArrayList<>();
          ends.consume();
          Runnable[] steps = new Runnable[6];
          for (int i = 0; i < 5; i++) {
            Frame frame = event(i + 1);
            steps[i] =
                () -> {
                  boolean isEmpty = ends.takenEvents().equals(accepted);
                  if (ends.queue.offer(frame)) {
                    accepted.add(frame.sequence());
                  } else {
                    assertFalse(isEmpty, "an empty queue refused an event");
                  }
                  assertBounded(ends.queue, 2);
                };
          }
          steps[5] = ends.offer(Frame.END);
          ends.produce("publisher", steps);
          schedule.awaitOthers();
          assertEquals(accepted, ends.takenEvents());
        });
  }

  @Test
  void interruptedConsumerLosesNothing() {
    Schedule.explore(
        "offer | take | interrupt",
        SCHEDULES,
        schedule -> {
          Ends ends = new Ends(schedule, new FrameQueue(4, 1 << 20));
          Thread consumer = ends.consume();
          ends.produce("publisher", offers(ends, 1, 2));
          schedule.start("closer", () -> Schedule.interrupt(consumer));
          schedule.awaitOthers();
          ends.assertEachTakenOrMissed(2);
        });
  }

  @Test
  void eventsThatAreDroppedAreCountedWhereTheyAreMissing() {
    Schedule.explore(
        "offer, dropping the oldest | take | offer a heartbeat",
        SCHEDULES,
        schedule -> {
          BrokerCounters counters = new BrokerCounters(new BrokerLock());
          int maxEvents = schedule.chance(2) ? 1 : 2;
          Ends ends = new Ends(schedule, new DroppingQueue(maxEvents, 1 << 20, counters));
          Frame comment = EventStreamEncoder.comment();
          ends.locked(ends.offer(comment));
          ends.consume();
          ends.produce("publisher", offers(ends, 1, 5));
          ends.produce("housekeeper", ends::beat, () -> assertBounded(ends.queue, maxEvents));
          schedule.awaitOthers();
          assertSame(comment, ends.taken.getFirst());
          ends.assertEachTakenOrMissed(5);
          assertEquals(missed(ends), counters.dropped());
        });
  }

  @Test
  void eventsThatAreDroppedForTheirSizeAreCountedWhereTheyAreMissing() {
    Schedule.explore(
        "offer, dropping the oldest bytes | take",
        SCHEDULES,
        schedule -> {
          BrokerCounters counters = new BrokerCounters(new BrokerLock());
          Ends ends = new Ends(schedule, new DroppingQueue(10, 2L * event(1).length(), counters));
          ends.consume();
          ends.produce("publisher", offers(ends, 1, 4));
          schedule.awaitOthers();
          ends.assertEachTakenOrMissed(4);
          assertEquals(missed(ends), counters.dropped());
        });
  }

  private static long missed(Ends ends) {
    return ends.taken.stream()
        .mapToLong(frame -> frame instanceof GapNotice gap ? gap.missed : 0)
        .sum();
  }

  @Test
  void latestEventOfEachKeyIsTaken() {
    Schedule.explore(
        "offer the latest | take",
        SCHEDULES,
        schedule -> {
          BrokerCounters counters = new BrokerCounters(new BrokerLock());
          Ends ends = new Ends(schedule, new LatestQueue(2, 1 << 20, counters));
          ends.consume();
          ends.produce("publisher", keyed(ends, "a1", "b1", "a2", "b2", "a3", "b3"));
          ends.produce("stats", () -> assertBounded(ends.queue, 2));
          schedule.awaitOthers();
          Taken taken = Taken.of(ends);
          assertEquals("a3", taken.lastOf("a"));
          assertEquals("b3", taken.lastOf("b"));
          assertEquals(0, counters.dropped());
        });
  }

  @Test
  void latestEventOfEachKeyIsTakenOrMissed() {
    Schedule.explore(
        "offer the latest of too many keys | take",
        SCHEDULES,
        schedule -> {
          BrokerCounters counters = new BrokerCounters(new BrokerLock());
          Ends ends = new Ends(schedule, new LatestQueue(2, 1 << 20, counters));
          ends.consume();
          ends.produce("publisher", keyed(ends, "a1", "b1", "-1", "c1", "b2", "a2", "-2"));
          schedule.awaitOthers();
          Taken taken = Taken.of(ends);
          assertEquals("-2", taken.lastOf("-"));
          assertEquals(missed(ends), counters.dropped());
          // At most a1 and b1 are replaced; each other event is taken or missed.
          long replaced = 7 - taken.data.size() - counters.dropped();
          assertTrue(replaced >= 0 && replaced <= 2, () -> replaced + " replaced: " + taken);
        });
  }

  private static Runnable[] keyed(Ends ends, String... events) {
    List<Runnable> steps = new ArrayList<>();
    for (int i = 0; i < events.length; i++) {
      Event event = Event.of(events[i]);
      String key = events[i].substring(0, 1);
      Event keyed = key.equals("-") ? event : event.withKey(key);
      Frame frame = EventStreamEncoder.encode("t", keyed, "e-".getBytes(UTF_8));
      frame.complete("e-".getBytes(UTF_8), i + 1, 0);
      steps.add(ends.offer(frame));
    }
    steps.add(ends.offer(Frame.END));
    return steps.toArray(Runnable[]::new);
  }

  /** What the taken frames say. No event is taken twice, and the ids rise. */
  private record Taken(List<String> data, List<String> ids) {
    static Taken of(Ends ends) {
      Batch batch = new Batch(new Deflation());
      ends.taken.stream().filter(Frame::isEvent).forEach(batch::add);
      List<String> lines = new String(batch.toByteArray(), UTF_8).lines().toList();
      Taken taken = new Taken(after("data: ", lines), after("id: ", lines));
      assertEquals(taken.data.stream().distinct().toList(), taken.data);
      assertEquals(taken.ids.stream().distinct().sorted().toList(), taken.ids);
      return taken;
    }

    private static List<String> after(String field, List<String> lines) {
      return lines.stream()
          .filter(line -> line.startsWith(field))
          .map(line -> line.substring(field.length()))
          .toList();
    }

    String lastOf(String key) {
      return data.stream().filter(text -> text.startsWith(key)).reduce("", (one, next) -> next);
    }
  }
}
