package dev.ssebroker.schedule;

/** Stands in for {@link System}, with the schedule's time. */
public final class SystemStandIn {
  private SystemStandIn() {}

  public static long nanoTime() {
    return Schedule.nanoTime();
  }

  public static System.Logger getLogger(String name) {
    return System.getLogger(name);
  }

  public static void arraycopy(Object from, int fromIndex, Object to, int toIndex, int length) {
    System.arraycopy(from, fromIndex, to, toIndex, length);
  }
}
