package dev.ssebroker;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Fans events out to clients: publish to a topic, and every client of the topic receives the event,
 * in one common order, each through an outbox and a virtual thread of its own.
 *
 * <p>All methods may be called by any thread, platform or virtual. Publishing and subscribing never
 * wait for a client.
 */
public final class Broker implements AutoCloseable {
  static final Logger LOG = System.getLogger(Broker.class.getPackageName());

  /** How long {@link #close()} lets clients receive what is queued for them. */
  public static final Duration DEFAULT_DRAIN = Duration.ofSeconds(5);

  /** How long a closing broker waits for sinks that were cut to let go of their writers. */
  private static final Duration CUT_GRACE = Duration.ofSeconds(1);

  private static final int MAX_OUTBOX_EVENTS = 1 << 20;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition noClients = lock.newCondition();
  private final int outboxEvents;
  private final ThreadFactory threads;
  private final @Nullable BrokerListener listener;

  /** One thread, so that the listener hears of things in their order. Fed under the lock. */
  private final ExecutorService notices;

  /** Who receives what. No empty audience stays. Guarded by the lock. */
  private final Map<String, Audience> audiences = new HashMap<>();

  /** Every client whose writer has not left yet. Guarded by the lock. */
  private final Set<Client> clients = new LinkedHashSet<>();

  /** Guarded by the lock. */
  private long lastClientId;

  /** Guarded by the lock. */
  private boolean closed;

  private Broker(Builder builder, ThreadFactory threads) {
    this.outboxEvents = builder.outboxEvents;
    this.listener = builder.listener;
    this.threads = threads;
    this.notices = Executors.newSingleThreadExecutor(task -> named("sse-listener", task));
  }

  /**
   * Opens a broker with every setting at its default.
   *
   * @return the broker
   */
  public static Broker open() {
    return builder().open();
  }

  /**
   * Starts the description of a broker.
   *
   * @return a builder with every setting at its default
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Offers the event to every current client of the topic. Never blocks on a client. Events
   * published by one thread reach each client in that order; across threads, all clients see one
   * common order.
   *
   * <p>A client whose outbox is full cannot be given the event and is ended with {@link
   * CloseReason#TOO_SLOW}; it never stays and misses something.
   *
   * @param topic a name such as {@code ticker} or {@code news/sport}
   * @param event what to say
   * @return how many clients it was offered to, which may be none
   * @throws IllegalArgumentException if the topic is not a name; nothing is then published
   * @throws BrokerClosedException if the broker is closed; nothing is then published
   */
  public Receipt publish(String topic, Event event) {
    TopicName.check(topic);
    Frame frame = EventStreamEncoder.encode(event);
    lock.lock();
    try {
      checkOpen();
      Audience audience = audiences.get(topic);
      return audience == null ? new Receipt(0, 0) : offer(audience, frame);
    } finally {
      lock.unlock();
    }
  }

  private Receipt offer(Audience audience, Frame frame) {
    int offered = 0;
    int dropped = 0;
    for (int place = audience.size() - 1; place >= 0; place--) {
      Client client = audience.get(place);
      if (client.outbox.offer(frame)) {
        offered++;
      } else {
        dropped++;
        cut(client, CloseReason.TOO_SLOW);
      }
    }
    return new Receipt(offered, dropped);
  }

  /**
   * Adds a client: it receives every event published to the topic after this call was made. The
   * first bytes its sink is given, at once, are a comment, which clients ignore and which opens the
   * stream through proxies.
   *
   * @param topic the topic to receive
   * @param sink where the client's bytes go; the broker closes it when the client ends
   * @return the client's place in the broker
   * @throws IllegalArgumentException if the topic is not a name; the sink is not touched
   * @throws BrokerClosedException if the broker is closed; the sink is not touched
   */
  public Subscription subscribe(String topic, Sink sink) {
    TopicName.check(topic);
    Objects.requireNonNull(sink, "sink");
    lock.lock();
    try {
      checkOpen();
      Client client = new Client(this, ++lastClientId, topic, sink, new Outbox(outboxEvents));
      clients.add(client);
      audiences.computeIfAbsent(topic, name -> new Audience()).add(client);
      int count = clients.size();
      notifyListener(l -> l.clientAdded(client, count));
      named("sse-writer-" + client.id(), new Writer(this, client)).start();
      return client;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Counts the clients that are subscribed or still being served to their end.
   *
   * @return 0 or more
   */
  public int clientCount() {
    lock.lock();
    try {
      return clients.size();
    } finally {
      lock.unlock();
    }
  }

  /** Closes the broker as {@link #close(Duration)} does, with {@link #DEFAULT_DRAIN}. */
  @Override
  public void close() {
    close(DEFAULT_DRAIN);
  }

  /**
   * Ends publishing and subscribing at once, lets every client receive what is queued for it and a
   * proper end, cuts those that are not finished in time, and returns when all threads of the
   * broker have ended. A sink that does not obey its {@link Sink#close} is waited for one second
   * more at the most, and so is a listener. An interrupt cuts the waiting short, as if the time
   * were over. Closing a closed broker does nothing but wait in the same way.
   *
   * @param drain how long clients may take, zero or more
   * @return whether every client received everything that was queued for it
   * @throws IllegalArgumentException if the time is negative; the broker stays open
   */
  public boolean close(Duration drain) {
    if (drain.isNegative()) {
      throw new IllegalArgumentException("drain is %s; allowed is 0 or more".formatted(drain));
    }
    lock.lock();
    try {
      closed = true;
      for (Client client : clients) {
        end(client, CloseReason.BROKER_CLOSED);
      }
    } finally {
      lock.unlock();
    }
    boolean drained = awaitNoClients(drain);
    if (!drained) {
      cutAll();
      awaitNoClients(CUT_GRACE);
    }
    endNotices();
    return drained;
  }

  private boolean awaitNoClients(Duration atMost) {
    lock.lock();
    try {
      long nanos = TimeUnit.NANOSECONDS.convert(atMost);
      while (!clients.isEmpty() && nanos > 0) {
        nanos = noClients.awaitNanos(nanos);
      }
      return clients.isEmpty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return clients.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  private void cutAll() {
    lock.lock();
    try {
      for (Client client : clients) {
        cut(client, CloseReason.BROKER_CLOSED);
      }
    } finally {
      lock.unlock();
    }
  }

  private void endNotices() {
    notices.shutdown();
    try {
      if (notices.awaitTermination(CUT_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    notices.shutdownNow();
  }

  /** Lets the client receive what is queued for it and nothing more. */
  void end(Client client, CloseReason reason) {
    lock.lock();
    try {
      if (stopOffering(client, reason)) {
        client.outbox.end();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Discards what is queued for the client and closes its sink, which frees a blocked write. */
  void cut(Client client, CloseReason reason) {
    lock.lock();
    try {
      stopOffering(client, reason);
      if (!client.cut && clients.contains(client)) {
        client.cut = true;
        client.outbox.cut();
        // On a thread of its own: closing may block, and this one may be a publisher's.
        named("sse-closer-" + client.id(), client::closeSink).start();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Called by the client's writer, as the last thing it does. */
  void ended(Client client, CloseReason fallback) {
    lock.lock();
    try {
      stopOffering(client, fallback);
      CloseReason reason = Objects.requireNonNull(client.reason);
      clients.remove(client);
      int count = clients.size();
      notifyListener(l -> l.clientEnded(client, reason, count));
      if (count == 0) {
        noClients.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether this was the first request to end the client. The lock is held. */
  private boolean stopOffering(Client client, CloseReason reason) {
    if (client.reason != null) {
      return false;
    }
    client.reason = reason;
    Audience audience = Objects.requireNonNull(audiences.get(client.topic()));
    audience.remove(client);
    if (audience.size() == 0) {
      audiences.remove(client.topic());
    }
    return true;
  }

  private void notifyListener(Consumer<BrokerListener> notice) {
    BrokerListener told = listener;
    if (told == null) {
      return;
    }
    notices.execute(() -> {
      try {
        notice.accept(told);
      } catch (RuntimeException e) {
        LOG.log(Level.WARNING, "The broker's listener threw; what it was told is lost to it", e);
      }
    });
  }

  private Thread named(String name, Runnable task) {
    Thread thread = threads.newThread(task);
    thread.setName(name);
    return thread;
  }

  private void checkOpen() {
    if (closed) {
      throw new BrokerClosedException();
    }
  }

  /** Describes a broker. Not thread-safe. */
  public static final class Builder {
    private int outboxEvents = 1024;
    private @Nullable BrokerListener listener;

    private Builder() {}

    /**
     * Bounds each client's outbox. The bound is what a client may be behind before it counts as too
     * slow; a queued event costs an outbox about 24 bytes, since all clients share its bytes.
     *
     * @param events from 1 to 1,048,576; 1,024 unless set
     * @return this
     * @throws IllegalArgumentException if the number is out of bounds
     */
    public Builder outboxEvents(int events) {
      if (events < 1 || events > MAX_OUTBOX_EVENTS) {
        throw new IllegalArgumentException(
            "outboxEvents is %d; allowed is from 1 to %d".formatted(events, MAX_OUTBOX_EVENTS));
      }
      this.outboxEvents = events;
      return this;
    }

    /**
     * Sets who is told of clients that come and go.
     *
     * @param listener the listener; nobody unless set
     * @return this
     */
    public Builder listener(BrokerListener listener) {
      this.listener = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /**
     * Opens the broker.
     *
     * @return the broker
     */
    public Broker open() {
      return open(Thread.ofVirtual().factory());
    }

    /**
     * Opens a broker whose threads are made by the factory: for schedulers without virtual threads.
     */
    Broker open(ThreadFactory threads) {
      return new Broker(this, threads);
    }
  }
}
