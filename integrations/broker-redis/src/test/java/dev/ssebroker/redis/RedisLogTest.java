package dev.ssebroker.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The settings and the thread of a log. Needs no server. */
class RedisLogTest {
  @Test
  void boundsAreInclusive() {
    assertAccepted(b -> b.maxEvents(1));
    assertAccepted(b -> b.maxEvents(1_000_000_000));
    assertAccepted(b -> b.maxAge(Duration.ofSeconds(1)));
    assertAccepted(b -> b.maxAge(Duration.ofDays(365)));
    assertAccepted(b -> b.timeout(Duration.ofMillis(100)));
    assertAccepted(b -> b.timeout(Duration.ofMinutes(1)));
    assertAccepted(b -> b.prefix("a"));
    assertAccepted(b -> b.prefix("A-z_0.9:/" + "x".repeat(55)));
    assertAccepted(b -> b.uris(Collections.nCopies(64, "redis://h")));
  }

  @Test
  void valueOutOfBoundsIsNamedWithItsBounds() {
    assertRefused(b -> b.maxEvents(0), "maxEvents is 0; allowed is from 1 to 1000000000");
    assertRefused(
        b -> b.maxEvents(1_000_000_001),
        "maxEvents is 1000000001; allowed is from 1 to 1000000000");
    assertRefused(
        b -> b.maxAge(Duration.ofMillis(999)),
        "maxAge is PT0.999S; allowed is from PT1S to PT8760H");
    assertRefused(
        b -> b.maxAge(Duration.ofDays(366)), "maxAge is PT8784H; allowed is from PT1S to PT8760H");
    assertRefused(
        b -> b.timeout(Duration.ofMillis(99)),
        "timeout is PT0.099S; allowed is from PT0.1S to PT1M");
    assertRefused(
        b -> b.timeout(Duration.ofSeconds(61)),
        "timeout is PT1M1S; allowed is from PT0.1S to PT1M");
    assertRefused(b -> b.uris(List.of()), "number of uris is 0; allowed is from 1 to 64");
    assertRefused(
        b -> b.uris(Collections.nCopies(65, "redis://h")),
        "number of uris is 65; allowed is from 1 to 64");
  }

  @Test
  void prefixThatWouldBreakTheKeysIsRefused() {
    for (String prefix : List.of("", "a{b", "a}b", "a b", "ä", "a*", "x".repeat(65))) {
      assertRefused(
          b -> b.prefix(prefix),
          "prefix is '%s'; allowed are 1 to 64 letters, digits and . _ : / -".formatted(prefix));
    }
  }

  /** {@link Thread#getAllStackTraces} contains platform threads only. */
  @Test
  void appendThreadIsADaemonPlatformThreadAndEndsWithTheLog() throws Exception {
    Set<Thread> before = appendThreads();
    RedisLog log = RedisLog.builder().open();
    Set<Thread> after = appendThreads();
    after.removeAll(before);
    log.close();

    assertEquals(1, after.size());
    Thread thread = after.iterator().next();
    assertTrue(thread.isDaemon());
    assertTrue(thread.join(Duration.ofSeconds(30)), "the thread ends");
  }

  private static Set<Thread> appendThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("sse-redis-append"))
        .collect(Collectors.toSet());
  }

  private static void assertAccepted(Consumer<RedisLog.Builder> setting) {
    setting.accept(RedisLog.builder());
  }

  private static void assertRefused(Consumer<RedisLog.Builder> setting, String message) {
    RedisLog.Builder builder = RedisLog.builder();
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> setting.accept(builder)).getMessage());
  }
}
