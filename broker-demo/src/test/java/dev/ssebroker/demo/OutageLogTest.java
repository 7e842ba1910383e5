package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.ssebroker.EventLogException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OutageLogTest {
  private static final long MINUTE = 60_000_000_000L;
  private final EventLogException unavailable = new EventLogException("Redis is\nunavailable");

  private final StringWriter lines = new StringWriter();
  private final AtomicLong nanos = new AtomicLong();
  private final OutageLog outage =
      new OutageLog("An event", new Log(new PrintWriter(lines)), nanos::get);

  private List<String> lines() {
    return lines
        .toString()
        .lines()
        .map(line -> line.substring("2026/01/01 00:00:00 ".length()))
        .toList();
  }

  @Test
  void repeatedFailureIsLoggedOnceAMinute() {
    outage.failed(unavailable);
    nanos.set(MINUTE - 1);
    outage.failed(unavailable);
    nanos.set(MINUTE);
    outage.failed(unavailable);

    assertEquals(
        List.of(
            "An event cannot be published; retrying: Redis is\\u000aunavailable",
            "An event cannot be published; retrying (3 failures so far): Redis is\\u000aunavailable"),
        lines());
  }

  @Test
  void recoveryIsLoggedOnceAndTheNextFailureAtOnce() {
    outage.recovered();
    outage.failed(unavailable);
    outage.recovered();
    outage.recovered();
    outage.failed(unavailable);

    assertEquals(
        List.of(
            "An event cannot be published; retrying: Redis is\\u000aunavailable",
            "An event can be published again",
            "An event cannot be published; retrying: Redis is\\u000aunavailable"),
        lines());
  }
}
