package dev.ssebroker.http;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;

/**
 * A server's open connections and streams, and whether more are let in. Used by all its threads.
 */
final class Connections {
  /** How many connections more than allowed are told so before they are closed. */
  private static final int MAX_REFUSED = 256;

  private final Limits limits;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition fewer = lock.newCondition();

  // All below is guarded by the lock.
  private final Set<Connection> open = new HashSet<>();
  private final Map<InetAddress, Integer> countByAddress = new HashMap<>();
  private int refused;
  private int streams;

  /**
   * Whether no new streams are let in. Written under the lock; volatile for those who only look.
   */
  private volatile boolean draining;

  /** Whether no more requests are. Written under the lock; volatile for those who only look. */
  private volatile boolean closing;

  Connections(Limits limits) {
    this.limits = limits;
  }

  /**
   * Lets a connection in, if only to be told that there is no room.
   *
   * @param connection makes it, given the status for all its requests; 0 if there is room
   * @return empty if there is no room even for that
   */
  Optional<Connection> add(InetAddress address, IntFunction<Connection> connection) {
    lock.lock();
    try {
      int refusal = refusal(address);
      if (closing || (refusal != 0 && refused == MAX_REFUSED)) {
        return Optional.empty();
      }
      Connection added = connection.apply(refusal);
      open.add(added);
      if (refusal == 0) {
        countByAddress.merge(address, 1, Integer::sum);
      } else {
        refused++;
      }
      return Optional.of(added);
    } finally {
      lock.unlock();
    }
  }

  /** The status for whoever comes from there now; 0 if there is room. The lock is held. */
  private int refusal(InetAddress address) {
    if (open.size() - refused >= limits.connections()) {
      return 503;
    }
    int sameAddress = countByAddress.getOrDefault(address, 0);
    return sameAddress >= limits.connectionsPerAddress() ? 429 : 0;
  }

  /** Called when a connection has ended, and perhaps again. */
  void remove(Connection connection) {
    lock.lock();
    try {
      if (!open.remove(connection)) {
        return;
      }
      if (connection.streams) {
        streams--;
      }
      if (connection.refusal == 0) {
        countByAddress.computeIfPresent(
            connection.address, (address, count) -> count == 1 ? null : count - 1);
      } else {
        refused--;
      }
      fewer.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Returns false if no new streams are let in. */
  boolean beginStream(Connection connection) {
    lock.lock();
    try {
      if (!draining) {
        connection.streams = true;
        streams++;
      }
      return !draining;
    } finally {
      lock.unlock();
    }
  }

  /** From now on no new streams are let in. */
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

  /** From now on no new connections are let in, and those there are take no more requests. */
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

  /** Returns whether all streams have ended in time. */
  boolean awaitNoStream(long deadlineNanos) {
    return await(() -> streams == 0, deadlineNanos);
  }

  /** Returns when all connections have ended, or the time is over. */
  void awaitNone(long deadlineNanos) {
    await(open::isEmpty, deadlineNanos);
  }

  /** Returns whether the condition, which is about what the lock guards, holds in time. */
  private boolean await(BooleanSupplier condition, long deadlineNanos) {
    lock.lock();
    try {
      long left = deadlineNanos - System.nanoTime();
      while (!condition.getAsBoolean() && left > 0) {
        left = fewer.awaitNanos(left);
      }
      return condition.getAsBoolean();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return condition.getAsBoolean();
    } finally {
      lock.unlock();
    }
  }

  /** Those that are open now. */
  List<Connection> list() {
    lock.lock();
    try {
      return List.copyOf(open);
    } finally {
      lock.unlock();
    }
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
