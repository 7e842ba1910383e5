package dev.ssebroker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * An ordered log in memory, for several brokers within one process: to try out, and to test, what
 * is to run on several machines. A single broker needs none. Thread-safe.
 */
public final class MemoryLog {
  private final int maxEvents;
  private final String epoch = EventId.newEpoch();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // All below is guarded by the lock.
  private final TreeMap<Long, EventLog.Entry> entries = new TreeMap<>();
  private long lastSequence;

  /** The positions of the kept events that have an id of their own. */
  private final Map<String, EventId> ownIds = new HashMap<>();

  /**
   * Makes an empty log.
   *
   * @param maxEvents how many events it keeps, of all topics together; at least 1
   * @throws IllegalArgumentException if the number is less
   */
  public MemoryLog(int maxEvents) {
    this.maxEvents = (int) Settings.checkNumber("maxEvents", maxEvents, 1, Integer.MAX_VALUE);
  }

  /** {@return the same events for one more broker; it closes what it is given, not the log} */
  public EventLog join() {
    return new Member();
  }

  private List<EventId> append(String topic, List<Event> events) {
    OwnIds rule = new OwnIds(epoch, ownIds.keySet(), 0);
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

  private final class Member implements EventLog {
    private boolean closed;

    @Override
    public List<EventId> append(String topic, List<Event> events) {
      return locked("; nothing was stored", () -> MemoryLog.this.append(topic, events));
    }

    @Override
    public List<Entry> read(EventId after, int limit) {
      long from = after.epoch().equals(epoch) ? after.sequence() : 0;
      return locked("", () -> entries.tailMap(from, false).values().stream().limit(limit).toList());
    }

    @Override
    public List<Entry> follow(EventId after, int limit, Duration wait) {
      lock.lock();
      try {
        long nanos = wait.toNanos();
        List<Entry> read = read(after, limit);
        while (read.isEmpty() && nanos > 0) {
          nanos = changed.awaitNanos(nanos);
          read = read(after, limit);
        }
        return read;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new EventLogException("interrupted while waiting for an event", e);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public EventId end() {
      return locked("", () -> new EventId(epoch, lastSequence));
    }

    @Override
    public Optional<EventId> find(String ownId) {
      return locked("", () -> Optional.ofNullable(ownIds.get(ownId)));
    }

    private <T> T locked(String fate, Supplier<T> body) {
      lock.lock();
      try {
        if (closed) {
          throw new EventLogException("the log is closed" + fate);
        }
        return body.get();
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
  }
}
