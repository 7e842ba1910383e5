package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** One broker's way to a log that can be cut, and behind which another log can be put. */
final class FaultyLog implements EventLog {
  private final AtomicReference<MemoryLog> memory;
  private final AtomicReference<EventLog> log;
  private final AtomicBoolean cut = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** How often a page was read for clients. */
  final AtomicInteger pagesRead = new AtomicInteger();

  /** One for each who asked while the log was cut. */
  private final Semaphore refused = new Semaphore(0);

  private final AtomicReference<CountDownLatch> held = new AtomicReference<>(new CountDownLatch(0));

  FaultyLog(MemoryLog log) {
    this.memory = new AtomicReference<>(log);
    this.log = new AtomicReference<>(log.join());
  }

  void cut() {
    cut.set(true);
    // Whoever waits in it is to meet the cut.
    becomes(memory.get());
  }

  /** From now on, what the follower reads reaches it later. */
  void holdFollower() {
    held.set(new CountDownLatch(1));
  }

  void letFollowerGo() {
    held.get().countDown();
  }

  /** Waits until so many have been turned away. */
  void awaitRefused(int count) throws InterruptedException {
    assertTrue(
        refused.tryAcquire(count, Stage.PATIENCE.toSeconds(), TimeUnit.SECONDS),
        "too few asked the log");
  }

  void mend() {
    cut.set(false);
  }

  /** Puts another log in the place of the one that was there. */
  void becomes(MemoryLog other) {
    memory.set(other);
    log.getAndSet(other.join()).close();
  }

  boolean isClosed() {
    return closed.get();
  }

  private EventLog reach() {
    if (cut.get()) {
      refused.release();
      throw new EventLogException("the log is cut");
    }
    return log.get();
  }

  @Override
  public List<EventId> append(String topic, List<Event> events) {
    return reach().append(topic, events);
  }

  @Override
  public List<Entry> read(EventId after, int limit) {
    pagesRead.incrementAndGet();
    return reach().read(after, limit);
  }

  @Override
  public List<Entry> follow(EventId after, int limit, Duration wait) {
    List<Entry> read = reach().follow(after, limit, wait);
    awaitGo();
    return read;
  }

  private void awaitGo() {
    try {
      Stage.await(held.get(), "the follower's release");
    } catch (InterruptedException e) {
      throw new EventLogException("interrupted", e);
    }
  }

  @Override
  public EventId end() {
    return reach().end();
  }

  @Override
  public Optional<EventId> find(String ownId) {
    return reach().find(ownId);
  }

  @Override
  public void close() {
    closed.set(true);
    log.get().close();
  }
}
