package dev.ssebroker.schedule;

/** Stands in for {@link java.util.concurrent.locks.LockSupport}; parks as the schedule says. */
public final class LockSupportStandIn {
  private LockSupportStandIn() {}

  public static void park(Object blocker) {
    Schedule.park();
  }

  public static void unpark(Thread thread) {
    Schedule.unpark(thread);
  }
}
