package dev.ssebroker;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** One subscriber: its queue, its writer, and its state. */
final class Client implements Subscription {
  /*
   * States. The drawing is in package-info. Each state is a type of its own, so a combination that must
   * not be cannot be. All transitions are made under the broker's lock. A cursor marks itself as caught
   * up without it; the next event that is published to the client then makes the client live.
   */
  private sealed interface State {
    /** Returns why the client is ending or has ended; null if it is not. */
    default @Nullable CloseReason reason() {
      return null;
    }

    /** Returns the cursor of a client that replays, or did until it caught up; else null. */
    default @Nullable Cursor cursor() {
      return null;
    }
  }

  /** The queue takes what is published. */
  private record Live() implements State {}

  /** The history keeps what is published, and the cursor reads it. */
  private record Replaying(Cursor cursor) implements State {}

  /** Nothing more is published to the client, and END is in its queue. */
  private record Draining(CloseReason reason, @Nullable Cursor cursor) implements State {}

  /** What is queued is discarded, and the sink is closed. */
  private record Cut(CloseReason reason) implements State {}

  /** The writer has left. */
  private record Ended(CloseReason reason) implements State {}

  /**
   * The outcome of an offer. An event is SKIPPED if the client is ending, or if another of its
   * filters selected the event before.
   */
  enum Offered {
    QUEUED,
    REPLAYING,
    DROPPED,
    SKIPPED
  }

  private static final State LIVE = new Live();

  /** Made beforehand, since there may be no memory for it. */
  private static final State OUT_OF_RESOURCES = new Cut(CloseReason.OUT_OF_RESOURCES);

  private final Clients clients;
  private final Cursor.Source source;
  private final long id;
  private final Filters filters;
  private final SubscriptionSettings settings;
  private final Sink sink;
  private final BlockingQueue<Frame> queue;

  /** The same queue; null if it is one of the JDK's. */
  private final @Nullable FrameQueue frames;

  private final Writer writer;

  /** When the client reaches its maximum age, by the broker's clock. */
  private final long expiresNanos;

  private final CountDownLatch ended = new CountDownLatch(1);

  /** Written under the broker's lock; volatile for the writer, which looks whether it is cut. */
  private volatile State state = LIVE;

  /** The number of publishers that wait for room. Written under the broker's lock. */
  private volatile int waitingPublishers;

  // All below is guarded by the broker's lock.

  /** One for each filter; none once nothing more is published to the client. */
  private List<TopicTree.Audience.Seat> seats = List.of();

  /** The client's seat among all clients; null before the client is added. */
  private TopicTree.Audience.@Nullable Seat seat;

  /** The sequence of the last event that was published to the client. */
  private long lastSequence;

  private boolean endQueued;
  private boolean closerStarted;

  Client(
      Clients clients,
      Cursor.Source source,
      long id,
      Subscription.Builder description,
      Sink sink,
      BlockingQueue<Frame> queue,
      long expiresNanos) {
    this.clients = clients;
    this.source = source;
    this.id = id;
    this.filters = description.filters();
    this.settings = description.settings();
    this.sink = sink;
    this.queue = queue;
    this.frames = queue instanceof FrameQueue own ? own : null;
    this.expiresNanos = expiresNanos;
    this.writer = new Writer(clients, this, sink, queue);
    queue.offer(EventStreamEncoder.comment());
  }

  /**
   * Offers an event, as the overflow policy says, without a wake-up: {@link #wake} follows. Cuts a
   * client for which there is no memory.
   */
  Offered offer(Frame frame) {
    source.lock().assertHeld();
    try {
      return offerInState(frame);
    } catch (RuntimeException | Error e) {
      clients.fail(this, e);
      return Offered.DROPPED;
    }
  }

  private Offered offerInState(Frame frame) {
    if (frame.sequence() <= lastSequence) {
      return Offered.SKIPPED;
    }
    lastSequence = frame.sequence();
    if (state instanceof Replaying replaying) {
      Cursor.Progress before = replaying.cursor.published(frame.sequence());
      if (before == Cursor.Progress.WAITING) {
        signal(Frame.REPLAY);
      }
      if (before != Cursor.Progress.CAUGHT_UP) {
        return replaying.cursor.isDropping() ? Offered.DROPPED : Offered.REPLAYING;
      }
      state = LIVE;
    }
    if (!(state instanceof Live)) {
      return Offered.SKIPPED;
    }
    boolean added = frames == null ? queue.offer(frame) : frames.enqueue(frame);
    return added ? Offered.QUEUED : overflow(frame);
  }

  /**
   * Wakes the writer. Called after a full fence after an event was offered.
   *
   * @return false if there is no thread for it, so that the client had to be cut
   */
  boolean wake() {
    try {
      if (frames == null || !frames.wakeTaker()) {
        writer.wake();
      }
      return true;
    } catch (RuntimeException | Error e) {
      clients.fail(this, e);
      return false;
    }
  }

  private Offered overflow(Frame frame) {
    Overflow.Action action = settings.overflow().action();
    if (action == Overflow.Action.DISCONNECT) {
      clients.cut(this, CloseReason.TOO_SLOW);
      return Offered.DROPPED;
    }
    boolean drops = action == Overflow.Action.DROP_NEWEST || !source.history().isOn();
    replay(
        drops ? Cursor.dropping(source) : Cursor.fromOverflow(source, filters, frame.sequence()));
    clients.madeRoom(this);
    return drops ? Offered.DROPPED : Offered.REPLAYING;
  }

  private void replay(Cursor cursor) {
    state = new Replaying(cursor);
    signal(Frame.REPLAY);
  }

  private void signal(Frame marker) {
    queue.offer(marker);
    writer.wake();
  }

  /** Takes a seat among all clients and one for each filter. */
  void join(TopicTree.Audience all, TopicTree tree) {
    seats = tree.add(filters, this);
    seat = all.add(this);
  }

  /** Gives up the seats for the filters. Returns false if that was done before. */
  boolean unsubscribe(TopicTree tree) {
    List<TopicTree.Audience.Seat> left = seats;
    seats = List.of();
    tree.remove(filters, left);
    return !left.isEmpty();
  }

  /** Gives up the seat among all clients. */
  void leave() {
    Objects.requireNonNull(seat).leave();
  }

  void start() {
    writer.start();
  }

  /** Replays what was published after an event. The client has not started yet. */
  void resume(String lastEventId) {
    source.lock().assertHeld();
    History history = source.history();
    String epoch = history.epoch();
    Optional<EventId> last =
        history
            .sequenceOf(lastEventId)
            .map(sequence -> new EventId(epoch, sequence))
            .or(() -> EventId.parse(lastEventId));
    boolean sameEpoch = last.isPresent() && last.get().epoch().equals(epoch);
    boolean future = sameEpoch && last.get().sequence() > history.lastSequence();
    if (source.archive() != null) {
      replay(
          sameEpoch && !future
              ? Cursor.atPosition(source, filters, last.get(), null)
              : Cursor.inLog(source, filters, lastEventId));
    } else if (last.isEmpty() || !history.isOn()) {
      queue.offer(new GapNotice(GapNotice.UNKNOWN, GapReason.UNKNOWN_ID));
    } else if (future) {
      queue.offer(new GapNotice(GapNotice.UNKNOWN, GapReason.FUTURE_ID));
    } else {
      replay(Cursor.fromId(source, filters, last.get()));
    }
  }

  /** The copy of the shared log, which ended at a position until now, begins anew after another. */
  void historyBeginsAnew(@Nullable EventId last, EventId begin) {
    source.lock().assertHeld();
    lastSequence = 0;
    Cursor cursor = cursor();
    if (cursor != null && isReplaying()) {
      cursor.beginAnew(last, begin);
      readOn();
    } else if (state.reason() == null) {
      boolean restarted = last != null && !last.epoch().equals(begin.epoch());
      GapReason gap = restarted ? GapReason.RESTARTED : null;
      if (cursor != null && cursor.giveUpDropped()) {
        gap = GapReason.OVERFLOW;
      }
      replay(
          last == null
              ? Cursor.atPosition(source, filters, begin, GapReason.UNAVAILABLE)
              : Cursor.atPosition(source, filters, last, gap));
    }
  }

  /** The client may go on to read the shared log. */
  void readOn() {
    source.lock().assertHeld();
    Cursor cursor = cursor();
    if (cursor != null && cursor.wakes()) {
      signal(Frame.REPLAY);
    }
  }

  @Nullable Cursor cursor() {
    return state.cursor();
  }

  @Override
  public Optional<CloseReason> reason() {
    return Optional.ofNullable(state.reason());
  }

  /** Ends the client after the events that were published to it. It is not ending yet. */
  void drain(CloseReason reason) {
    source.lock().assertHeld();
    Cursor cursor = cursor();
    if (cursor != null) {
      cursor.stop();
    }
    state = new Draining(reason, cursor);
    queueEnd();
  }

  /** Ends the client at once. The first reason wins. */
  void cut(CloseReason reason) {
    source.lock().assertHeld();
    CloseReason first = state.reason();
    boolean outOfResources = first == null && reason == CloseReason.OUT_OF_RESOURCES;
    state = outOfResources ? OUT_OF_RESOURCES : new Cut(first == null ? reason : first);
  }

  boolean isCut() {
    return state instanceof Cut;
  }

  boolean hasEnded() {
    return state instanceof Ended;
  }

  /** Wakes the writer and starts the closer. If that fails, a later call tries again. */
  void finishCut() {
    source.lock().assertHeld();
    try {
      queueEnd();
    } catch (RuntimeException | Error e) {
      // A closer that is started after this leaves for the writer; an earlier one may not have.
      closerStarted = false;
    }
    if (!closerStarted) {
      // On a thread of its own: closing may block, and this one may be a publisher's.
      clients.threads().startUnpinned("sse-closer-" + id, this::closeAfterCut);
      closerStarted = true;
    }
  }

  private void queueEnd() {
    if (!endQueued) {
      queue.offer(Frame.END);
      endQueued = true;
    }
    writer.wake();
  }

  /** Frees a blocked write, and leaves for a writer that could not be started. */
  private void closeAfterCut() {
    closeSink();
    endIfStranded();
  }

  /** Does the work of a writer that could not be started. */
  void endIfStranded() {
    if (writer.takeOver()) {
      closeSink();
      clients.left(this, CloseReason.FAILED);
    }
  }

  void closeSink() {
    try {
      sink.close();
    } catch (IOException e) {
      // Nothing is left to write.
    } catch (RuntimeException e) {
      Broker.LOG.log(Level.WARNING, "The sink of " + this + " threw when it was closed", e);
    }
  }

  void ended(CloseReason fallback) {
    source.lock().assertHeld();
    state = new Ended(reason().orElse(fallback));
    ended.countDown();
  }

  /** Looks whether the client needs a heartbeat, or an end. */
  void look(long nowNanos, long writeDeadlineNanos) {
    source.lock().assertHeld();
    if (isCut()) {
      clients.cut(this, CloseReason.FAILED);
    } else if (writer.writingNanos(nowNanos) > writeDeadlineNanos) {
      clients.cut(this, CloseReason.WRITE_TIMED_OUT);
    } else if (nowNanos - expiresNanos >= 0) {
      clients.end(this, CloseReason.MAX_AGE);
    } else if (writer.idleNanos(nowNanos) >= settings.heartbeat().toNanos() && queue.isEmpty()) {
      signal(Frame.HEARTBEAT);
    }
  }

  Lag lag(long nowNanos) {
    source.lock().assertHeld();
    Lag queued = queued(nowNanos);
    Cursor cursor = cursor();
    long waiting = cursor == null ? 0 : cursor.waiting();
    return new Lag(queued.events() + waiting, queued.bytes(), queued.age());
  }

  Lag queued(long nowNanos) {
    source.lock().assertHeld();
    return frames != null ? frames.lag(nowNanos) : new Lag(queue.size(), 0, Duration.ZERO);
  }

  boolean isReplaying() {
    Cursor cursor = cursor();
    return cursor != null && !cursor.isDropping() && !cursor.hasCaughtUp();
  }

  /** Returns how long a publisher waits for room for this event; 0 if there is room, or no need. */
  long patienceNanos(Frame frame) {
    source.lock().assertHeld();
    boolean live =
        state instanceof Live
            || (state instanceof Replaying replaying && replaying.cursor.hasCaughtUp());
    boolean fits = frames != null ? frames.fits(frame.maxLength()) : queue.remainingCapacity() > 0;
    return awaits() && live && !fits ? settings.overflow().patience().toNanos() : 0;
  }

  boolean awaits() {
    return settings.overflow().action() == Overflow.Action.AWAIT;
  }

  /** Counts publishers that begin, or cease, to wait for room. */
  void addWaitingPublishers(int count) {
    source.lock().assertHeld();
    int waiting = waitingPublishers;
    waitingPublishers = waiting + count;
  }

  /** Returns whether a publisher waits. The writer calls it without the lock after a take. */
  boolean isAwaited() {
    if (!awaits()) {
      return false;
    }
    // The queue counts what is taken with release writes, which this read may overtake.
    VarHandle.fullFence();
    return waitingPublishers > 0;
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public List<String> topics() {
    return filters.texts();
  }

  @Override
  public Lag lag() {
    return clients.lag(this);
  }

  @Override
  public void close() {
    clients.end(this, CloseReason.UNSUBSCRIBED);
  }

  @Override
  public void disconnected() {
    clients.cut(this, CloseReason.DISCONNECTED);
  }

  @Override
  public CloseReason awaitEnd() throws InterruptedException {
    ended.await();
    return reason().orElseThrow();
  }

  @Override
  public String toString() {
    return "client " + id + " of " + String.join(", ", topics());
  }
}
