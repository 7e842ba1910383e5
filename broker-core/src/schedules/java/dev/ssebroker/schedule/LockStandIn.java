package dev.ssebroker.schedule;

import java.util.ArrayDeque;
import java.util.Date;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Stands in for {@link java.util.concurrent.locks.ReentrantLock}; waits as the schedule says. */
public final class LockStandIn {
  private @Nullable Thread owner;
  private int holds;

  public LockStandIn() {}

  /** Every order of those who wait is tried, a fair one among them. */
  public LockStandIn(@SuppressWarnings("unused") boolean fair) {}

  public boolean tryLock() {
    Schedule.step("try lock");
    if (owner != null && owner != Thread.currentThread()) {
      return false;
    }
    owner = Thread.currentThread();
    holds++;
    return true;
  }

  public void lock() {
    if (owner != Thread.currentThread()) {
      Schedule.await("lock", () -> owner == null);
      owner = Thread.currentThread();
    }
    holds++;
  }

  public void unlock() {
    if (Schedule.isAbandoned()) {
      return;
    }
    checkOwner();
    if (--holds == 0) {
      owner = null;
      Schedule.step("unlock");
    }
  }

  public boolean isHeldByCurrentThread() {
    return owner == Thread.currentThread();
  }

  public Condition newCondition() {
    return new LockCondition();
  }

  private void checkOwner() {
    if (owner != Thread.currentThread()) {
      throw new IllegalMonitorStateException();
    }
  }

  private static final class Waiter {
    boolean signalled;
  }

  private final class LockCondition implements Condition {
    private final Queue<Waiter> waiters = new ArrayDeque<>();

    @Override
    public void await() throws InterruptedException {
      release(Schedule.FOREVER);
    }

    @Override
    public long awaitNanos(long nanos) throws InterruptedException {
      return release(nanos);
    }

    /** Releases the lock, waits, and has it again. */
    private long release(long nanos) throws InterruptedException {
      checkOwner();
      Thread self = Thread.currentThread();
      BooleanSupplier interrupted = Schedule.interruption();
      Waiter waiter = new Waiter();
      waiters.add(waiter);
      int held = holds;
      holds = 0;
      owner = null;
      long left =
          Schedule.awaitNanos(
              "await",
              nanos,
              () -> (waiter.signalled || interrupted.getAsBoolean()) && owner == null,
              () -> owner == null);
      waiters.remove(waiter);
      owner = self;
      holds = held;
      if (!waiter.signalled && Schedule.interrupted()) {
        throw new InterruptedException();
      }
      return left;
    }

    @Override
    public void signal() {
      checkOwner();
      Waiter first = waiters.poll();
      if (first != null) {
        first.signalled = true;
      }
    }

    @Override
    public void signalAll() {
      checkOwner();
      waiters.forEach(waiter -> waiter.signalled = true);
      waiters.clear();
    }

    @Override
    public boolean await(long time, TimeUnit unit) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void awaitUninterruptibly() {
      throw new UnsupportedOperationException();
    }

    @Override
    @SuppressWarnings("JavaUtilDate") // The interface wants it.
    public boolean awaitUntil(Date deadline) {
      throw new UnsupportedOperationException();
    }
  }
}
