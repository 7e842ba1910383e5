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

  private final BrokerSettings settings;
  private final LongSupplier clock;
  private final BrokerLock lock = new BrokerLock();
  private final BrokerCounters counters = new BrokerCounters(lock);
  private final TopicTree tree = new TopicTree(lock);
  private final Backpressure backpressure = new Backpressure(lock, tree);
  private final History history;
  private final Clients clients;
  private final Housekeeper housekeeper;
  private final Thread housekeeperThread;

  /** These are null unless the broker shares a log with others. */
  private final @Nullable Archive archive;

  private final @Nullable Follower follower;
  private final @Nullable Thread followerThread;

  /** Changes only with a shared log, and then under the lock. */
  private String epoch = EventId.newEpoch();

  /** Changes with the epoch. */
  private byte[] idPrefix;

  /** Guarded by the lock. */
  private boolean closed;

  private Broker(
      BrokerSettings settings, BrokerThreads threads, LongSupplier clock, BrokerQueues queues) {
    this.settings = settings;
    this.clock = clock;
    this.history =
        new History(
            lock,
            settings.historyEvents(),
            settings.historyBytes(),
            settings.historyAge().toNanos());
    this.idPrefix = EventStreamEncoder.idPrefix(history.isOn() ? epoch : "");
    EventLog log = settings.log();
    this.archive = log == null ? null : new Archive(log, clock);
    this.clients =
        new Clients(
            new Cursor.Source(lock, history, archive),
            tree,
            backpressure,
            threads,
            clock,
            queues,
            counters,
            settings.listener());
    this.housekeeper = new Housekeeper(this::look);
    housekeeper.observe(settings.writeDeadline().toNanos());
    this.housekeeperThread = threads.startPlatform("sse-housekeeper", housekeeper);
    this.follower = log == null ? null : new Follower(this, log, Objects.requireNonNull(archive));
    this.followerThread = follower == null ? null : startFollowing(follower, threads);
  }

  private Thread startFollowing(Follower begun, BrokerThreads threads) {
    boolean started = false;
    try {
      begun.begin();
      Thread thread = threads.startPlatform("sse-follower", begun);
      started = true;
      return thread;
    } finally {
      if (!started) {
        housekeeper.end();
      }
    }
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
   * Appends the event to the history and offers it to every current client of the topic. Never
   * blocks on a client, but for a publisher's patience. Events published by one thread reach each
   * client in that order; across threads, all clients see one common order.
   *
   * <p>If the broker shares a log, the event is stored there before this method returns, and
   * delivered after that, by this broker as by the others; whose publishers may then wait for the
   * log, but for no client.
   *
   * @param topic a name such as {@code ticker} or {@code news/sport}: segments of visible
   *     characters other than a star, with single slashes between them, at most 255 characters in
   *     all
   * @param event what to say
   * @return what became of the event
   * @throws IllegalArgumentException if the topic is not a name, or the event has an id that the
   *     history still has or that looks like the broker's own; nothing is then published
   * @throws BrokerClosedException if the broker is closed; nothing is then published
   * @throws EventLogException if the broker shares a log that did not store the event in time; the
   *     message says whether it may be stored all the same
   */
  public Receipt publish(String topic, Event event) {
    TopicName.check(topic);
    if (follower != null) {
      return follower.append(topic, List.of(event)).getFirst();
    }
    Frame frame = EventStreamEncoder.encode(topic, event, idPrefix);
    lock.lockFirst();
    try {
      return append(topic, frame);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Publishes several events to one topic, without any other event between them, unless a
   * publisher's patience is asked for.
   *
   * @param topic a topic's name
   * @param events what to say, in this order
   * @return what became of each, in the same order
   * @throws IllegalArgumentException if the topic is not a name, or an event has an id that another
   *     one has or that looks like the broker's own; nothing is then published, but for the events
   *     before one for which the publisher waited while somebody else published its id
   * @throws BrokerClosedException if the broker is closed; nothing is then published, but for the
   *     events before the one for which a publisher waited when the broker was closed
   * @throws EventLogException if the broker shares a log that did not store the events in time; the
   *     message says whether they may be stored all the same
   */
  public List<Receipt> publish(String topic, List<Event> events) {
    TopicName.check(topic);
    if (follower != null) {
      return follower.append(topic, events);
    }
    List<Frame> frames =
        events.stream().map(event -> EventStreamEncoder.encode(topic, event, idPrefix)).toList();
    List<Receipt> receipts = new ArrayList<>(frames.size());
    lock.lockFirst();
    try {
      checkOpen();
      OwnIds rule = ownIds();
      frames.forEach(frame -> rule.check(frame.ownId()));
      for (Frame frame : frames) {
        receipts.add(append(topic, frame));
      }
      return receipts;
    } finally {
      lock.unlock();
    }
  }

  private Receipt append(String topic, Frame frame) {
    backpressure.await(topic, frame);
    checkOpen();
    if (frame.ownId() != null) {
      // Again for each of several: another publisher may have used it while this one waited.
      ownIds().check(frame.ownId());
    }
    return deliver(topic, frame);
  }

  private OwnIds ownIds() {
    return new OwnIds(epoch, id -> history.sequenceOf(id).isPresent());
  }

  /** Gives the event its sequence, and offers it to each client of its topic. */
  private Receipt deliver(String topic, Frame frame) {
    lock.assertHeld();
    FlightEvents.Publish flight = new FlightEvents.Publish();
    flight.begin();
    history.append(topic, frame, idPrefix, clock.getAsLong());
    counters.addPublished();
    long droppedBefore = counters.dropped();
    int queued = 0;
    int replaying = 0;
    for (TopicTree.Audience audience : tree.match(topic)) {
      for (int end = audience.size(); end > 0; end -= WAKE_TOGETHER) {
        int begin = Math.max(0, end - WAKE_TOGETHER);
        for (int place = end - 1; place >= begin; place--) {
          switch (offer(audience.get(place), frame)) {
            case QUEUED -> queued++;
            case REPLAYING -> replaying++;
            case DROPPED, OVERFLOWED -> counters.addDropped(1);
            case SKIPPED -> {}
          }
        }
        VarHandle.fullFence();
        int failed = wake(audience, begin, Math.min(end, audience.size()));
        queued -= failed;
        counters.addDropped(failed);
      }
    }
    int dropped = (int) (counters.dropped() - droppedBefore);
    String ownId = frame.ownId();
    String id = ownId == null ? epoch + '-' + frame.sequence() : ownId;
    Receipt receipt = new Receipt(id, queued, replaying, dropped);
    flight.commit(topic, frame, receipt);
    FlightEvents.Drop.commit(topic, dropped);
    return receipt;
  }

  /** Returns for how many clients that failed. */
  private int wake(TopicTree.Audience audience, int begin, int end) {
    int failed = 0;
    for (int place = end - 1; place >= begin; place--) {
      Client client = audience.get(place);
      try {
        client.wake();
      } catch (RuntimeException | Error e) {
        clients.fail(client, e);
        failed++;
      }
    }
    return failed;
  }

  /** A client that cannot take the event for lack of memory or threads is cut. */
  private Client.Offered offer(Client client, Frame frame) {
    try {
      Client.Offered offered = client.offer(frame);
      if (offered == Client.Offered.OVERFLOWED) {
        clients.cut(client, CloseReason.TOO_SLOW);
      } else if (offered != Client.Offered.QUEUED && client.isAwaited()) {
        backpressure.clientReplays(client);
      }
      return offered;
    } catch (RuntimeException | Error e) {
      clients.fail(client, e);
      return Client.Offered.DROPPED;
    }
  }

  // What the follower of a shared log calls.

  /** The log answered for the first time, and ends at a position. */
  void beginHistory(EventId end) {
    lock.lockFirst();
    try {
      beginAnew(end);
    } finally {
      lock.unlock();
    }
  }

  /** Delivers the next event of the log. */
  void deliver(EventId id, String topic, Frame frame) {
    lock.lockFirst();
    try {
      backpressure.await(topic, frame);
      if (closed) {
        return;
      }
      if (!id.epoch().equals(epoch) || id.sequence() != history.lastSequence() + 1) {
        beginAnew(new EventId(id.epoch(), id.sequence() - 1));
      }
      deliver(topic, frame);
    } finally {
      lock.unlock();
    }
  }

  /** The clients learn from the log what they miss between the two positions, if anything. */
  private void beginAnew(EventId begin) {
    EventId last = history.copiedThrough();
    clients.forEachLocked(client -> client.historyBeginsAnew(last, begin));
    history.copyAfter(begin);
    epoch = begin.epoch();
    idPrefix = EventStreamEncoder.idPrefix(epoch);
  }

  /** The log answers again. */
  void logIsAvailable() {
    clients.forEach(Client::logIsAvailable);
  }

  /**
   * Adds a client with the broker's settings, as {@link #subscription} describes it.
   *
   * @param topic what to receive: a topic's name, or a filter
   * @param sink where the client's bytes go; the broker closes it when the client ends
   * @return the client's place in the broker
   * @throws IllegalArgumentException if the topic is neither a name nor a filter; the sink is not
   *     touched
   * @throws BrokerClosedException if the broker is closed; the sink is not touched
   */
  public Subscription subscribe(String topic, Sink sink) {
    return subscription(topic).open(sink);
  }

  /**
   * Starts the description of a client: it receives every event that is published, after it is
   * opened, to a topic that one of the filters selects, once even if several do. In a filter,
   * {@code *} stands for exactly one segment, and {@code **}, as the last one, for one or more.
   *
   * @param topics at least one name or filter, such as {@code news/sport}, {@code news/*} or {@code
   *     **}
   * @return a builder with the broker's settings
   * @throws IllegalArgumentException if there is none, or one of them is neither a name nor a
   *     filter
   */
  public Subscription.Builder subscription(String... topics) {
    return new Subscription.Builder(this, settings.subscriptions(), List.of(topics));
  }

  Subscription add(Subscription.Builder description, Sink sink) {
    lock.lockAfterPublishers();
    try {
      checkOpen();
      Client client = clients.add(description, sink, epoch);
      housekeeper.observe(client.heartbeatNanos());
      return client;
    } finally {
      lock.unlockAfterPublishers();
    }
  }

  /**
   * Counts the clients that are subscribed or still being served to their end.
   *
   * @return 0 or more
   */
  public int clientCount() {
    return clients.count();
  }

  /**
   * Takes stock. It looks at every client: ask now and then, not for each event.
   *
   * @return the state at this moment
   */
  public BrokerStats stats() {
    return clients.stats(archive == null || archive.isAvailable());
  }

  /** Closes the broker as {@link #close(Duration)} does, with {@link #DEFAULT_DRAIN}. */
  @Override
  public void close() {
    close(DEFAULT_DRAIN);
  }

  /**
   * Ends publishing and subscribing at once, lets every client receive what was published for it
   * and a proper end, cuts those that are not finished in time, and returns when all clients have
   * ended and the listener has heard of it. A sink that does not obey its {@link Sink#close} is
   * waited for one second more at the most, and so is a listener; their threads end when they let
   * them. An interrupt cuts the draining short, as if its time were over. Closing a closed broker
   * does nothing but wait in the same way.
   *
   * @param drain how long clients may take, zero or more
   * @return whether all clients had ended when the time was over, so that none was cut
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
      housekeeperThread.join(CUT_GRACE);
      if (followerThread != null) {
        followerThread.join(CUT_GRACE);
      }
      clients.awaitListener(CUT_GRACE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What the housekeeper does. */
  private void look() {
    lock.lock();
    try {
      history.expire(clock.getAsLong());
    } finally {
      lock.unlock();
    }
    clients.look(settings.writeDeadline().toNanos());
  }

  private void checkOpen() {
    lock.assertHeld();
    if (closed) {
      throw new BrokerClosedException();
    }
  }

  /**
   * Describes a broker, and how its clients are served unless they say otherwise. Not thread-safe.
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
     * Bounds what the history keeps of each topic. It is what clients resume from and what those
     * that lag replay from.
     *
     * @param events from 0, which switches the history and with it the events' ids off, to
     *     16,777,216; 10,000 unless set
     * @return this
     * @throws IllegalArgumentException if the number is out of bounds
     */
    public Builder historyEvents(int events) {
      this.historyEvents = (int) Settings.checkNumber("historyEvents", events, 0, 1 << 24);
      return this;
    }

    /**
     * Bounds the history of all topics together. When it is full, the topic with the most bytes
     * gives; a busy topic does not push out a quiet one's events.
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
     * Bounds the age of what the history keeps.
     *
     * @param age from one second to 365 days; 10 minutes unless set, longer than most reconnects
     *     take
     * @return this
     * @throws IllegalArgumentException if it is out of bounds
     */
    public Builder historyAge(Duration age) {
      this.historyAge = Settings.checkDuration("historyAge", age, Settings.SECOND, Settings.YEAR);
      return this;
    }

    /**
     * Sets the listener that is notified of clients that are added, end, and miss events.
     *
     * @param listener the listener; nobody unless set
     * @return this
     */
    public Builder listener(BrokerListener listener) {
      this.listener = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /**
     * Has the broker share an ordered log with others: each of them delivers what any of them
     * publishes, in one order and under one id. The history is then a copy of the log's recent
     * past, and must not be off; clients that were away for longer are served from the log. A new
     * client may also be given what was stored shortly before it came.
     *
     * <p>The broker asks the log for its end when it is opened, and opens even if there is no
     * answer: clients that come before the first answer receive a notice that they may have missed
     * something.
     *
     * @param log the log, which the broker closes with itself; none unless set
     * @return this
     */
    public Builder log(EventLog log) {
      this.log = Objects.requireNonNull(log, "log");
      return this;
    }

    /**
     * Opens the broker.
     *
     * @return the broker
     * @throws IllegalArgumentException if it has a log and no history
     */
    public Broker open() {
      return open(BrokerThreads.ofJdk(), System::nanoTime, BrokerQueues.OWN);
    }

    /** Opens a broker whose threads and time are not the JDK's, for schedules and tests. */
    Broker open(ThreadFactory threads, LongSupplier clock) {
      return open(new BrokerThreads(threads, threads), clock, BrokerQueues.OWN);
    }

    Broker open(BrokerThreads threads, LongSupplier clock, BrokerQueues queues) {
      if (log != null && historyEvents == 0) {
        throw new IllegalArgumentException(
            "historyEvents is 0; a broker that shares a log needs at least 1");
      }
      BrokerSettings settings =
          new BrokerSettings(
              settings(), writeDeadline, historyEvents, historyBytes, historyAge, listener, log);
      return new Broker(settings, threads, clock, queues);
    }
  }
}
