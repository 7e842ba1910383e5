package dev.ssebroker;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** One subscriber: its outbox, its sink and its end. */
final class Client implements Subscription {
  private final Broker broker;
  private final long id;
  private final List<TopicFilter> filters;
  private final Overflow overflow;
  private final CountDownLatch over = new CountDownLatch(1);
  final Sink sink;
  final Outbox outbox;
  final long heartbeatNanos;

  /** When the client has been there for long enough, by the broker's clock. */
  final long expiresNanos;

  /** The client's places in its audiences. Guarded by the broker's lock. */
  final List<Audience.Seat> seats = new ArrayList<>();

  /** Not null while the client is behind. Guarded by the broker's lock. */
  @Nullable Resume resume;

  /** The last event published for the client. Guarded by the broker's lock. */
  private long lastSequence;

  /** Null until the client is to end, then never changed. Written under the broker's lock. */
  volatile @Nullable CloseReason reason;

  /** Written under the broker's lock; volatile for the writer, which looks without it. */
  volatile boolean cut;

  /** When the running write began, 0 between writes. Written by the writer, read by the pulse. */
  volatile long writingSinceNanos;

  /** When something was last written. Written by the writer, read by the pulse. */
  volatile long lastWriteNanos;

  Client(
      Broker broker,
      long id,
      Subscription.Builder settings,
      Sink sink,
      long nowNanos,
      long expiresNanos) {
    this.broker = broker;
    this.id = id;
    this.filters = settings.filters();
    this.overflow = settings.overflow();
    this.outbox = new Outbox(settings.outboxEvents(), settings.outboxBytes());
    this.heartbeatNanos = settings.heartbeat().toNanos();
    this.sink = sink;
    this.lastWriteNanos = nowNanos;
    this.expiresNanos = expiresNanos;
  }

  /**
   * Takes an event, as the policy says, and counts what became of it. Returns false if the client
   * must be ended because of it. An event that matches two filters comes twice and is taken once.
   * The broker's lock is held.
   */
  boolean offer(Frame frame, History history, Tally tally) {
    if (lastSequence == frame.sequence()) {
      return true;
    }
    lastSequence = frame.sequence();
    Resume behind = resume;
    if (behind != null) {
      behind.expectOneMore();
      tally.addBehind(behind);
      return true;
    }
    switch (overflow.action()) {
      case DROP_OLDEST -> tally.addOffered(outbox.offerDroppingOldest(frame));
      case LATEST -> tally.addOffered(outbox.offerLatest(frame));
      case RESUME, AWAIT, DROP_NEWEST, DISCONNECT -> {
        if (!outbox.offer(frame)) {
          return overflow(frame, history, tally);
        }
        tally.addOffered(0);
      }
    }
    return true;
  }

  private boolean overflow(Frame frame, History history, Tally tally) {
    if (overflow.action() == Overflow.Action.DISCONNECT) {
      tally.addRefused();
      return false;
    }
    boolean drop = overflow.action() == Overflow.Action.DROP_NEWEST || !history.isOn();
    Resume behind =
        drop ? Resume.dropping(history) : Resume.fromOverflow(history, filters, frame.sequence());
    startBehind(behind);
    tally.addBehind(behind);
    return true;
  }

  /** Begins where the client was, or says why that cannot be. The broker's lock is held. */
  void resumeFrom(String lastEventId, String epoch, History history) {
    Optional<EventId> last =
        history
            .sequenceOf(lastEventId)
            .map(sequence -> new EventId(epoch, sequence))
            .or(() -> EventId.parse(lastEventId));
    if (last.isEmpty() || !history.isOn()) {
      outbox.startWith(new Batch.Gap(-1, GapReason.UNKNOWN_ID));
    } else if (last.get().epoch().equals(epoch) && last.get().sequence() > history.lastSequence()) {
      outbox.startWith(new Batch.Gap(-1, GapReason.FUTURE_ID));
    } else {
      startBehind(Resume.fromId(history, filters, epoch, last.get()));
    }
  }

  /** Has the client served from the history first. The broker's lock is held. */
  void startBehind(Resume behind) {
    resume = behind;
    outbox.fallBehind();
  }

  /** What is queued for the client or waits for it in the history. The broker's lock is held. */
  Lag lag(long nowNanos) {
    Lag queued = outbox.lag(nowNanos);
    Resume behind = resume;
    long waiting = behind == null ? 0 : behind.waiting();
    return new Lag(queued.events() + waiting, queued.bytes(), queued.age());
  }

  /** Ends the client behind what was published for it. The broker's lock is held. */
  void endWhenLevel() {
    if (resume != null) {
      resume.stop();
    }
    outbox.end();
  }

  /** Ends the client without anything more. The broker's lock is held. */
  void endNow() {
    resume = null;
    outbox.cut();
  }

  /**
   * Fills the batch from the history; whoever has nothing left to read there is live again. The
   * broker's lock is held.
   */
  void readPage(Batch batch) {
    Resume behind = resume;
    if (behind != null) {
      behind.readPage(batch);
    }
    if (behind == null || behind.isLevel()) {
      resume = null;
      outbox.level();
    }
  }

  /**
   * Returns how long a publisher may wait for room for this event; 0 if there is room or no need.
   */
  long patienceNanos(Frame frame) {
    boolean waits =
        overflow.action() == Overflow.Action.AWAIT
            && resume == null
            && reason == null
            && !outbox.hasRoomFor(frame);
    return waits ? overflow.patience().toNanos() : 0;
  }

  boolean isBehind() {
    return resume != null && !resume.isDropping();
  }

  boolean awaits() {
    return overflow.action() == Overflow.Action.AWAIT;
  }

  List<TopicFilter> filters() {
    return filters;
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public List<String> topics() {
    return filters.stream().map(TopicFilter::text).toList();
  }

  @Override
  public Lag lag() {
    return broker.lag(this);
  }

  @Override
  public void close() {
    broker.end(this, CloseReason.UNSUBSCRIBED);
  }

  @Override
  public void clientLeft() {
    broker.cut(this, CloseReason.LEFT);
  }

  @Override
  public CloseReason awaitEnd() throws InterruptedException {
    over.await();
    return Objects.requireNonNull(reason);
  }

  /** Lets go of those who wait for the end. */
  void over() {
    over.countDown();
  }

  /** Called by the writer on its way out and, to free a blocked write, by the closer of a cut. */
  void closeSink() {
    try {
      sink.close();
    } catch (IOException e) {
      // Nothing is left to be written, and nobody to tell.
    } catch (RuntimeException e) {
      Broker.LOG.log(Level.WARNING, "The sink of " + this + " threw when it was closed", e);
    }
  }

  @Override
  public String toString() {
    return "client " + id + " of " + String.join(", ", topics());
  }
}
