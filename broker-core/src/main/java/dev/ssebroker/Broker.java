package dev.ssebroker;

import java.lang.System.Logger;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Fans events out to clients: publish to a topic, and every client of the topic receives the event,
 * in one common order. Each client has a bounded queue, which a virtual thread writes to its sink.
 *
 * <p>All methods may be called by any thread, platform or virtual. Publishing and subscribing never
 * wait for a client, except for a publisher's patience under {@link Overflow#await}.
 */
public final class Broker implements AutoCloseable {
  static final Logger LOG = System.getLogger(Broker.class.getPackageName());

  /** How long {@link #close()} lets clients receive what is queued for them. */
  public static final Duration DEFAULT_DRAIN = Duration.ofSeconds(5);

  /** How long a closing broker waits for sinks that were cut to free their writers. */
  private static final Duration CUT_GRACE = Duration.ofSeconds(1);

  /** The number of clients that are offered an event before their writers are woken. */
  private static final int WAKE_TOGETHER = 64;

  private final SubscriptionSettings defaults;
  private final long writeDeadlineNanos;
  private final LongSupplier clock;
  private final BrokerLock lock = new BrokerLock();
  private final BrokerCounters counters = new BrokerCounters(lock);
  private final TopicTree tree = new TopicTree(lock);
  private final Backpressure backpressure = new Backpressure(lock, tree);
  private final History history;
  private final Clients clients;
  private final Housekeeper housekeeper;

  /** Null unless the broker shares a log with others. */
  private final @Nullable Follower follower;

  private final List<Thread> threads = new ArrayList<>(2);

  /** Guarded by the lock. */
  private boolean closed;

  private Broker(Builder builder, BrokerThreads factory, LongSupplier clock, BrokerQueues queues) {
    this.defaults = builder.settings();
    this.writeDeadlineNanos = builder.writeDeadline.toNanos();
    this.clock = clock;
    this.history =
        new History(
            lock,
            EventId.newEpoch(),
            builder.historyEvents,
            builder.historyBytes,
            builder.historyAge.toNanos());
    EventLog log = builder.log;
    Archive archive = log == null ? null : new Archive(log, clock);
    Cursor.Source source = new Cursor.Source(lock, history, archive);
    this.clients =
        new Clients(source, tree, backpressure, factory, clock, queues, counters, builder.listener);
    this.housekeeper = new Housekeeper(this::look);
    housekeeper.observe(writeDeadlineNanos);
    threads.add(factory.startPlatform("sse-housekeeper", housekeeper));
    this.follower =
        log == null || archive == null ? null : new Follower(this, clients, log, archive);
    if (follower != null) {
      startFollowing(follower, factory);
    }
  }

  private void startFollowing(Follower begun, BrokerThreads factory) {
    try {
      begun.begin();
      threads.add(factory.startPlatform("sse-follower", begun));
    } catch (RuntimeException | Error e) {
      housekeeper.end();
      throw e;
    }
  }

  /** {@return a new broker with every setting at its default} */
  public static Broker open() {
    return builder().open();
  }

  /** {@return a builder of a broker, with every setting at its default} */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Appends the event to the history and offers it to every current client of the topic. Never
   * waits for a client, except for a publisher's patience. Events published by one thread reach
   * each client in that order; across threads, all clients see one common order.
   *
   * <p>If the broker shares a log, this method returns when the log has stored the event. All
   * brokers that share the log deliver it after that.
   *
   * @param topic a name such as {@code ticker} or {@code news/sport}: at most 255 visible
   *     characters, without a star, in segments that single slashes separate
   * @param event the event
   * @return the outcome
   * @throws IllegalArgumentException if the topic is not a name, or a {@link RefusedIdException} if
   *     the event's id is in the history or looks like the broker's own; nothing is published
   * @throws BrokerClosedException if the broker is closed; nothing is published
   * @throws EventLogException if the shared log did not store the event in time; the message says
   *     whether it may be stored all the same
   */
  public Receipt publish(String topic, Event event) {
    return publish(topic, List.of(event)).getFirst();
  }

  /**
   * Publishes several events to one topic, without any other event between them, unless a
   * publisher's patience is asked for.
   *
   * @param topic a topic's name
   * @param events the events, in their order
   * @return the outcome of each, in the same order
   * @throws IllegalArgumentException if the topic is not a name, or a {@link RefusedIdException} if
   *     another event has an event's id or it looks like the broker's own; nothing is published,
   *     except for the events before one whose id was published during this publisher's patience
   * @throws BrokerClosedException if the broker is closed; nothing is published, except for the
   *     events before one during whose publisher's patience the broker was closed
   * @throws EventLogException if the shared log did not store the events in time; the message says
   *     whether they may be stored all the same
   */
  public List<Receipt> publish(String topic, List<Event> events) {
    TopicName.check(topic);
    if (follower != null) {
      return follower.append(topic, events);
    }
    List<Frame> frames = new ArrayList<>(events.size());
    events.forEach(event -> frames.add(history.encode(topic, event)));
    List<Receipt> receipts = new ArrayList<>(frames.size());
    lock.lockFirst();
    try {
      checkOpen();
      OwnIds rule = history.ownIds(0);
      frames.forEach(frame -> rule.check(frame.ownId()));
      for (Frame frame : frames) {
        if (backpressure.await(topic, frame)) {
          // Others published during the wait, perhaps with this id.
          checkOpen();
          history.ownIds(receipts.size()).check(frame.ownId());
        }
        receipts.add(deliver(topic, frame));
      }
      return receipts;
    } finally {
      lock.unlock();
    }
  }

  /** Gives the event its sequence, offers it to each client of its topic, and wakes the writers. */
  private Receipt deliver(String topic, Frame frame) {
    lock.assertHeld();
    FlightEvents.Publish flight = new FlightEvents.Publish();
    flight.begin();
    String id = history.append(topic, frame, clock.getAsLong());
    counters.addPublished();
    long droppedBefore = counters.dropped();
    int queued = 0;
    int replaying = 0;
    for (TopicTree.Audience audience : tree.match(topic)) {
      for (int end = audience.size(); end > 0; end -= WAKE_TOGETHER) {
        int begin = Math.max(0, end - WAKE_TOGETHER);
        for (int place = end - 1; place >= begin; place--) {
          switch (audience.get(place).offer(frame)) {
            case QUEUED -> queued++;
            case REPLAYING -> replaying++;
            case DROPPED -> counters.addDropped(1);
            case SKIPPED -> {}
          }
        }
        VarHandle.fullFence();
        for (int place = Math.min(end, audience.size()) - 1; place >= begin; place--) {
          if (!audience.get(place).wake()) {
            queued--;
            counters.addDropped(1);
          }
        }
      }
    }
    int dropped = (int) (counters.dropped() - droppedBefore);
    Receipt receipt = new Receipt(id, queued, replaying, dropped);
    flight.commit(topic, frame, receipt);
    return receipt;
  }

  /** Delivers the next event of the shared log. */
  void deliver(EventId id, String topic, Frame frame) {
    lock.lockFirst();
    try {
      var unused = backpressure.await(topic, frame);
      if (closed) {
        return;
      }
      if (!id.epoch().equals(history.epoch()) || id.sequence() != history.lastSequence() + 1) {
        clients.historyBeginsAnew(new EventId(id.epoch(), id.sequence() - 1));
      }
      deliver(topic, frame);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Adds a client with the broker's settings, as {@link #subscription} describes it.
   *
   * @param topic a topic's name, or a filter
   * @param sink where the client's bytes go; the broker closes it when the client ends
   * @return the client
   * @throws IllegalArgumentException if the topic is neither a name nor a filter; the sink is not
   *     used
   * @throws BrokerClosedException if the broker is closed; the sink is not used
   */
  public Subscription subscribe(String topic, Sink sink) {
    return subscription(topic).open(sink);
  }

  /**
   * Describes a client. Once it is added, it receives each event that is published to a topic that
   * one of its filters selects, and receives it once even if several do. In a filter, {@code *}
   * matches exactly one segment, and {@code **}, as the last one, one or more.
   *
   * @param topics at least one name or filter, such as {@code news/sport} or {@code news/*}
   * @return a builder with the broker's settings
   * @throws IllegalArgumentException if there is none, or one of them is neither a name nor a
   *     filter
   */
  public Subscription.Builder subscription(String... topics) {
    return new Subscription.Builder(this, defaults, List.of(topics));
  }

  Subscription add(Subscription.Builder description, Sink sink) {
    lock.lockAfterPublishers();
    try {
      checkOpen();
      Client client = clients.add(description, sink);
      housekeeper.observe(description.settings().heartbeat().toNanos());
      return client;
    } finally {
      lock.unlockAfterPublishers();
    }
  }

  /** {@return the number of clients that have not ended, those that are ending included} */
  public int clientCount() {
    return clients.count();
  }

  /** {@return the broker's figures at this moment} It visits every client: call it rarely. */
  public BrokerStats stats() {
    return clients.stats();
  }

  /** Closes the broker as {@link #close(Duration)} does, with {@link #DEFAULT_DRAIN}. */
  @Override
  public void close() {
    close(DEFAULT_DRAIN);
  }

  /**
   * Refuses publishers and new clients from now on, drains all clients, cuts those that have not
   * ended in time, and returns when all clients have ended and the listener was notified. It waits
   * at most one more second for a sink that does not obey its {@link Sink#close}, and as long for a
   * listener. An interrupt ends the drain early. If the broker is closed already, this method waits
   * in the same way.
   *
   * @param drain how long clients may take, zero or more
   * @return whether all clients ended in time, so that none was cut
   * @throws IllegalArgumentException if the time is negative; the broker stays open
   */
  public boolean close(Duration drain) {
    if (drain.isNegative()) {
      throw new IllegalArgumentException("drain is %s; allowed is 0 or more".formatted(drain));
    }
    lock.lock();
    try {
      closed = true;
      backpressure.close();
    } finally {
      lock.unlock();
    }
    clients.forEach(client -> clients.end(client, CloseReason.BROKER_CLOSED));
    if (follower != null) {
      follower.end();
    }
    // An interrupted caller needs the grace below as well.
    boolean interrupted = Thread.interrupted();
    boolean drained = !interrupted && clients.awaitNone(drain);
    interrupted |= Thread.interrupted();
    if (!drained) {
      clients.forEach(client -> clients.cut(client, CloseReason.BROKER_CLOSED));
      if (!clients.awaitNone(CUT_GRACE)) {
        clients.endStranded();
      }
    }
    if (follower != null) {
      follower.closeLog();
    }
    awaitThreads();
    clients.deflation().close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return drained;
  }

  private void awaitThreads() {
    housekeeper.end();
    try {
      for (Thread thread : threads) {
        thread.join(CUT_GRACE);
      }
      clients.awaitListener(CUT_GRACE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    lock.lock();
    try {
      history.expire(clock.getAsLong());
    } finally {
      lock.unlock();
    }
    clients.look(writeDeadlineNanos);
  }

  private void checkOpen() {
    lock.assertHeld();
    if (closed) {
      throw new BrokerClosedException();
    }
  }

  /**
   * The settings of a broker, and those of its clients unless they have others. Not thread-safe.
   */
  public static final class Builder extends ClientSettings<Builder> {
    private Duration writeDeadline = Duration.ofSeconds(30);
    private int historyEvents = 10_000;
    private long historyBytes = 64L * 1024 * 1024;
    private Duration historyAge = Duration.ofMinutes(10);
    private @Nullable BrokerListener listener;
    private @Nullable EventLog log;

    private Builder() {
      super(SubscriptionSettings.DEFAULTS);
    }

    @Override
    Builder self() {
      return this;
    }

    /**
     * Sets how long one write may take before the client is cut with {@link
     * CloseReason#WRITE_TIMED_OUT}. A write is at most 64 KiB, or one event.
     *
     * @param writeDeadline from 100 milliseconds to one hour; 30 seconds unless set
     * @return this
     * @throws IllegalArgumentException if it is out of bounds
     */
    public Builder writeDeadline(Duration writeDeadline) {
      this.writeDeadline =
          Settings.checkDuration("writeDeadline", writeDeadline, Settings.SHORT, Settings.HOUR);
      return this;
    }

    /**
     * Bounds the events in the history of each topic. Clients that resume or lag replay from it.
     *
     * @param events from 0, which turns the history and the events' ids off, to 16,777,216; 10,000
     *     unless set
     * @return this
     * @throws IllegalArgumentException if the number is out of bounds
     */
    public Builder historyEvents(int events) {
      this.historyEvents = (int) Settings.checkNumber("historyEvents", events, 0, 1 << 24);
      return this;
    }

    /**
     * Bounds the history of all topics together. A full history evicts events of the topic with the
     * most bytes, so a busy topic does not evict a quiet one's events.
     *
     * @param bytes from 64 KiB to 1 TiB; 64 MiB unless set, a quarter of a small heap
     * @return this
     * @throws IllegalArgumentException if the number is out of bounds
     */
    public Builder historyBytes(long bytes) {
      this.historyBytes = Settings.checkNumber("historyBytes", bytes, 64 * 1024, 1L << 40);
      return this;
    }

    /**
     * Bounds the age of the events in the history.
     *
     * @param age from one second to 365 days; 10 minutes unless set, longer than most reconnects
     * @return this
     * @throws IllegalArgumentException if it is out of bounds
     */
    public Builder historyAge(Duration age) {
      this.historyAge = Settings.checkDuration("historyAge", age, Settings.SECOND, Settings.YEAR);
      return this;
    }

    /**
     * Sets the listener that is notified of clients.
     *
     * @param listener the listener; none unless set
     * @return this
     */
    public Builder listener(BrokerListener listener) {
      this.listener = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /**
     * Shares an ordered log with other brokers: each of them delivers what any of them publishes,
     * in one order and with the same ids. The history is then a copy of the log's recent events and
     * must not be off; clients whose position is older replay from the log. A new client may also
     * receive events that were stored shortly before it was added.
     *
     * <p>The broker opens even if the log is unavailable. Clients that are added before its first
     * answer receive a gap notice.
     *
     * @param log the log, which the broker closes when it is closed; none unless set
     * @return this
     */
    public Builder log(EventLog log) {
      this.log = Objects.requireNonNull(log, "log");
      return this;
    }

    /**
     * {@return a new broker with these settings}
     *
     * @throws IllegalArgumentException if it has a log and no history
     */
    public Broker open() {
      return open(BrokerThreads.ofJdk(), System::nanoTime, BrokerQueues.OWN);
    }

    /** Opens a broker whose threads and time are not the JDK's, for schedules and tests. */
    Broker open(ThreadFactory threads, LongSupplier clock) {
      return open(new BrokerThreads(threads, threads, 1), clock, BrokerQueues.OWN);
    }

    Broker open(BrokerThreads threads, LongSupplier clock, BrokerQueues queues) {
      if (log != null && historyEvents == 0) {
        throw new IllegalArgumentException(
            "historyEvents is 0; a broker that shares a log needs at least 1");
      }
      return new Broker(this, threads, clock, queues);
    }
  }
}
