package dev.ssebroker.schedule;

/** Stands in for {@link java.util.concurrent.CountDownLatch}; waits as the schedule says. */
public final class LatchStandIn {
  private long count;

  public LatchStandIn(int count) {
    this.count = count;
  }

  public void countDown() {
    if (Schedule.isAbandoned()) {
      return;
    }
    Schedule.step("countDown");
    count = Math.max(0, count - 1);
  }

  public void await() {
    Schedule.await("latch", () -> count == 0);
  }

  public long getCount() {
    return count;
  }
}
