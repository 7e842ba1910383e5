package dev.ssebroker.schedule;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

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

  public boolean await(long timeout, TimeUnit unit) throws InterruptedException {
    BooleanSupplier interrupted = Schedule.interruption();
    var unused =
        Schedule.awaitNanos(
            "latch",
            unit.toNanos(timeout),
            () -> count == 0 || interrupted.getAsBoolean(),
            () -> true);
    if (count > 0 && Schedule.interrupted()) {
      throw new InterruptedException();
    }
    return count == 0;
  }

  public long getCount() {
    return count;
  }
}
