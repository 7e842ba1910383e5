package dev.ssebroker;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What was published to one broker, as its publishers know it, and a clock of ticks: what ended at
 * a lower tick than something else began came before it.
 */
final class ModelLog {
  /** An event that has its receipt; it was published between two ticks. */
  record Publication(
      long sequence,
      String topic,
      @Nullable String key,
      String data,
      Receipt receipt,
      long began,
      long returned) {}

  private final AtomicLong ticks = new AtomicLong();
  private final Map<String, Publication> byData = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Guarded by the lock. */
  private long published;

  /** Guarded by the lock. */
  private boolean over;

  /** The id of some recent event; empty before the first. */
  private volatile String recentId = "";

  long tick() {
    return ticks.incrementAndGet();
  }

  String recentId() {
    return recentId;
  }

  /** Publishes the events, each of which has data of its own, and takes down their receipts. */
  void publish(Broker broker, String topic, List<Event> events) {
    long began = tick();
    List<Receipt> receipts =
        events.size() == 1
            ? List.of(broker.publish(topic, events.getFirst()))
            : broker.publish(topic, events);
    long returned = tick();
    for (int i = 0; i < receipts.size(); i++) {
      Receipt receipt = receipts.get(i);
      Event event = events.get(i);
      recentId = receipt.id();
      byData.put(
          event.data(),
          new Publication(
              sequenceOf(receipt.id()),
              topic,
              event.key().orElse(null),
              event.data(),
              receipt,
              began,
              returned));
    }
    count(receipts.size());
  }

  static String epochOf(String id) {
    return id.substring(0, id.indexOf('-'));
  }

  static long sequenceOf(String id) {
    return Long.parseLong(id.substring(id.indexOf('-') + 1));
  }

  private void count(int more) {
    lock.lock();
    try {
      published += more;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Nobody waits for publications any more. */
  void over() {
    lock.lock();
    try {
      over = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isOver() {
    lock.lock();
    try {
      return over;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until so many events have been published, or until the life is over. */
  void awaitPublished(long count) throws InterruptedException {
    lock.lock();
    try {
      long nanos = Stage.PATIENCE.toNanos();
      while (!over && published < count) {
        if (nanos <= 0) {
          throw new AssertionError("only %d of %d were published".formatted(published, count));
        }
        nanos = changed.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  @Nullable Publication find(String data) {
    return byData.get(data);
  }

  /** All of them, in the order of their sequences. */
  List<Publication> inOrder() {
    return byData.values().stream()
        .sorted(Comparator.comparingLong(Publication::sequence))
        .toList();
  }
}
