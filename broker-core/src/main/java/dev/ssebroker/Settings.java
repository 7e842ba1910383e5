package dev.ssebroker;

import java.time.Duration;

/** The bounds of settings, and the messages for those who leave them. */
final class Settings {
  static final int MAX_OUTBOX_EVENTS = 1 << 20;
  static final long MIN_OUTBOX_BYTES = 1024;
  static final long MAX_OUTBOX_BYTES = 1L << 30;
  static final Duration MIN_HEARTBEAT = Duration.ofMillis(100);
  static final Duration MAX_HEARTBEAT = Duration.ofHours(1);
  static final Duration MIN_AGE = Duration.ofSeconds(1);
  static final Duration MAX_AGE = Duration.ofDays(365);

  private Settings() {}

  static int checkOutboxEvents(int events) {
    return (int) checkNumber("outboxEvents", events, 1, MAX_OUTBOX_EVENTS);
  }

  static long checkOutboxBytes(long bytes) {
    return checkNumber("outboxBytes", bytes, MIN_OUTBOX_BYTES, MAX_OUTBOX_BYTES);
  }

  static Duration checkHeartbeat(Duration heartbeat) {
    return checkDuration("heartbeat", heartbeat, MIN_HEARTBEAT, MAX_HEARTBEAT);
  }

  static Duration checkMaxAge(Duration maxAge) {
    return checkDuration("maxAge", maxAge, MIN_AGE, MAX_AGE);
  }

  static long checkNumber(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s is %d; allowed is from %d to %d".formatted(name, value, least, most));
    }
    return value;
  }

  static Duration checkDuration(String name, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "%s is %s; allowed is from %s to %s".formatted(name, value, least, most));
    }
    return value;
  }
}
