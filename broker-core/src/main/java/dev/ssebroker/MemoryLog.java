package dev.ssebroker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An ordered log in memory, for several brokers within one process: to try out, and to test, what
 * is to run on several machines. A single broker needs none; its history is its log.
 *
 * <p>May be used by any threads.
 */
public final class MemoryLog {
  private final Store store;

  /**
   * Makes an empty log.
   *
   * @param maxEvents how many events it keeps, of all topics together; at least 1
   * @throws IllegalArgumentException if the number is less
   */
  public MemoryLog(int maxEvents) {
    this.store =
        new Store((int) Settings.checkNumber("maxEvents", maxEvents, 1, Integer.MAX_VALUE));
  }

  /**
   * Returns the log for one more broker, which closes what it is given and not the log itself.
   *
   * @return the same events as any other caller has
   */
  public EventLog join() {
    return store.new Member();
  }

  /**
   * What all brokers have of the log. A class of its own, since javac reads the annotations of a
   * public class again for its users, who do not have {@link GuardedBy}.
   */
  private static final class Store {
    private final int maxEvents;
    private final String epoch = EventId.newEpoch();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private final TreeMap<Long, EventLog.Entry> entries = new TreeMap<>();

    /** The places of the kept events that have an id of their own. */
    @GuardedBy("lock")
    private final Map<String, EventId> ownIds = new HashMap<>();

    @GuardedBy("lock")
    private long lastSequence;

    Store(int maxEvents) {
      this.maxEvents = maxEvents;
    }

    @GuardedBy("lock")
    private List<EventId> append(String topic, List<Event> events) {
      Map<String, EventId> known = ownIds;
      // Error Prone cannot see that the rule is applied under the lock.
      OwnIds rule = new OwnIds(epoch, known::containsKey);
      events.forEach(event -> rule.check(event.id().orElse(null)));
      List<EventId> ids = new ArrayList<>(events.size());
      for (Event event : events) {
        EventId id = new EventId(epoch, ++lastSequence);
        entries.put(lastSequence, new EventLog.Entry(id, topic, event));
        event.id().ifPresent(ownId -> ownIds.put(ownId, id));
        ids.add(id);
        if (entries.size() > maxEvents) {
          entries.pollFirstEntry().getValue().event().id().ifPresent(ownIds::remove);
        }
      }
      changed.signalAll();
      return ids;
    }

    @GuardedBy("lock")
    private List<EventLog.Entry> read(EventId after, int limit) {
      long sequence = after.epoch().equals(epoch) ? after.sequence() : 0;
      return entries.tailMap(sequence, false).values().stream().limit(limit).toList();
    }

    /** What one broker has of the log. */
    private final class Member implements EventLog {
      @GuardedBy("lock")
      private boolean closed;

      @Override
      public List<EventId> append(String topic, List<Event> events) {
        lock.lock();
        try {
          checkOpen("; nothing was stored");
          return Store.this.append(topic, events);
        } finally {
          lock.unlock();
        }
      }

      @Override
      public List<Entry> read(EventId after, int limit) {
        return follow(after, limit, Duration.ZERO);
      }

      @Override
      public List<Entry> follow(EventId after, int limit, Duration wait) {
        lock.lock();
        try {
          long nanos = wait.toNanos();
          List<Entry> read = readOpen(after, limit);
          while (read.isEmpty() && nanos > 0) {
            nanos = changed.awaitNanos(nanos);
            read = readOpen(after, limit);
          }
          return read;
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new EventLogException("interrupted while waiting for an event", e);
        } finally {
          lock.unlock();
        }
      }

      @GuardedBy("lock")
      private List<Entry> readOpen(EventId after, int limit) {
        checkOpen("");
        return Store.this.read(after, limit);
      }

      @Override
      public EventId end() {
        lock.lock();
        try {
          checkOpen("");
          return new EventId(epoch, lastSequence);
        } finally {
          lock.unlock();
        }
      }

      @Override
      public Optional<EventId> find(String ownId) {
        lock.lock();
        try {
          checkOpen("");
          return Optional.ofNullable(ownIds.get(ownId));
        } finally {
          lock.unlock();
        }
      }

      @Override
      public void close() {
        lock.lock();
        try {
          closed = true;
          changed.signalAll();
        } finally {
          lock.unlock();
        }
      }

      @GuardedBy("lock")
      private void checkOpen(String fate) {
        if (closed) {
          throw new EventLogException("the log is closed" + fate);
        }
      }
    }
  }
}
