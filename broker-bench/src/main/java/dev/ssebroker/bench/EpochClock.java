package dev.ssebroker.bench;

import java.time.Instant;

/** The time of day in nanoseconds, which all processes of a machine share. */
final class EpochClock {
  private EpochClock() {}

  static long nanos() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }
}
