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
  private final Writer writer;

  /** When the client has been there for long enough, by the broker's clock. */
  final long expiresNanos;

  /** The client's places in its audiences. Guarded by the broker's lock. */
  final List<Audience.Seat> seats = new ArrayList<>();

  /** Not null while the client reads from the history. Guarded by the broker's lock. */
  private @Nullable Resume resume;

  /** Not null while the client has to read from a shared log. Guarded by the broker's lock. */
  private @Nullable Backlog backlog;

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
    this.outbox = new Outbox(settings.queueEvents(), settings.queueBytes(), this::startWriter);
    this.heartbeatNanos = settings.heartbeat().toNanos();
    this.sink = sink;
    this.lastWriteNanos = nowNanos;
    this.expiresNanos = expiresNanos;
    this.writer = new Writer(broker, this);
  }

  /** Has what there is written. Never while a writer is at work. */
  void startWriter() {
    broker.start("sse-writer-" + id, writer);
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
      outbox.readOn();
      return true;
    }
    if (backlog != null) {
      tally.addToBacklog();
      outbox.readOn();
      return true;
    }
    switch (overflow.action()) {
      case DROP_OLDEST -> tally.addOffered(outbox.offerDroppingOldest(frame));
      case LATEST -> tally.addOffered(outbox.offerLatest(frame));
      case REPLAY, AWAIT, DROP_NEWEST, DISCONNECT -> {
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

  /** Begins where the client was in a shared log. The broker's lock is held. */
  void resumeInLog(String lastEventId, History history) {
    EventId now = history.copiedThrough();
    if (now != null) {
      Optional<EventId> known =
          history
              .sequenceOf(lastEventId)
              .map(sequence -> new EventId(now.epoch(), sequence))
              .or(() -> EventId.parse(lastEventId).filter(id -> id.epoch().equals(now.epoch())));
      if (known.isPresent()) {
        startBehind(Backlog.fromEvent(known.get(), now));
        return;
      }
    }
    startBehind(Backlog.fromId(lastEventId, now));
  }

  /**
   * The history is about to begin anew, and had all up to a place, or nothing yet. The broker's
   * lock is held.
   */
  void historyBeginsAnew(@Nullable EventId last, EventId begin) {
    lastSequence = 0;
    Resume behind = resume;
    Backlog log = backlog;
    if (behind != null) {
      resume = null;
      log = behind.toBacklog();
    } else if (log == null) {
      log =
          last == null ? Backlog.fromPlace(begin, GapReason.UNAVAILABLE) : Backlog.fromPlace(last);
    }
    if (last != null && !last.epoch().equals(begin.epoch())) {
      log.tellFirst(GapReason.RESTARTED);
    }
    startBehind(log);
  }

  /** The shared log can be read again. The broker's lock is held. */
  void logIsBack() {
    if (backlog != null) {
      outbox.readOn();
    }
  }

  /** Has the client served from the history first. The broker's lock is held. */
  private void startBehind(Resume behind) {
    resume = behind;
    outbox.fallBehind();
  }

  /** Has the client served from the shared log first. The broker's lock is held. */
  private void startBehind(Backlog behind) {
    backlog = behind;
    outbox.fallBehind();
  }

  /** What is queued for the client or waits for it in the history. The broker's lock is held. */
  Lag lag(long nowNanos, History history) {
    Lag queued = outbox.lag(nowNanos);
    Resume behind = resume;
    Backlog log = backlog;
    long waiting = behind == null ? 0 : behind.waiting();
    waiting += log == null ? 0 : log.waiting(history);
    return new Lag(queued.events() + waiting, queued.bytes(), queued.age());
  }

  /** Ends the client behind what was published for it. The broker's lock is held. */
  void endWhenLevel(History history) {
    if (resume != null) {
      resume.stop();
    }
    if (backlog != null) {
      backlog.stop(history.copiedThrough());
    }
    outbox.end();
  }

  /** Ends the client without anything more. The broker's lock is held. */
  void endNow() {
    resume = null;
    backlog = null;
    outbox.cut();
  }

  /**
   * Fills the batch from the history; whoever has nothing left to read there is live again. The
   * broker's lock is held.
   *
   * @return what has to be read from a shared log instead; null if nothing has
   */
  @Nullable Backlog readPage(History history, Batch batch) {
    Backlog log = backlog;
    if (log != null && !log.isOver()) {
      resume = log.inHistory(history, filters);
      if (resume == null) {
        return log;
      }
    }
    backlog = null;
    Resume behind = resume;
    if (behind != null && behind.needsLog()) {
      resume = null;
      backlog = behind.toBacklog();
      return backlog;
    }
    if (behind != null) {
      behind.readPage(batch);
    }
    if (behind == null || behind.isLevel()) {
      resume = null;
      outbox.level();
    } else if (behind.isWaiting()) {
      outbox.level();
    }
    return null;
  }

  /**
   * Fills the batch from what was read of the shared log. Without a page while the log is away, or
   * if there is nothing in it yet, the writer waits. The broker's lock is held.
   */
  void readLog(LogPages.@Nullable Page page, boolean away, History history, Batch batch) {
    Backlog log = backlog;
    if (log == null) {
      return;
    }
    boolean waits = away;
    if (page != null) {
      log.take(page, filters, batch);
      waits = batch.isEmpty() && log.isWaiting(page, history);
    }
    if (waits && !log.isOver()) {
      outbox.level();
    }
  }

  /**
   * Returns how long a publisher may wait for room for this event; 0 if there is room or no need.
   */
  long patienceNanos(Frame frame) {
    boolean waits =
        overflow.action() == Overflow.Action.AWAIT
            && !fellBehind()
            && reason == null
            && !outbox.hasRoomFor(frame);
    return waits ? overflow.patience().toNanos() : 0;
  }

  boolean isBehind() {
    return backlog != null || (resume != null && !resume.isDropping());
  }

  private boolean fellBehind() {
    return backlog != null || resume != null;
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
  public void disconnected() {
    broker.cut(this, CloseReason.DISCONNECTED);
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
