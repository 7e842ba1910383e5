package dev.ssebroker.schedule;

/**
 * Stands in for {@link java.util.concurrent.atomic.AtomicInteger}: others may run before each call.
 */
public final class AtomicIntegerStandIn {
  private int value;

  public int get() {
    Schedule.step("get");
    return value;
  }

  public int incrementAndGet() {
    Schedule.step("increment");
    return ++value;
  }

  public int decrementAndGet() {
    if (!Schedule.isAbandoned()) {
      Schedule.step("decrement");
    }
    return --value;
  }
}
