package dev.ssebroker;

import java.lang.invoke.VarHandle;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SequencedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The bounded memory of recent events, which hands out their sequences; with a shared log, a copy
 * of its recent past. Written under the broker's lock; {@link #read} needs no lock.
 */
final class History {
  /*
   * Retention. Each topic is bounded by events, so a busy one evicts its own events and not a quiet one's.
   * All together are bounded by bytes: beyond that, the topic with the most gives an eighth of them, so that
   * many events pay for the search. Empty topics are remembered, since what they evicted makes a gap.
   *
   * Reading without the lock. An append makes the event visible before it raises lastSequence, and an
   * eviction raises evictedThrough before it removes the event. A reader takes lastSequence first, reads,
   * and then checks that nothing after its position was evicted. If nothing was, every event up to
   * lastSequence was in its skip list all the time, and an iterator of a ConcurrentSkipListMap returns
   * each such element, in ascending order. Else the caller reads again under the lock. The fence before
   * the check keeps the reads of the skip list, which are plain ones, from being ordered after it.
   */
  private static final int MAX_TOPICS = 16_384;

  /** The most events that a page looks at. */
  private static final int MAX_SCAN = 4096;

  /** Returned if an event after the position was evicted. */
  static final long EVICTED = -1;

  private final BrokerLock lock;
  private final int maxEvents;
  private final long maxBytes;
  private final long maxAgeNanos;

  private final Map<String, TopicHistory> topics = new ConcurrentHashMap<>();
  private volatile KeptEvents all = new KeptEvents();
  private volatile long lastSequence;

  // These change only with a shared log.
  private volatile String epoch;
  private volatile byte[] idPrefix;

  /** The highest sequence of the topics that were forgotten. */
  private volatile long forgottenThrough;

  // All below is guarded by the broker's lock.

  /** The sequences of the kept events that have an id of their publisher's. */
  private final Map<String, Long> sequences = new HashMap<>();

  /** The topics in the order in which they were last published to. */
  private final SequencedSet<TopicHistory> recent = new LinkedHashSet<>();

  /** The position after which a shared log is copied; null without a log, or before its answer. */
  private @Nullable EventId copiedAfter;

  /** Without events there is no history, and no ids. */
  History(BrokerLock lock, String epoch, int maxEvents, long maxBytes, long maxAgeNanos) {
    this.lock = lock;
    this.epoch = epoch;
    this.maxEvents = maxEvents;
    this.maxBytes = maxBytes;
    this.maxAgeNanos = maxAgeNanos;
    this.idPrefix = EventStreamEncoder.idPrefix(isOn() ? epoch : "");
  }

  boolean isOn() {
    return maxEvents > 0;
  }

  long lastSequence() {
    return lastSequence;
  }

  int events() {
    lock.assertHeld();
    return all.size();
  }

  long bytes() {
    lock.assertHeld();
    return all.bytes();
  }

  /** Discards everything and becomes a copy of a shared log after a position. */
  void copyAfter(EventId position) {
    lock.assertHeld();
    topics.clear();
    recent.clear();
    sequences.clear();
    all = new KeptEvents();
    forgottenThrough = 0;
    copiedAfter = position;
    epoch = position.epoch();
    idPrefix = EventStreamEncoder.idPrefix(epoch);
    lastSequence = position.sequence();
  }

  String epoch() {
    return epoch;
  }

  @Nullable EventId copiedAfter() {
    lock.assertHeld();
    return copiedAfter;
  }

  /** Returns the position of the last event of the shared log that was copied; null if none was. */
  @Nullable EventId copiedThrough() {
    lock.assertHeld();
    return copiedAfter == null ? null : new EventId(copiedAfter.epoch(), lastSequence);
  }

  /** Returns a frame for {@link #append}. Needs no lock. */
  Frame encode(String topic, Event event) {
    return EventStreamEncoder.encode(topic, event, idPrefix);
  }

  /** Gives the event its sequence, keeps it, and returns its id. */
  String append(String topic, Frame frame, long nowNanos) {
    lock.assertHeld();
    long sequence = lastSequence + 1;
    frame.complete(idPrefix, sequence, nowNanos);
    if (isOn()) {
      keep(topic, frame, nowNanos);
    }
    lastSequence = sequence;
    return frame.ownId() == null ? epoch + '-' + sequence : frame.ownId();
  }

  private void keep(String topic, Frame frame, long nowNanos) {
    Long sequence = frame.sequence();
    TopicHistory history = topics.get(topic);
    if (history == null) {
      history = new TopicHistory(topic, sequence);
      topics.put(topic, history);
    }
    recent.addLast(history);
    if (recent.size() > MAX_TOPICS) {
      forgetLeastRecent();
    }
    history.add(sequence, frame);
    all.add(sequence, frame);
    if (frame.ownId() != null) {
      sequences.put(frame.ownId(), sequence);
    }
    if (history.size() > maxEvents) {
      evict(history);
    }
    expire(nowNanos);
    while (all.bytes() > maxBytes) {
      shrinkLargest();
    }
  }

  private void forgetLeastRecent() {
    TopicHistory topic = recent.removeFirst();
    forgottenThrough = topic.lastSequence();
    while (topic.size() > 0) {
      evict(topic);
    }
    topics.remove(topic.topic);
  }

  private void shrinkLargest() {
    TopicHistory largest =
        recent.stream().max(Comparator.comparingLong(TopicHistory::bytes)).orElseThrow();
    long target = largest.bytes() / 8 * 7;
    while (largest.bytes() > target) {
      evict(largest);
    }
  }

  /** Evicts the events that have become too old. */
  void expire(long nowNanos) {
    lock.assertHeld();
    Frame oldest = all.oldest();
    while (oldest != null && nowNanos - oldest.publishedNanos() > maxAgeNanos) {
      evict(topicOf(oldest));
      oldest = all.oldest();
    }
  }

  private static TopicHistory topicOf(Frame kept) {
    return Objects.requireNonNull(kept.topic());
  }

  private void evict(TopicHistory topic) {
    Long sequence = topic.frames.firstKey();
    all.evict(sequence);
    Frame frame = topic.evict(sequence);
    if (frame.ownId() != null) {
      sequences.remove(frame.ownId());
    }
  }

  OwnIds ownIds(int firstIndex) {
    lock.assertHeld();
    return new OwnIds(epoch, sequences.keySet(), firstIndex);
  }

  /** Returns the sequence of the kept event to which its publisher gave this id. */
  Optional<Long> sequenceOf(String ownId) {
    lock.assertHeld();
    return Optional.ofNullable(sequences.get(ownId));
  }

  /**
   * Adds the next events after a sequence to the batch, until it is full. Returns the sequence up
   * to which the client has its events; EVICTED if one may be missing: the batch is useless then.
   */
  long read(Filters filters, long after, long through, Batch batch) {
    long last = Math.min(lastSequence, through);
    List<? extends KeptEvents> sources = sources(filters);
    long reached = read(filters, sources, after, last, batch);
    VarHandle.acquireFence();
    boolean complete = sources.stream().allMatch(source -> source.evictedThrough() <= after);
    return complete && forgottenThrough <= after ? reached : EVICTED;
  }

  /** Reads as {@link #read} does, under the broker's lock, and skips what was evicted. */
  long readLocked(Filters filters, long after, long through, Batch batch) {
    lock.assertHeld();
    return read(filters, sources(filters), after, Math.min(lastSequence, through), batch);
  }

  /** Returns the exact topics, to merge; for a pattern, the events of all topics, to filter. */
  private List<? extends KeptEvents> sources(Filters filters) {
    return filters.areExact() ? exactTopics(filters) : List.of(all);
  }

  private List<TopicHistory> exactTopics(Filters filters) {
    return filters.texts().stream().map(topics::get).filter(Objects::nonNull).toList();
  }

  private static long read(
      Filters filters, List<? extends KeptEvents> sources, long after, long last, Batch batch) {
    if (last <= after) {
      return after;
    }
    var runs = new PriorityQueue<Run>(Comparator.comparingLong(run -> run.next.sequence()));
    for (KeptEvents source : sources) {
      Run run = new Run(source.after(after));
      if (run.advance(last)) {
        runs.add(run);
      }
    }
    for (int visited = 1; !runs.isEmpty(); visited++) {
      Run run = runs.element();
      Frame frame = run.next;
      if (filters.areExact() || filters.match(topicOf(frame).segments)) {
        batch.add(frame);
      }
      if (batch.isFull() || visited == MAX_SCAN) {
        return frame.sequence();
      }
      if (!run.advance(last)) {
        runs.remove();
      } else if (runs.size() > 1) {
        runs.add(runs.remove());
      }
    }
    return last;
  }

  /** The events of one source that a page has not visited. */
  private static final class Run {
    private final Iterator<Frame> rest;
    private Frame next = Frame.END;

    Run(Iterator<Frame> frames) {
      this.rest = frames;
    }

    /** Moves to the next event. Returns whether there is one up to a sequence. */
    boolean advance(long last) {
      next = rest.hasNext() ? rest.next() : Frame.END;
      return next.isEvent() && next.sequence() <= last;
    }
  }

  /** Returns the number of events kept for a client, after one sequence and up to another. */
  long count(Filters filters, long after, long through) {
    lock.assertHeld();
    return publishedAfter(filters, after).mapToLong(topic -> topic.count(after, through)).sum();
  }

  /** Returns how many of a client's events after a sequence were evicted, or UNKNOWN. */
  long evictedAfter(Filters filters, long after) {
    lock.assertHeld();
    if (after < forgottenThrough) {
      return GapNotice.UNKNOWN;
    }
    if (after >= all.evictedThrough()) {
      return 0;
    }
    return publishedAfter(filters, after)
        .mapToLong(topic -> topic.evictedAfter(after))
        .reduce(0, (sum, n) -> sum < 0 || n < 0 ? GapNotice.UNKNOWN : sum + n);
  }

  /** Returns whether this copy of a shared log has all events after a sequence for a client. */
  boolean reachesBackTo(Filters filters, long after) {
    lock.assertHeld();
    return copiedAfter != null
        && after >= copiedAfter.sequence()
        && evictedAfter(filters, after) == 0;
  }

  /** Returns the client's topics that were published to after a sequence. */
  private Stream<TopicHistory> publishedAfter(Filters filters, long after) {
    if (filters.areExact()) {
      return exactTopics(filters).stream();
    }
    return recent.reversed().stream()
        .takeWhile(topic -> topic.lastSequence() > after)
        .filter(topic -> filters.match(topic.segments));
  }
}
