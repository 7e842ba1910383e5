package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The bounds of a broker's and a subscription's settings. */
class SettingsTest {
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration NANO = Duration.ofNanos(1);

  private final Broker broker = Broker.open();

  @AfterEach
  void close() {
    broker.close();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void settingOutOfBoundsIsRefused(String message, Consumer<Broker.Builder> set) {
    Exception e = assertThrows(IllegalArgumentException.class, () -> set.accept(Broker.builder()));

    assertEquals(message, e.getMessage());
  }

  static Stream<Arguments> settingOutOfBoundsIsRefused() {
    return Stream.of(
        row("queueEvents is 0; allowed is from 1 to 1048576", b -> b.queueEvents(0)),
        row("queueEvents is 1048577; allowed is from 1 to 1048576", b -> b.queueEvents(1048577)),
        row("queueBytes is 1023; allowed is from 1024 to 1073741824", b -> b.queueBytes(1023)),
        row(
            "queueBytes is 1073741825; allowed is from 1024 to 1073741824",
            b -> b.queueBytes(1073741825)),
        row("historyEvents is -1; allowed is from 0 to 16777216", b -> b.historyEvents(-1)),
        row(
            "historyEvents is 16777217; allowed is from 0 to 16777216",
            b -> b.historyEvents(16777217)),
        row(
            "historyBytes is 65535; allowed is from 65536 to 1099511627776",
            b -> b.historyBytes(65535)),
        row(
            "historyBytes is 1099511627777; allowed is from 65536 to 1099511627776",
            b -> b.historyBytes(1099511627777L)),
        row(
            "historyAge is PT0.999S; allowed is from PT1S to PT8760H",
            b -> b.historyAge(Duration.ofSeconds(1).minus(MILLI))),
        row(
            "historyAge is PT8760H0.001S; allowed is from PT1S to PT8760H",
            b -> b.historyAge(Duration.ofDays(365).plus(MILLI))),
        row(
            "heartbeat is PT0.099S; allowed is from PT0.1S to PT1H",
            b -> b.heartbeat(Duration.ofMillis(99))),
        row(
            "heartbeat is PT1H0.001S; allowed is from PT0.1S to PT1H",
            b -> b.heartbeat(Duration.ofHours(1).plus(MILLI))),
        row(
            "writeDeadline is PT0.099S; allowed is from PT0.1S to PT1H",
            b -> b.writeDeadline(Duration.ofMillis(99))),
        row(
            "writeDeadline is PT1H0.001S; allowed is from PT0.1S to PT1H",
            b -> b.writeDeadline(Duration.ofHours(1).plus(MILLI))),
        row("maxAge is PT0S; allowed is from PT1S to PT8760H", b -> b.maxAge(Duration.ZERO)),
        row(
            "maxAge is PT8760H0.001S; allowed is from PT1S to PT8760H",
            b -> b.maxAge(Duration.ofDays(365).plus(MILLI))),
        row(
            "patience is PT0S; allowed is from PT0.000000001S to PT1M",
            b -> b.overflow(Overflow.await(Duration.ZERO))),
        row(
            "patience is PT-1S; allowed is from PT0.000000001S to PT1M",
            b -> b.overflow(Overflow.await(Duration.ofSeconds(-1)))),
        row(
            "patience is PT1M0.000000001S; allowed is from PT0.000000001S to PT1M",
            b -> b.overflow(Overflow.await(Overflow.MAX_PATIENCE.plus(NANO)))));
  }

  private static Arguments row(String message, Consumer<Broker.Builder> set) {
    return Arguments.of(message, set);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void subscriptionsSettingOutOfBoundsIsRefused(
      String message, Consumer<Subscription.Builder> set) {
    Exception e =
        assertThrows(IllegalArgumentException.class, () -> set.accept(broker.subscription("t")));

    assertEquals(message, e.getMessage());
  }

  static Stream<Arguments> subscriptionsSettingOutOfBoundsIsRefused() {
    return Stream.of(
        own("queueEvents is 0; allowed is from 1 to 1048576", b -> b.queueEvents(0)),
        own("queueBytes is 1023; allowed is from 1024 to 1073741824", b -> b.queueBytes(1023)),
        own("heartbeat is PT0S; allowed is from PT0.1S to PT1H", b -> b.heartbeat(Duration.ZERO)),
        own(
            "maxAge is PT0.999S; allowed is from PT1S to PT8760H",
            b -> b.maxAge(MILLI.multipliedBy(999))));
  }

  private static Arguments own(String message, Consumer<Subscription.Builder> set) {
    return Arguments.of(message, set);
  }

  @Test
  void boundsThemselvesAreAllowed() {
    Broker.Builder least =
        Broker.builder()
            .queueEvents(1)
            .queueBytes(1024)
            .historyEvents(0)
            .historyBytes(65536)
            .historyAge(Duration.ofSeconds(1))
            .heartbeat(Duration.ofMillis(100))
            .writeDeadline(Duration.ofMillis(100))
            .maxAge(Duration.ofSeconds(1))
            .overflow(Overflow.await(NANO));
    Broker.Builder most =
        Broker.builder()
            .queueEvents(1 << 20)
            .queueBytes(1 << 30)
            .historyEvents(1 << 24)
            .historyBytes(1L << 40)
            .historyAge(Duration.ofDays(365))
            .heartbeat(Duration.ofHours(1))
            .writeDeadline(Duration.ofHours(1))
            .maxAge(Duration.ofDays(365))
            .overflow(Overflow.await(Overflow.MAX_PATIENCE));

    for (Broker.Builder builder : new Broker.Builder[] {least, most}) {
      try (Broker open = builder.open()) {
        assertEquals(0, open.clientCount());
      }
    }
  }

  @Test
  void builderMayBeUsedAgainWithoutChangingItsBroker() {
    Broker.Builder builder = Broker.builder().queueEvents(5);
    try (Broker open = builder.open()) {
      builder.queueEvents(6).queueBytes(2048).overflow(Overflow.LATEST);

      Subscription.Builder subscription = open.subscription("t");
      assertEquals(5, subscription.settings().queueEvents());
      assertEquals(1024 * 1024, subscription.settings().queueBytes());
      assertSame(Overflow.REPLAY, subscription.settings().overflow());
    }
  }

  @Test
  void subscriptionNeedsATopic() {
    Exception e = assertThrows(IllegalArgumentException.class, broker::subscription);

    assertEquals("topics is empty; a subscription needs at least one", e.getMessage());
  }

  @Test
  void policyTellsItsName() {
    assertEquals("DROP_OLDEST", Overflow.DROP_OLDEST.toString());
    assertEquals("AWAIT(PT2S)", Overflow.await(Duration.ofSeconds(2)).toString());
  }
}
