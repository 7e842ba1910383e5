package dev.ssebroker.redis;

import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A bounded pool of connections. Lends each to one thread at a time. Closes failed ones. */
final class LinkPool {
  private final Members members;
  private final Duration timeout;
  private final Semaphore permits;
  private final ConcurrentLinkedDeque<Link> idle = new ConcurrentLinkedDeque<>();

  /** A request that may be sent twice. */
  @FunctionalInterface
  interface Task<T> {
    T run(Link link) throws Fault;
  }

  LinkPool(Members members, int max, Duration timeout) {
    this.members = members;
    this.timeout = timeout;
    this.permits = new Semaphore(max);
  }

  /** Waits for a connection at most for the timeout, then runs the task. */
  <T> T use(Task<T> task) throws Fault {
    acquire();
    try {
      Link link = idle.pollFirst();
      if (link != null) {
        try {
          return run(link, task);
        } catch (Fault fault) {
          if (fault.kind() != Fault.Kind.NO_ANSWER && fault.kind() != Fault.Kind.NOT_READY) {
            throw fault;
          }
          // The idle connection may be stale, or its server may no longer be the master.
        }
      }
      return run(members.connect(System.nanoTime() + timeout.toNanos()), task);
    } finally {
      permits.release();
    }
  }

  private void acquire() throws Fault {
    try {
      if (!permits.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new Fault(Fault.Kind.NOT_CONNECTED, "all connections to Redis are in use");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Fault(Fault.Kind.NOT_CONNECTED, "the thread was interrupted", e);
    }
  }

  private <T> T run(Link link, Task<T> task) throws Fault {
    boolean succeeded = false;
    try {
      T result = task.run(link);
      succeeded = true;
      return result;
    } finally {
      if (succeeded) {
        idle.addFirst(link);
      } else {
        link.close();
      }
    }
  }
}
