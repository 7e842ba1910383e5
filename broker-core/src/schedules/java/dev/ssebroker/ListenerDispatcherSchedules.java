package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.schedule.Schedule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ListenerDispatcherSchedules {
  private static final int SCHEDULES = 5_000;

  /** A dispatcher, and what its listener was notified of. The dispatcher catches what it throws. */
  private static final class Heard implements BrokerListener {
    final List<String> notifications = new ArrayList<>();
    final List<String> faults = new ArrayList<>();
    final ListenerDispatcher dispatcher;
    private boolean busy;

    Heard(ThreadFactory threads) {
      this.dispatcher = new ListenerDispatcher(this, new BrokerThreads(threads, threads, 1));
    }

    void notify(String... texts) {
      for (String text : texts) {
        dispatcher.notify(listener -> hear(text));
      }
    }

    private void hear(String text) {
      if (busy) {
        faults.add(text + " while another call is under way");
      }
      busy = true;
      Schedule.step("listener");
      notifications.add(text);
      busy = false;
      if (text.endsWith("!")) {
        throw new AssertionError("an error of the listener's");
      }
    }

    void awaitIdle() {
      try {
        dispatcher.awaitIdle(Duration.ofDays(1));
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    void assertAll(Schedule schedule, int count) {
      assertEquals(List.of(), faults);
      assertEquals(count, notifications.size());
      List<String> ofOne = notifications.stream().filter(text -> text.startsWith("a")).toList();
      assertEquals(ofOne.stream().sorted().toList(), ofOne);
      assertEquals(0, schedule.passedNanos(), "a thread waited until the time was over");
    }
  }

  /** Returns a thread, or fails as a machine without memory does. */
  private static Thread threadOrFailure(Schedule schedule, boolean scarce, Runnable task) {
    if (scarce && schedule.chance(2)) {
      throw new OutOfMemoryError("none for a thread");
    }
    return schedule.thread(task);
  }

  @Test
  void listenerIsNotifiedInOrderOnOneThreadAtATime() {
    Schedule.explore(
        "notify | notify | awaitIdle",
        SCHEDULES,
        schedule -> {
          Heard heard = new Heard(schedule::thread);
          schedule.start("a", () -> heard.notify("a1!", "a2"));
          schedule.start("b", () -> heard.notify("b1"));
          heard.notify("c");
          heard.awaitIdle();
          assertTrue(heard.notifications.contains("c"));
          schedule.awaitOthers();
          heard.awaitIdle();
          heard.assertAll(schedule, 4);
        });
  }

  @Test
  void listenerWhoseThreadDidNotStartIsNotifiedLater() {
    Schedule.explore(
        "notify, without a thread | notify, without a thread | retry",
        SCHEDULES,
        schedule -> {
          AtomicBoolean scarce = new AtomicBoolean(true);
          Heard heard = new Heard(task -> threadOrFailure(schedule, scarce.get(), task));
          schedule.start("a", () -> heard.notify("a1", "a2"));
          schedule.start("b", () -> heard.notify("b1"));
          schedule.start("housekeeper", heard.dispatcher::startIfNeeded);
          schedule.awaitOthers();
          while (heard.notifications.size() < 3) {
            heard.dispatcher.startIfNeeded();
            schedule.awaitOthers();
          }
          scarce.set(false);
          heard.awaitIdle();
          heard.assertAll(schedule, 3);
        });
  }
}
