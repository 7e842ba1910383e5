package dev.ssebroker.http;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** The open connections and streams of a server, and whether it accepts more. Thread-safe. */
final class Connections {
  /** How many connections beyond the limits may exist at a time, to receive a refusal. */
  private static final int MAX_REFUSED = 256;

  private final Limits limits;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition removed = lock.newCondition();

  /** Changed under the lock, but iterated without it, because that may take long. */
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();

  // The lock guards all fields below.
  private final Map<InetAddress, Integer> countByAddress = new HashMap<>();
  private int refusedCount;
  private int streamCount;

  /** Whether new streams are refused. Written under the lock; volatile for reads without it. */
  private volatile boolean draining;

  /** Whether new connections and requests are refused. Written under the lock; volatile as well. */
  private volatile boolean closing;

  Connections(Limits limits) {
    this.limits = limits;
  }

  /**
   * Adds a connection, perhaps one that is only refused.
   *
   * @param connection creates the connection, given the status that refuses all its requests; 0 if
   *     it is within the limits
   * @return empty if the socket must be closed without an answer
   */
  Optional<Connection> add(InetAddress address, IntFunction<Connection> connection) {
    lock.lock();
    try {
      int refusalStatus = refusalStatus(address);
      if (closing || (refusalStatus != 0 && refusedCount == MAX_REFUSED)) {
        return Optional.empty();
      }
      Connection added = connection.apply(refusalStatus);
      open.add(added);
      if (refusalStatus == 0) {
        countByAddress.merge(address, 1, Integer::sum);
      } else {
        refusedCount++;
      }
      return Optional.of(added);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns the status that refuses a connection from this address; 0 if there is room. The lock is
   * held.
   */
  private int refusalStatus(InetAddress address) {
    if (open.size() - refusedCount >= limits.connections()) {
      return 503;
    }
    int sameAddress = countByAddress.getOrDefault(address, 0);
    return sameAddress >= limits.connectionsPerAddress() ? 429 : 0;
  }

  /** Removes a connection that has ended. Does nothing if it was removed before. */
  void remove(Connection connection) {
    lock.lock();
    try {
      if (!open.remove(connection)) {
        return;
      }
      if (connection.hasStream) {
        streamCount--;
      }
      if (connection.refusalStatus == 0) {
        countByAddress.computeIfPresent(
            connection.address, (address, count) -> count == 1 ? null : count - 1);
      } else {
        refusedCount--;
      }
      removed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Counts the connection's stream. Returns false if new streams are refused. */
  boolean beginStream(Connection connection) {
    lock.lock();
    try {
      if (!draining) {
        connection.hasStream = true;
        streamCount++;
      }
      return !draining;
    } finally {
      lock.unlock();
    }
  }

  /** Refuses new streams from now on. */
  void drain() {
    lock.lock();
    try {
      draining = true;
    } finally {
      lock.unlock();
    }
  }

  boolean isDraining() {
    return draining;
  }

  /** Refuses new connections, and further requests of open ones, from now on. */
  void beginClosing() {
    lock.lock();
    try {
      closing = true;
    } finally {
      lock.unlock();
    }
  }

  boolean isClosing() {
    return closing;
  }

  /** Waits until no stream is open. Returns false if the deadline passes first. */
  boolean awaitNoStream(long deadlineNanos) {
    return await(() -> streamCount == 0, deadlineNanos);
  }

  /** Waits until no connection is open or the deadline passes. */
  void awaitNone(long deadlineNanos) {
    await(open::isEmpty, deadlineNanos);
  }

  /** Waits for a condition on guarded fields. Returns whether it holds. */
  private boolean await(BooleanSupplier condition, long deadlineNanos) {
    lock.lock();
    try {
      long left = deadlineNanos - System.nanoTime();
      while (!condition.getAsBoolean() && left > 0) {
        left = removed.awaitNanos(left);
      }
      return condition.getAsBoolean();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return condition.getAsBoolean();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Calls the action for each open connection, without the lock. Visits every connection that was
   * added before this call and has not been removed.
   */
  void forEach(Consumer<Connection> action) {
    open.forEach(action);
  }

  int count() {
    lock.lock();
    try {
      return open.size();
    } finally {
      lock.unlock();
    }
  }
}
