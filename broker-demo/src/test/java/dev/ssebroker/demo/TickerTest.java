package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TickerTest {

  @ParameterizedTest
  @CsvSource({
    // due, now, next
    "1000, 1000, 1100",
    "1000, 1001, 1100",
    "1000, 1099, 1100",
    "1000, 1100, 1100",
    "1000, 1101, 1200",
    "1000, 1950, 2000",
    "1000,  990, 1100",
  })
  void nextDueTimeIsOnTheGridAndNotInThePast(long lastDue, long now, long next) {
    assertEquals(next, Ticker.next(lastDue, 100, now));
  }

  @Test
  void clockMayOverflow() {
    long lastDue = Long.MAX_VALUE - 10;

    assertEquals(lastDue + 300, Ticker.next(lastDue, 100, lastDue + 250));
  }

  @Test
  void closeStopsTheTickerAndItsThread() throws InterruptedException {
    CountDownLatch ran = new CountDownLatch(3);
    AtomicReference<Thread> thread = new AtomicReference<>();
    Ticker ticker =
        Ticker.start(
            "ticker",
            Duration.ofMillis(1),
            () -> {
              thread.set(Thread.currentThread());
              ran.countDown();
            });

    assertTrue(ran.await(10, TimeUnit.SECONDS));
    ticker.close();

    assertEquals("ticker", thread.get().getName());
    assertFalse(thread.get().isAlive());
  }

  @Test
  void closeDoesNotWaitForTheNextRun() {
    Ticker ticker = Ticker.start("ticker", Duration.ofHours(1), () -> {});

    ticker.close();
  }

  @Test
  void changeOfTheIntervalTakesEffectAtOnce() throws InterruptedException {
    CountDownLatch ran = new CountDownLatch(3);
    try (Ticker ticker = Ticker.start("ticker", Duration.ofHours(1), ran::countDown)) {
      ticker.changeTo(Duration.ofMillis(1));

      assertTrue(ran.await(10, TimeUnit.SECONDS));
      assertEquals(Duration.ofMillis(1), ticker.interval());
    }
  }

  /** If the change were lost, the second run would be an hour after the first. */
  @Test
  void changeWhileTheTaskRunsIsNotLost() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch changed = new CountDownLatch(1);
    CountDownLatch ran = new CountDownLatch(2);
    Runnable task =
        () -> {
          running.countDown();
          try {
            changed.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          ran.countDown();
        };
    try (Ticker ticker = Ticker.start("ticker", Duration.ofMillis(1), task)) {
      running.await();
      ticker.changeTo(Duration.ofHours(1));
      ticker.changeTo(Duration.ofMillis(2));
      changed.countDown();

      assertTrue(ran.await(10, TimeUnit.SECONDS));
    }
  }
}
