package dev.ssebroker.redis;

import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A few connections, each lent to one thread at a time, and kept while they are good. */
final class LinkPool {
  private final Members members;
  private final Duration timeout;
  private final Semaphore permits;
  private final ConcurrentLinkedDeque<Link> idle = new ConcurrentLinkedDeque<>();

  /** Something to ask, which may be asked twice. */
  @FunctionalInterface
  interface Task<T> {
    T run(Link link) throws Fault;
  }

  LinkPool(Members members, int max, Duration timeout) {
    this.members = members;
    this.timeout = timeout;
    this.permits = new Semaphore(max);
  }

  /** Waits for a connection no longer than the timeout; what is asked then is not bounded. */
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
          // It may have been broken for long, or its server be the master no more.
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
      throw new Fault(Fault.Kind.NOT_CONNECTED, "interrupted", e);
    }
  }

  private <T> T run(Link link, Task<T> task) throws Fault {
    boolean good = false;
    try {
      T result = task.run(link);
      good = true;
      return result;
    } finally {
      if (good) {
        idle.addFirst(link);
      } else {
        link.close();
      }
    }
  }
}
