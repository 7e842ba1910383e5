package dev.ssebroker;

import java.lang.System.Logger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Fans events out to clients: publish to a topic, and every client of the topic receives the event,
 * in one common order, each through a queue of its own, which a virtual thread empties.
 *
 * <p>All methods may be called by any thread, platform or virtual. Publishing and subscribing never
 * wait for a client, but for a publisher's patience under {@link Overflow#await}.
 */
public final class Broker implements AutoCloseable {
  static final Logger LOG = System.getLogger(Broker.class.getPackageName());

  /** How long {@link #close()} lets clients receive what is queued for them. */
  public static final Duration DEFAULT_DRAIN = Duration.ofSeconds(5);

  /** How long a closing broker waits for sinks that were cut to let go of their writers. */
  private static final Duration CUT_GRACE = Duration.ofSeconds(1);

  /** A client without a maximum age; less than half of the clock's range, so that it compares. */
  private static final long FOREVER_NANOS = Long.MAX_VALUE / 4;

  private final ClientSettings<?> clientDefaults = new Builder();
  private final ThreadFactory threads;
  final LongSupplier clock;
  private final @Nullable Notices notices;
  private final Pulse pulse;
  final Deflation deflation = new Deflation();
  private final Thread pulseThread;

  /** Null unless the broker shares a log with others. */
  private final @Nullable Follower follower;

  private final @Nullable Thread followerThread;

  private final BrokerLock lock = new BrokerLock();

  private final Condition noClients = lock.newCondition();

  /** Changes only with a shared log, and then under the lock. */
  private String epoch;

  /** Changes with the epoch. */
  private byte[] idPrefix;

  // All below is guarded by the lock.
  private final History history;
  private final Routes routes = new Routes();

  /** Every client whose writer has not left yet. */
  private final Set<Client> clients = new LinkedHashSet<>();

  private final Totals totals = new Totals();
  private final Room room = new Room(lock, routes);
  private long lastClientId;
  private boolean closed;

  private Broker(Builder settings, ThreadFactory threads, LongSupplier clock) {
    this.clientDefaults.copyFrom(settings);
    this.threads = threads;
    this.clock = clock;
    this.history =
        new History(settings.historyEvents, settings.historyBytes, settings.historyAge.toNanos());
    this.epoch = EventId.newEpoch();
    this.idPrefix = EventStreamEncoder.idPrefix(history.isOn() ? epoch : "");
    this.notices =
        settings.listener == null
            ? null
            : new Notices(settings.listener, task -> start("sse-listener", task));
    this.pulse = new Pulse(this, clock, settings.writeDeadline);
    this.pulseThread = start("sse-housekeeper", pulse);
    this.follower = settings.log == null ? null : new Follower(this, settings.log, clock);
    this.followerThread = follower == null ? null : startFollowing(follower);
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

  /** Called by the follower at the first contact with the log. */
  void beginBehind(EventId end) {
    lock.lockFirst();
    try {
      beginHistory(end);
    } finally {
      lock.unlock();
    }
  }

  /** Called by the follower with what comes next in the log. */
  void bring(EventId id, String topic, Frame frame) {
    lock.lockFirst();
    try {
      room.await(topic, frame);
      if (closed) {
        return;
      }
      if (!id.epoch().equals(epoch) || id.sequence() != history.lastSequence() + 1) {
        beginHistory(new EventId(id.epoch(), id.sequence() - 1));
      }
      deliver(topic, frame);
    } finally {
      lock.unlock();
    }
  }

  /** What clients miss between the two places, if anything, they find out from the log. */
  private void beginHistory(EventId place) {
    EventId last = history.copiedThrough();
    clients.forEach(client -> client.historyBeginsAnew(last, place));
    history.copyFrom(place);
    epoch = place.epoch();
    idPrefix = EventStreamEncoder.idPrefix(epoch);
  }

  /** Called by the follower when the log can be read again. */
  void logIsBack() {
    lock.lockFirst();
    try {
      clients.forEach(Client::logIsBack);
    } finally {
      lock.unlock();
    }
  }

  /** The lock is held. */
  private Receipt append(String topic, Frame frame) {
    room.await(topic, frame);
    checkOpen();
    if (frame.ownId() != null) {
      // Again for each of several, since somebody may have published it while this one waited.
      ownIds().check(frame.ownId());
    }
    return deliver(topic, frame);
  }

  private OwnIds ownIds() {
    return new OwnIds(epoch, id -> history.sequenceOf(id).isPresent());
  }

  private Receipt deliver(String topic, Frame frame) {
    FlightEvents.Publish flight = new FlightEvents.Publish();
    flight.begin();
    history.append(topic, frame, idPrefix, clock.getAsLong());
    Tally tally = new Tally();
    for (Audience audience : routes.audiences(topic)) {
      offer(audience, frame, tally);
    }
    totals.published(tally.dropped());
    room.offered();
    String ownId = frame.ownId();
    Receipt receipt = tally.toReceipt(ownId == null ? epoch + '-' + frame.sequence() : ownId);
    flight.commit(topic, frame, receipt);
    FlightEvents.Drop.commit(topic, receipt.dropped());
    return receipt;
  }

  private void offer(Audience audience, Frame frame, Tally tally) {
    for (int place = audience.size() - 1; place >= 0; place--) {
      Client client = audience.get(place);
      if (!client.offer(frame, history, tally)) {
        cut(client, CloseReason.TOO_SLOW);
      }
    }
  }

  /** Called by a writer that has taken frames from its client's queue. */
  void madeRoom() {
    room.made();
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
    return new Subscription.Builder(this, clientDefaults, List.of(topics));
  }

  Subscription add(Subscription.Builder description, Sink sink) {
    lock.lockBehindPublishers();
    try {
      checkOpen();
      long now = clock.getAsLong();
      Client client =
          new Client(
              this, lastClientId + 1, description, sink, now, now + lifetimeNanos(description));
      String lastEventId = description.lastEventId();
      if (lastEventId != null && follower != null) {
        client.resumeInLog(lastEventId, history);
      } else if (lastEventId != null) {
        client.resumeFrom(lastEventId, epoch, history);
      }
      // First of all, since it may fail; the writer finds the rest done when it needs the lock.
      client.startWriter();
      lastClientId++;
      for (TopicFilter filter : client.filters()) {
        client.seats.add(routes.add(filter, client));
      }
      clients.add(client);
      room.clientAdded(client);
      int count = clients.size();
      tell(listener -> listener.clientAdded(client, count));
      FlightEvents.ClientAdded.commit(client, lastEventId != null);
      pulse.observe(client.heartbeatNanos);
      return client;
    } finally {
      lock.unlockBehindPublishers();
    }
  }

  /** A random part of the last fifth is left out, so that clients do not all come back at once. */
  private static long lifetimeNanos(Subscription.Builder description) {
    Duration maxAge = description.maxAge();
    if (maxAge == null) {
      return FOREVER_NANOS;
    }
    return (long) (maxAge.toNanos() * ThreadLocalRandom.current().nextDouble(0.8, 1.0));
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

  /**
   * Takes stock. It looks at every client while the lock is held: ask now and then, not for each
   * event.
   *
   * @return the state at this moment
   */
  public BrokerStats stats() {
    lock.lock();
    try {
      boolean logAvailable = follower == null || !follower.isAway();
      return totals.stats(clients, lastClientId, history, logAvailable, clock.getAsLong());
    } finally {
      lock.unlock();
    }
  }

  Lag lag(Client client) {
    lock.lock();
    try {
      return client.lag(clock.getAsLong(), history);
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
      room.close();
      clients.forEach(client -> end(client, CloseReason.BROKER_CLOSED));
    } finally {
      lock.unlock();
    }
    if (follower != null) {
      follower.end();
    }
    // The grace below is needed by whoever is interrupted, too.
    boolean interrupted = Thread.interrupted();
    boolean drained = !interrupted && awaitNoClients(drain);
    interrupted |= Thread.interrupted();
    if (!drained) {
      currentClients().forEach(client -> cut(client, CloseReason.BROKER_CLOSED));
      awaitNoClients(CUT_GRACE);
    }
    if (follower != null) {
      follower.closeLog();
    }
    awaitThreads();
    deflation.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return drained;
  }

  /** An interrupt ends the waiting, and stays with the thread. */
  private boolean awaitNoClients(Duration atMost) {
    lock.lock();
    try {
      long nanos = TimeUnit.NANOSECONDS.convert(atMost);
      while (!clients.isEmpty() && nanos > 0) {
        nanos = noClients.awaitNanos(nanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
    return clientCount() == 0;
  }

  private void awaitThreads() {
    pulse.end();
    try {
      pulseThread.join(CUT_GRACE);
      if (followerThread != null) {
        followerThread.join(CUT_GRACE);
      }
      if (notices != null) {
        notices.awaitIdle(CUT_GRACE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets the client receive what was published for it and nothing more. */
  void end(Client client, CloseReason reason) {
    lock.lock();
    try {
      if (stopOffering(client, reason)) {
        client.endWhenLevel(history);
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
        client.endNow();
        // On a thread of its own: closing may block, and this one may be a publisher's.
        start("sse-closer-" + client.id(), client::closeSink);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Called by the client's writer, as the last thing it does. */
  void ended(Client client, CloseReason fallback) {
    lock.lockBehindPublishers();
    try {
      stopOffering(client, fallback);
      CloseReason reason = Objects.requireNonNull(client.reason);
      clients.remove(client);
      totals.ended(reason);
      int count = clients.size();
      tell(listener -> listener.clientEnded(client, reason, count));
      if (count == 0) {
        noClients.signalAll();
      }
    } finally {
      client.over();
      lock.unlockBehindPublishers();
    }
  }

  /** Returns whether this was the first request to end the client. The lock is held. */
  private boolean stopOffering(Client client, CloseReason reason) {
    if (client.reason != null) {
      return false;
    }
    client.reason = reason;
    FlightEvents.ClientEnded.commit(
        client, reason, client.lag(clock.getAsLong(), history).events());
    for (int i = 0; i < client.seats.size(); i++) {
      routes.remove(client.filters().get(i), client.seats.get(i));
    }
    room.clientEnds(client);
    return true;
  }

  /** Called by the writer of a client that is behind, when its queue is empty. */
  void readPage(Client client, Batch batch) {
    String lastEventId;
    EventId place;
    lock.lockBehindPublishers();
    try {
      Backlog backlog = client.readPage(history, batch);
      if (backlog == null) {
        FlightEvents.Replay.commit(client, batch);
        return;
      }
      lastEventId = backlog.lastEventId();
      place = backlog.place();
    } finally {
      lock.unlockBehindPublishers();
    }
    readLog(client, lastEventId, place, batch);
  }

  private void readLog(
      Client client, @Nullable String lastEventId, @Nullable EventId place, Batch batch) {
    Follower log = Objects.requireNonNull(follower);
    LogPages.Page page = log.read(lastEventId, place);
    lock.lockBehindPublishers();
    try {
      client.readLog(page, log.isAway(), history, batch);
      FlightEvents.Replay.commit(client, batch);
    } finally {
      lock.unlockBehindPublishers();
    }
  }

  /** Called by the client's writer behind each write. */
  void delivered(Client client, Batch batch) {
    totals.delivered(batch);
    Batch.Gap gap = batch.gap();
    if (gap != null) {
      FlightEvents.Gap.commit(client, gap);
      tellMissed(client, gap);
    }
  }

  /** With the lock, since the listener has to hear of the client first. */
  private void tellMissed(Client client, Batch.Gap gap) {
    if (notices == null) {
      return;
    }
    OptionalLong count = gap.missed() < 0 ? OptionalLong.empty() : OptionalLong.of(gap.missed());
    lock.lockBehindPublishers();
    try {
      tell(listener -> listener.clientMissed(client, count, gap.reason()));
    } finally {
      lock.unlockBehindPublishers();
    }
  }

  List<Client> currentClients() {
    lock.lock();
    try {
      return List.copyOf(clients);
    } finally {
      lock.unlock();
    }
  }

  void expireHistory(long nowNanos) {
    lock.lock();
    try {
      history.expire(nowNanos);
    } finally {
      lock.unlock();
    }
  }

  private void tell(Consumer<BrokerListener> notice) {
    if (notices != null) {
      notices.tell(notice);
    }
  }

  private Thread startFollowing(Follower log) {
    log.begin();
    return start("sse-follower", log);
  }

  /** Starts a thread of the broker's. */
  Thread start(String name, Runnable task) {
    Thread thread = threads.newThread(task);
    thread.setName(name);
    thread.start();
    return thread;
  }

  private void checkOpen() {
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

    private Builder() {}

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
     * that fall behind are served from.
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
     * Sets who is told of clients that come, go and miss events.
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
     * answer: clients that come before the first contact are told that they may have missed
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
      // What a thread inherited would be that of whoever happened to start it: of some publisher.
      ThreadFactory threads = Thread.ofVirtual().inheritInheritableThreadLocals(false).factory();
      return open(threads, System::nanoTime);
    }

    /** Opens a broker whose threads and time are not the JDK's: for schedulers and for tests. */
    Broker open(ThreadFactory threads, LongSupplier clock) {
      if (log != null && historyEvents == 0) {
        throw new IllegalArgumentException(
            "historyEvents is 0; a broker that shares a log needs at least 1");
      }
      return new Broker(this, threads, clock);
    }
  }
}
