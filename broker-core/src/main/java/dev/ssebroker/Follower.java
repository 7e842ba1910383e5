package dev.ssebroker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The thread that reads what any broker appends to a shared log, and delivers it here. */
final class Follower implements Runnable {
  private static final int PAGE_EVENTS = 500;
  private static final int PAGE_BYTES = 1024 * 1024;
  private static final Duration WAIT = Duration.ofSeconds(1);
  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LAST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Broker broker;
  private final Clients clients;
  private final EventLog log;
  private final Archive archive;
  private final CountDownLatch ended = new CountDownLatch(1);

  // Used by one thread: the number of events to ask for, and the last one delivered, if any.
  private int limit = Archive.FIRST_EVENTS;
  private @Nullable EventId position;

  Follower(Broker broker, Clients clients, EventLog log, Archive archive) {
    this.broker = broker;
    this.clients = clients;
    this.log = log;
    this.archive = archive;
  }

  /** Begins at the end of the log, before there is a thread; without an answer, the thread does. */
  void begin() {
    try {
      beginAtEnd();
    } catch (RuntimeException e) {
      archive.setUnavailable(e);
    }
  }

  private EventId beginAtEnd() {
    EventId end = log.end();
    clients.beginHistory(end);
    position = end;
    return end;
  }

  @Override
  public void run() {
    long pauseNanos = FIRST_PAUSE_NANOS;
    while (!isEnded()) {
      try {
        follow();
        pauseNanos = FIRST_PAUSE_NANOS;
      } catch (RuntimeException | Error e) {
        if (!isEnded()) {
          archive.setUnavailable(e);
          pause(ThreadLocalRandom.current().nextLong(pauseNanos / 2, pauseNanos));
          pauseNanos = Math.min(2 * pauseNanos, LAST_PAUSE_NANOS);
        }
      }
    }
  }

  private void follow() {
    EventId after = position == null ? beginAtEnd() : position;
    var entries = log.follow(after, limit, archive.isAvailable() ? WAIT : Duration.ZERO);
    long bytes = 0;
    for (EventLog.Entry entry : entries) {
      if (isEnded()) {
        return;
      }
      Frame frame = EventStreamEncoder.encode(entry);
      broker.deliver(entry.id(), entry.topic(), frame);
      position = entry.id();
      bytes += frame.length();
    }
    if (!entries.isEmpty()) {
      limit = Archive.pageEvents(entries.size(), bytes, PAGE_EVENTS, PAGE_BYTES);
    }
    // Until the log answers here, only publishers ask it as well.
    if (archive.setAvailable()) {
      clients.forEach(Client::readOn);
    }
  }

  private void pause(long nanos) {
    try {
      var unused = ended.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      // Nobody has a reason for it, and an end is asked for in another way.
    }
  }

  /** Delivers no more events. The thread ends when the log answers, or is closed. */
  void end() {
    archive.close();
    ended.countDown();
  }

  private boolean isEnded() {
    return ended.getCount() == 0;
  }

  void closeLog() {
    try {
      log.close();
    } catch (RuntimeException e) {
      Broker.LOG.log(System.Logger.Level.WARNING, "The log threw when it was closed", e);
    }
  }

  /** Stores events. The follower delivers them, as those of any other broker. */
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
}
