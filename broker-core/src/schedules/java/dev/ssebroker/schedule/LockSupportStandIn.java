package dev.ssebroker.schedule;

/**
 * Stands in for {@link java.util.concurrent.locks.LockSupport}: parks as the schedule says, and now
 * and then not at all, as the JDK's may.
 */
public final class LockSupportStandIn {
  private LockSupportStandIn() {}

  public static void park(@SuppressWarnings("unused") Object blocker) {
    Schedule.park();
  }

  public static void unpark(Thread thread) {
    Schedule.unpark(thread);
  }
}
