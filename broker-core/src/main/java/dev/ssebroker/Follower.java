package dev.ssebroker;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings what any broker appends to a shared log to the clients of this one: the thread that
 * follows the log, and all else that is asked of it.
 */
final class Follower implements Runnable {
  /*
   * The log may be away. Its follower then tries again, each time a little later; everybody else
   * leaves it alone until the follower has had an answer. Clients stay and are served what is here;
   * publishers try, and are told.
   */
  private static final int PAGE_EVENTS = 500;
  private static final int PAGE_BYTES = 1024 * 1024;
  private static final Duration WAIT = Duration.ofSeconds(1);
  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LAST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Broker broker;
  private final EventLog log;
  private final LogPages pages;

  /** The thread's own. */
  private final PageSize size = new PageSize(PAGE_EVENTS, PAGE_BYTES);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition endAsked = lock.newCondition();

  /** Guarded by the lock. */
  private boolean ended;

  /** Written by whoever asked the log; read under the broker's lock. */
  private volatile boolean away;

  /** The last event that was brought; null before the first contact. The thread's own. */
  private @Nullable EventId place;

  Follower(Broker broker, EventLog log, LongSupplier clock) {
    this.broker = broker;
    this.log = log;
    this.pages = new LogPages(log, clock);
  }

  /** Finds where to begin, before there is a thread: a broker is then right at the log's end. */
  void begin() {
    try {
      contact();
    } catch (RuntimeException e) {
      lost(e);
    }
  }

  private EventId contact() {
    EventId begin = log.end();
    broker.beginBehind(begin);
    place = begin;
    return begin;
  }

  @Override
  public void run() {
    long pauseNanos = FIRST_PAUSE_NANOS;
    while (!isEnded()) {
      try {
        follow();
        pauseNanos = FIRST_PAUSE_NANOS;
      } catch (RuntimeException e) {
        if (!isEnded()) {
          lost(e);
          pause(ThreadLocalRandom.current().nextLong(pauseNanos / 2, pauseNanos));
          pauseNanos = Math.min(2 * pauseNanos, LAST_PAUSE_NANOS);
        }
      }
    }
  }

  private void follow() {
    EventId after = place == null ? contact() : place;
    List<EventLog.Entry> entries = log.follow(after, size.events(), away ? Duration.ZERO : WAIT);
    long bytes = 0;
    for (EventLog.Entry entry : entries) {
      if (isEnded()) {
        return;
      }
      Frame frame = EventStreamEncoder.encode(entry);
      broker.bring(entry.id(), entry.topic(), frame);
      place = entry.id();
      bytes += frame.length();
    }
    size.read(entries.size(), bytes);
    if (away) {
      away = false;
      Broker.LOG.log(Level.INFO, "The log can be read again");
      broker.logIsBack();
    }
  }

  private void lost(RuntimeException e) {
    if (!away && !isEnded()) {
      away = true;
      // The trace of what a log says by itself tells nobody anything.
      Throwable bug = e instanceof EventLogException ? null : e;
      Broker.LOG.log(
          Level.WARNING,
          "The log cannot be read, and is tried again until it can: " + e.getMessage(),
          bug);
    }
  }

  private void pause(long nanos) {
    lock.lock();
    try {
      long left = nanos;
      while (!ended && left > 0) {
        left = endAsked.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      // Nobody has a reason for it, and an end is asked for in another way.
    } finally {
      lock.unlock();
    }
  }

  /** Lets the thread bring no more events, and end when the log lets go of it. */
  void end() {
    lock.lock();
    try {
      ended = true;
      endAsked.signal();
    } finally {
      lock.unlock();
    }
  }

  private boolean isEnded() {
    lock.lock();
    try {
      return ended;
    } finally {
      lock.unlock();
    }
  }

  void closeLog() {
    try {
      log.close();
    } catch (RuntimeException e) {
      Broker.LOG.log(Level.WARNING, "The log threw when it was closed", e);
    }
  }

  /** Stores events; clients receive them from here as they do from any other broker. */
  List<Receipt> append(String topic, List<Event> events) {
    if (isEnded()) {
      throw new BrokerClosedException();
    }
    if (events.isEmpty()) {
      return List.of();
    }
    List<EventId> ids = log.append(topic, events);
    List<Receipt> receipts = new ArrayList<>(events.size());
    for (int i = 0; i < events.size(); i++) {
      String id = events.get(i).id().orElse(ids.get(i).toString());
      receipts.add(new Receipt(id, 0, 0, 0));
    }
    return receipts;
  }

  /** Whether the log did not answer when it was last asked. */
  boolean isAway() {
    return away;
  }

  /** Reads what a client with a backlog is to be given next; null if the log is away. */
  LogPages.@Nullable Page read(@Nullable String lastEventId, @Nullable EventId place) {
    if (away) {
      return null;
    }
    try {
      return place == null
          ? pages.behind(Objects.requireNonNull(lastEventId))
          : pages.behind(place);
    } catch (RuntimeException e) {
      lost(e);
      return null;
    }
  }
}
