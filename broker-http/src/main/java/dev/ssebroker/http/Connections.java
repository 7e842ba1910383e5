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

/**
 * The open connections and streams of a server, and whether there is room for more. Thread-safe.
 */
final class Connections {
  /** How many connections beyond the limits may exist at a time, to receive a refusal. */
  private static final int MAX_REFUSED = 256;

  private final Limits limits;
  private final ServerFigures figures = new ServerFigures();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition removed = lock.newCondition();

  /** Changed under the lock, but iterated without it, because that may take long. */
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();

  // The lock guards all fields below.
  private final Count streams = new Count();
  private final Count others = new Count();
  private int refusedCount;

  /** Whether new streams are refused. Written under the lock; volatile for reads without it. */
  private volatile boolean draining;

  /** Whether new connections and requests are refused. Written under the lock; volatile as well. */
  private volatile boolean closing;

  /** A number of connections, in all and by address. Guarded by the lock. */
  private static final class Count {
    private final Map<InetAddress, Integer> byAddress = new HashMap<>();
    private int all;

    /** Returns the status that refuses one more from this address; 0 if there is room. */
    int refusal(InetAddress address, int max, int maxOfAddress) {
      if (all >= max) {
        return 503;
      }
      return byAddress.getOrDefault(address, 0) >= maxOfAddress ? 429 : 0;
    }

    void add(InetAddress address) {
      all++;
      byAddress.merge(address, 1, Integer::sum);
    }

    void remove(InetAddress address) {
      all--;
      byAddress.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
    }
  }

  Connections(Limits limits) {
    this.limits = limits;
  }

  /**
   * Adds a connection, perhaps one that is only refused.
   *
   * @param connection creates the connection, given the status that refuses its requests; 0 if
   *     there is room for it
   * @return empty if the socket must be closed without an answer
   */
  Optional<Connection> add(InetAddress address, IntFunction<Connection> connection) {
    lock.lock();
    try {
      int refusal =
          others.refusal(address, limits.requestConnections(), limits.streamsPerAddress());
      if (closing || (refusal != 0 && refusedCount == MAX_REFUSED)) {
        figures.refusals().addLimit(refusal, closing);
        return Optional.empty();
      }
      Connection added = connection.apply(refusal);
      open.add(added);
      if (refusal == 0) {
        others.add(address);
      } else {
        refusedCount++;
      }
      return Optional.of(added);
    } finally {
      lock.unlock();
    }
  }

  /** Removes a connection that has ended. Returns false if it was removed before. */
  boolean remove(Connection connection) {
    lock.lock();
    try {
      if (!open.remove(connection)) {
        return false;
      }
      if (connection.hasStream) {
        streams.remove(connection.address);
      } else if (connection.refusal == 0) {
        others.remove(connection.address);
      } else {
        refusedCount--;
      }
      removed.signalAll();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Counts the connection's stream.
   *
   * @return the status that refuses the stream; 0 if there is room for it
   */
  int beginStream(Connection connection) {
    lock.lock();
    try {
      int refusal =
          draining
              ? 503
              : streams.refusal(connection.address, limits.streams(), limits.streamsPerAddress());
      if (refusal == 0) {
        others.remove(connection.address);
        streams.add(connection.address);
        connection.hasStream = true;
      }
      return refusal;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Counts the connection as one without a stream again. Further calls do nothing. Returns false if
   * the connection was removed before.
   */
  boolean endStream(Connection connection) {
    lock.lock();
    try {
      boolean isOpen = open.contains(connection);
      if (isOpen && connection.hasStream) {
        streams.remove(connection.address);
        others.add(connection.address);
        connection.hasStream = false;
        removed.signalAll();
      }
      return isOpen;
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
    return await(() -> streams.all == 0, deadlineNanos);
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

  ServerFigures figures() {
    return figures;
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
