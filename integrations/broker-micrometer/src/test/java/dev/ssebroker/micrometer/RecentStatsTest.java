package dev.ssebroker.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.ssebroker.BrokerStats;
import dev.ssebroker.api.NumberedStats;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RecentStatsTest {
  private static final int THREADS = 8;

  private final AtomicLong now = new AtomicLong();
  private final AtomicInteger taken = new AtomicInteger();

  static Stream<Arguments> clocks() {
    return Stream.of(
        argumentSet("at zero", 0L),
        argumentSet("below zero", -1L),
        argumentSet("about to overflow", Long.MAX_VALUE - RecentStats.MAX_AGE_NANOS / 2));
  }

  @ParameterizedTest
  @MethodSource("clocks")
  void statsAreTakenAgainAfterOneSecond(long start) {
    RecentStats recent = new RecentStats(this::take, now::get);
    now.set(start);
    assertEquals(0, taken.get());

    BrokerStats first = recent.get();
    assertSame(first, recent.get());
    now.addAndGet(999_999_999);
    assertSame(first, recent.get());
    now.addAndGet(1);
    BrokerStats second = recent.get();

    assertNotSame(first, second);
    assertSame(second, recent.get());
    assertEquals(2, taken.get());
  }

  @Test
  void concurrentReadsShareOneResult() throws Exception {
    CountDownLatch start = new CountDownLatch(1);
    RecentStats recent = new RecentStats(this::take, now::get);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<BrokerStats>> results = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        results.add(
            threads.submit(() -> {
              start.await();
              return recent.get();
            }));
      }
      start.countDown();
      for (Future<BrokerStats> result : results) {
        assertSame(recent.get(), result.get(10, TimeUnit.SECONDS));
      }
    }
    assertEquals(1, taken.get());
  }

  @Test
  void failureIsNotCached() {
    RecentStats recent =
        new RecentStats(
            () -> {
              if (taken.get() == 0) {
                taken.incrementAndGet();
                throw new IllegalStateException("the first time");
              }
              return take();
            },
            now::get);

    assertThrows(IllegalStateException.class, recent::get);
    assertEquals(2, recent.get().clients().current());
  }

  private BrokerStats take() {
    Map<String, Object> values = new HashMap<>(NumberedStats.values());
    values.put("clients.current", taken.incrementAndGet());
    return NumberedStats.of(values);
  }
}
