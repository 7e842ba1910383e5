package dev.ssebroker;

import dev.ssebroker.BrokerStatsSnapshot.ClientFigures;
import dev.ssebroker.BrokerStatsSnapshot.HistoryFigures;
import dev.ssebroker.BrokerStatsSnapshot.LogFigures;
import dev.ssebroker.BrokerStatsSnapshot.QueueFigures;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The clients of a broker: how one is added, and how one ends. */
final class Clients {
  /** The number of clients that are visited under one hold of the lock. */
  private static final int SLICE = 128;

  /** No maximum age. It is within the range in which two times can be compared. */
  private static final long FOREVER_NANOS = Long.MAX_VALUE / 4;

  private final BrokerLock lock;
  private final Cursor.Source source;
  private final TopicTree tree;
  private final Backpressure backpressure;
  private final BrokerThreads threads;
  private final LongSupplier clock;
  private final BrokerQueues queues;
  private final BrokerCounters counters;
  private final @Nullable ListenerDispatcher dispatcher;
  private final Deflation deflation = new Deflation();
  private final Condition noClients;

  // All below is guarded by the broker's lock.

  /** Every client whose writer has not left yet. */
  private final TopicTree.Audience all = new TopicTree.Audience();

  private long lastId;

  Clients(
      Cursor.Source source,
      TopicTree tree,
      Backpressure backpressure,
      BrokerThreads threads,
      LongSupplier clock,
      BrokerQueues queues,
      BrokerCounters counters,
      @Nullable BrokerListener listener) {
    this.lock = source.lock();
    this.source = source;
    this.tree = tree;
    this.backpressure = backpressure;
    this.threads = threads;
    this.clock = clock;
    this.queues = queues;
    this.counters = counters;
    this.dispatcher = listener == null ? null : new ListenerDispatcher(listener, threads);
    this.noClients = lock.newCondition();
  }

  /** Adds a client and starts its writer. If the thread cannot be started, nothing is added. */
  Client add(Subscription.Builder description, Sink sink) {
    lock.assertHeld();
    SubscriptionSettings settings = description.settings();
    Client client =
        new Client(
            this,
            source,
            lastId + 1,
            description,
            sink,
            queues.create(settings, counters),
            clock.getAsLong() + lifetimeNanos(settings));
    String lastEventId = description.lastEventId();
    if (lastEventId != null) {
      client.resume(lastEventId);
    }
    client.join(all, tree);
    try {
      client.start();
    } catch (RuntimeException | Error e) {
      client.unsubscribe(tree);
      client.leave();
      throw e;
    }
    lastId++;
    backpressure.clientAdded(client);
    int count = all.size();
    notify(listener -> listener.clientAdded(client, count));
    FlightEvents.ClientAdded.commit(client, lastEventId != null);
    return client;
  }

  /** Returns 80 to 100 % of the maximum age, so that clients do not all reconnect at once. */
  private static long lifetimeNanos(SubscriptionSettings settings) {
    Duration maxAge = settings.maxAge();
    return maxAge == null
        ? FOREVER_NANOS
        : (long) (maxAge.toNanos() * ThreadLocalRandom.current().nextDouble(0.8, 1.0));
  }

  /** Ends the client after the events that were published to it. */
  void end(Client client, CloseReason reason) {
    lock.lock();
    try {
      if (client.reason().isEmpty()) {
        stopOffering(client, reason);
        orFail(client, () -> client.drain(reason));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ends the client at once: discards its queue, and closes its sink, which frees a write. */
  void cut(Client client, CloseReason reason) {
    lock.lock();
    try {
      if (!client.hasEnded()) {
        stopOffering(client, reason);
        client.cut(reason);
        orFail(client, client::finishCut);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Cuts a client for which memory or a thread could not be had. */
  void fail(Client client, Throwable cause) {
    lock.assertHeld();
    client.cut(CloseReason.OUT_OF_RESOURCES);
    try {
      stopOffering(client, CloseReason.OUT_OF_RESOURCES);
      client.finishCut();
      Broker.LOG.log(Level.WARNING, "Out of resources; the client ends: " + client, cause);
    } catch (RuntimeException | Error e) {
      // The housekeeper tries again, and goes on until the client has ended.
    }
  }

  private void orFail(Client client, Runnable action) {
    try {
      action.run();
    } catch (RuntimeException | Error e) {
      fail(client, e);
    }
  }

  /** Offers no more events to the client. Does nothing the second time. */
  private void stopOffering(Client client, CloseReason reason) {
    lock.assertHeld();
    if (client.unsubscribe(tree)) {
      backpressure.clientEnds(client);
      FlightEvents.ClientEnded.commit(client, reason, client.lag(clock.getAsLong()).events());
    }
  }

  /** Called by the client's writer, as the last thing it does. */
  void left(Client client, CloseReason fallback) {
    lock.lockAfterPublishers();
    try {
      stopOffering(client, fallback);
      client.ended(fallback);
      CloseReason reason = client.reason().orElseThrow();
      client.leave();
      counters.addEnded(reason);
      int count = all.size();
      notify(listener -> listener.clientEnded(client, reason, count));
      if (count == 0) {
        noClients.signalAll();
      }
    } finally {
      lock.unlockAfterPublishers();
    }
  }

  void delivered(Client client, Batch batch) {
    counters.addDelivered(batch);
    for (GapNotice gap : batch.gaps()) {
      FlightEvents.Gap.commit(client, gap);
      if (dispatcher == null) {
        continue;
      }
      OptionalLong missed = gap.missed < 0 ? OptionalLong.empty() : OptionalLong.of(gap.missed);
      // With the lock, since the listener is notified of the client first.
      lock.lockAfterPublishers();
      try {
        notify(listener -> listener.clientMissed(client, missed, gap.reason));
      } finally {
        lock.unlockAfterPublishers();
      }
    }
  }

  void madeRoom(Client client) {
    backpressure.madeRoom(client);
  }

  private void notify(Consumer<BrokerListener> notification) {
    lock.assertHeld();
    if (dispatcher != null) {
      dispatcher.notify(notification);
    }
  }

  void look(long writeDeadlineNanos) {
    long now = clock.getAsLong();
    forEach(client -> client.look(now, writeDeadlineNanos));
    if (dispatcher != null) {
      dispatcher.startIfNeeded();
    }
  }

  /** Visits each client, in slices. Cuts a client for which the visit fails. */
  void forEach(Consumer<Client> visitor) {
    int next = Integer.MAX_VALUE;
    while (next > 0) {
      lock.lock();
      try {
        int end = Math.min(next, all.size());
        next = Math.max(0, end - SLICE);
        visit(next, end, visitor);
      } finally {
        lock.unlock();
      }
    }
  }

  private void visit(int begin, int end, Consumer<Client> visitor) {
    lock.assertHeld();
    for (int index = end - 1; index >= begin; index--) {
      Client client = all.get(index);
      orFail(client, () -> visitor.accept(client));
    }
  }

  /** The shared log answered for the first time, and ends at a position. */
  void beginHistory(EventId end) {
    lock.lockFirst();
    try {
      historyBeginsAnew(end);
    } finally {
      lock.unlock();
    }
  }

  /** The clients read in the log what they miss between the end of the history and a position. */
  void historyBeginsAnew(EventId begin) {
    EventId last = source.history().copiedThrough();
    visit(0, all.size(), client -> client.historyBeginsAnew(last, begin));
    source.history().copyAfter(begin);
  }

  int count() {
    lock.lock();
    try {
      return all.size();
    } finally {
      lock.unlock();
    }
  }

  Lag lag(Client client) {
    lock.lock();
    try {
      return client.lag(clock.getAsLong());
    } finally {
      lock.unlock();
    }
  }

  BrokerStatsSnapshot stats() {
    long now = clock.getAsLong();
    List<Lag> queued = new ArrayList<>();
    AtomicInteger replaying = new AtomicInteger();
    forEach(client -> {
      queued.add(client.queued(now));
      replaying.addAndGet(client.isReplaying() ? 1 : 0);
    });
    lock.lock();
    try {
      Archive archive = source.archive();
      return new BrokerStatsSnapshot(
          new ClientFigures(all.size(), replaying.get(), lastId, counters.ended()),
          counters.events(),
          new HistoryFigures(source.history().events(), source.history().bytes()),
          QueueFigures.of(queued),
          new LogFigures(archive == null || archive.isAvailable()));
    } finally {
      lock.unlock();
    }
  }

  /** Waits until no client is left. An interrupt ends the wait and is kept. */
  boolean awaitNone(Duration atMost) {
    lock.lock();
    try {
      long nanos = TimeUnit.NANOSECONDS.convert(atMost);
      while (all.size() > 0 && nanos > 0) {
        nanos = noClients.awaitNanos(nanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
    return count() == 0;
  }

  /** Ends, on this thread, the clients for which no other thread could be had. */
  void endStranded() {
    List<Client> left = new ArrayList<>();
    forEach(left::add);
    left.forEach(Client::endIfStranded);
  }

  void awaitListener(Duration atMost) throws InterruptedException {
    if (dispatcher != null) {
      dispatcher.awaitIdle(atMost);
    }
  }

  BrokerThreads threads() {
    return threads;
  }

  long nowNanos() {
    return clock.getAsLong();
  }

  Deflation deflation() {
    return deflation;
  }
}
