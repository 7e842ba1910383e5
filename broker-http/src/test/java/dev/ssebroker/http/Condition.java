package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.function.Supplier;

/** Waits for a state that no event announces, such as a count of the operating system. */
final class Condition {
  private static final Duration AT_MOST = Duration.ofSeconds(30);

  private Condition() {}

  /** Polls the value until it is as expected. */
  static <T> void await(String what, T expected, Supplier<T> actual) {
    long begin = System.nanoTime();
    while (!actual.get().equals(expected) && System.nanoTime() - begin < AT_MOST.toNanos()) {
      Thread.onSpinWait();
    }
    assertEquals(expected, actual.get(), what);
  }
}
