package dev.ssebroker.schedule;

/**
 * Stands in for {@link java.util.concurrent.atomic.AtomicBoolean}: others may run before each call,
 * and after one that changes it.
 */
public final class AtomicBooleanStandIn {
  private boolean value;

  public boolean get() {
    Schedule.step("get");
    return value;
  }

  public void set(boolean newValue) {
    Schedule.step("set");
    value = newValue;
    Schedule.step("was set");
  }

  public boolean compareAndSet(boolean expected, boolean newValue) {
    Schedule.step("compare and set");
    boolean same = value == expected;
    value = same ? newValue : value;
    Schedule.step("compared and set");
    return same;
  }
}
