package dev.ssebroker.api;

import dev.ssebroker.BrokerStats;
import dev.ssebroker.CloseReason;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Creates statistics with distinct figures, for tests of exporters. It finds the figures by
 * reflection, so it includes every new figure of {@link BrokerStats}. The name of a figure is that
 * of its group and its own, such as {@code queues.bytes}.
 */
public final class NumberedStats {
  private NumberedStats() {}

  /**
   * Returns a value for each figure by its name. Numbers, and durations in milliseconds, start at
   * 1000. Booleans are true. The numbers of ended clients start at 2000, in the order of the
   * reasons.
   */
  public static SortedMap<String, Object> values() {
    SortedMap<String, Object> values = new TreeMap<>();
    for (Method group : BrokerStats.class.getMethods()) {
      for (Method figure : group.getReturnType().getMethods()) {
        values.put(name(group, figure), figure.getReturnType());
      }
    }
    int number = 1000;
    for (Map.Entry<String, Object> value : values.entrySet()) {
      value.setValue(value((Class<?>) value.getValue(), number));
      number++;
    }
    return values;
  }

  /** Returns a value that differs from this one. */
  public static Object other(Object value) {
    return switch (value) {
      case Boolean yes -> !yes;
      case Integer number -> number + 5000;
      case Long number -> number + 5000;
      case Duration duration -> duration.plusMillis(5000);
      default -> ended(5000);
    };
  }

  /** Returns statistics with these values. */
  public static BrokerStats of(Map<String, Object> values) {
    return proxy(
        BrokerStats.class,
        group ->
            proxy(
                group.getReturnType(),
                figure -> Objects.requireNonNull(values.get(name(group, figure)))));
  }

  private static Object value(Class<?> type, int number) {
    return switch (type.getSimpleName()) {
      case "boolean" -> true;
      case "int" -> number;
      case "long" -> (long) number;
      case "Duration" -> Duration.ofMillis(number);
      case "Map" -> ended(2000);
      default -> throw new IllegalArgumentException("no value of " + type);
    };
  }

  private static Map<CloseReason, Long> ended(long first) {
    Map<CloseReason, Long> ended = new EnumMap<>(CloseReason.class);
    for (CloseReason reason : CloseReason.values()) {
      ended.put(reason, first + ended.size());
    }
    return Collections.unmodifiableMap(ended);
  }

  private static String name(Method group, Method figure) {
    return group.getName() + "." + figure.getName();
  }

  private static <T> T proxy(Class<T> type, Function<Method, Object> handler) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> handler.apply(method)));
  }
}
