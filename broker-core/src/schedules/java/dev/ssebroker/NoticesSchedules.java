package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.schedule.Schedule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NoticesSchedules {
  @Test
  void allIsToldInOrderOnOneThreadAtATimeBeforeItIsIdle() {
    Schedule.explore(
        "tell | tell | awaitIdle",
        1_000,
        schedule -> {
          List<String> heard = new ArrayList<>();
          int[] calls = new int[1];
          Notices notices =
              new Notices(new BrokerListener() {}, task -> schedule.start("listener", task));
          schedule.start("a", () -> tell(notices, heard, calls, "a1", "a2"));
          schedule.start("b", () -> tell(notices, heard, calls, "b1"));
          notices.tell(listener -> hear(heard, calls, "c"));
          await(notices);
          assertTrue(heard.contains("c"));
          schedule.awaitOthers();
          await(notices);
          assertEquals(4, heard.size());
          assertEquals(List.of("a1", "a2"), heard.stream().filter(n -> n.startsWith("a")).toList());
          assertEquals(0, schedule.passedNanos(), "somebody waited until the time was over");
        });
  }

  private static void tell(Notices notices, List<String> heard, int[] calls, String... what) {
    for (String notice : what) {
      notices.tell(listener -> hear(heard, calls, notice));
    }
  }

  private static void hear(List<String> heard, int[] calls, String notice) {
    assertEquals(1, ++calls[0], "calls at the same time");
    Schedule.step("listener");
    heard.add(notice);
    calls[0]--;
  }

  private static void await(Notices notices) {
    try {
      notices.awaitIdle(Duration.ofDays(1));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
