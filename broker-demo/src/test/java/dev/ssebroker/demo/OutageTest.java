package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.ssebroker.EventLogException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OutageTest {
  private static final long MINUTE = 60_000_000_000L;
  private final EventLogException away = new EventLogException("Redis is\naway");

  private final StringWriter lines = new StringWriter();
  private final AtomicLong nanos = new AtomicLong();
  private final Outage outage = new Outage("An event", new Log(new PrintWriter(lines)), nanos::get);

  private List<String> lines() {
    return lines
        .toString()
        .lines()
        .map(line -> line.substring("2026/01/01 00:00:00 ".length()))
        .toList();
  }

  @Test
  void failureThatRepeatsIsToldOnceAMinute() {
    outage.failed(away);
    nanos.set(MINUTE - 1);
    outage.failed(away);
    nanos.set(MINUTE);
    outage.failed(away);

    assertEquals(
        List.of(
            "An event cannot be published, and it is tried on: Redis is\\u000aaway",
            "An event cannot be published, and it is tried on (3 times so far): Redis is\\u000aaway"),
        lines());
  }

  @Test
  void endIsToldOnceAndTheNextOneAtOnce() {
    outage.over();
    outage.failed(away);
    outage.over();
    outage.over();
    outage.failed(away);

    assertEquals(
        List.of(
            "An event cannot be published, and it is tried on: Redis is\\u000aaway",
            "An event can be published again",
            "An event cannot be published, and it is tried on: Redis is\\u000aaway"),
        lines());
  }
}
