package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.function.Supplier;

/** Waits for what nothing tells a test, such as a count of the operating system. */
final class Condition {
  private static final Duration AT_MOST = Duration.ofSeconds(30);

  private Condition() {}

  /** Looks again and again until what it sees is as expected. */
  static <T> void await(String what, T expected, Supplier<T> actual) {
    long begin = System.nanoTime();
    while (!actual.get().equals(expected) && System.nanoTime() - begin < AT_MOST.toNanos()) {
      Thread.onSpinWait();
    }
    assertEquals(expected, actual.get(), what);
  }
}
