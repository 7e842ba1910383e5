package dev.ssebroker.http;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LimitsTest {
  private static final List<String> DURATIONS = List.of("firstByte", "head", "body", "idle");

  /** Checks each setting, because ten adjacent parameters are easily swapped. */
  @Test
  void eachSettingSetsTheLimitOfItsName() {
    Limits limits =
        Limits.builder()
            .streams(1)
            .streamsPerAddress(2)
            .requestConnections(3)
            .acceptsPerSecond(4)
            .requestLineBytes(1005)
            .headerBytes(1006)
            .headerCount(7)
            .bodyBytes(8)
            .firstByte(ofSeconds(9))
            .head(ofSeconds(10))
            .body(ofSeconds(11))
            .idle(ofSeconds(12))
            .build();

    assertEquals(
        new Limits(
            1,
            2,
            3,
            4,
            1005,
            1006,
            7,
            8,
            ofSeconds(9),
            ofSeconds(10),
            ofSeconds(11),
            ofSeconds(12)),
        limits);
    assertEquals(limits, limits.toBuilder().build());
  }

  @Test
  void defaultsAreThoseOfTheDocuments() {
    assertEquals(
        new Limits(
            50_000,
            50_000,
            10_000,
            10_000,
            8192,
            16_384,
            100,
            1_048_576,
            ofSeconds(10),
            ofSeconds(10),
            ofSeconds(30),
            ofSeconds(75)),
        Limits.builder().build());
  }

  @ParameterizedTest
  @CsvSource({
    "streams, 1, 2147483647",
    "streamsPerAddress, 1, 2147483647",
    "requestConnections, 1, 2147483647",
    "acceptsPerSecond, 1, 1000000",
    "requestLineBytes, 64, 1048576",
    "headerBytes, 256, 1048576",
    "headerCount, 1, 10000",
    "bodyBytes, 0, 1073741824",
  })
  void numberHasItsBounds(String name, int least, int most) throws Exception {
    assertEquals(least, value(name, with(name, least)));
    assertEquals(most, value(name, with(name, most)));
    String bounds = "; allowed is from " + least + " to " + most;
    assertRefused(name + " is " + (least - 1) + bounds, name, least - 1);
    if (most < Integer.MAX_VALUE) {
      assertRefused(name + " is " + (most + 1) + bounds, name, most + 1);
    }
  }

  static Stream<String> durations() {
    return DURATIONS.stream();
  }

  @ParameterizedTest
  @MethodSource("durations")
  void timeHasItsBounds(String name) throws Exception {
    assertEquals(ofMillis(10), value(name, with(name, ofMillis(10))));
    assertEquals(ofHours(1), value(name, with(name, ofHours(1))));
    for (Duration time :
        List.of(
            ofMillis(10).minusNanos(1),
            Duration.ZERO,
            ofMillis(-10),
            ofHours(1).plus(ofNanos(1)),
            ChronoUnit.FOREVER.getDuration())) {
      String message = name + " is " + time + "; allowed is from 10 milliseconds to one hour";
      assertRefused(message, name, time);
    }
  }

  @Test
  void everyLimitHasBounds() {
    assertEquals(
        8 + DURATIONS.size(),
        Limits.class.getRecordComponents().length,
        Arrays.toString(Limits.class.getRecordComponents()));
  }

  private static void assertRefused(String message, String name, Object value) {
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> with(name, value)).getMessage());
  }

  private static Limits with(String name, Object value) throws Exception {
    Limits.Builder builder = Limits.builder();
    Method setting =
        Limits.Builder.class.getMethod(name, value instanceof Integer ? int.class : Duration.class);
    setting.invoke(builder, value);
    return builder.build();
  }

  private static Object value(String name, Limits limits) throws Exception {
    for (RecordComponent component : Limits.class.getRecordComponents()) {
      if (component.getName().equals(name)) {
        return Objects.requireNonNull(component.getAccessor().invoke(limits));
      }
    }
    throw new AssertionError("no limit " + name);
  }
}
