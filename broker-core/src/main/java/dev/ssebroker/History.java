package dev.ssebroker;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The bounded memory of recent events, which hands out their sequences. If the broker shares a log,
 * it is a copy of the log's recent past, and its sequences are the log's. Written under the
 * broker's lock; {@link #read} needs no lock.
 */
final class History {
  /*
   * Retention. Each topic has a history of its own, bounded by events, so a busy topic evicts its own
   * events and not a quiet one's. All topics together are bounded by bytes: beyond that the topic with
   * the most bytes gives, down to seven eighths, so that many events pay for the search. Topics are
   * remembered when they are empty, since what they evicted is what makes a gap; beyond a bound the
   * topic that was published to least recently is forgotten.
   *
   * Two ways to read. A client of exact topics reads the histories of these topics, merged by sequence.
   * A client of a pattern reads all events by sequence and skips what its filters do not select.
   *
   * Reading without the lock. An append makes the event visible before it raises lastSequence, and an
   * eviction raises evictedThrough before it removes the event. A reader takes lastSequence first, reads,
   * and then checks that nothing after its position was evicted. If something was, it fails, and the
   * caller reads again under the lock, where it can count what is missing.
   */
  private static final int MAX_TOPICS = 16_384;

  /** How many sequences a page of a client of a pattern looks at. */
  private static final int MAX_SCAN = 4096;

  /** Returned if an event after the position was evicted. */
  static final long EVICTED = -1;

  private final BrokerLock lock;
  private final int maxEvents;
  private final long maxBytes;
  private final long maxAgeNanos;

  private final Map<String, TopicHistory> topics = new ConcurrentHashMap<>();
  private final SequenceIndex index = new SequenceIndex();
  private volatile long lastSequence;

  /** The highest sequence that was evicted from any topic. */
  private volatile long evictedThrough;

  /** The highest sequence of the topics that were forgotten. */
  private volatile long forgottenThrough;

  // All below is guarded by the broker's lock.

  /** The sequences of the kept events that have an id of their publisher's. */
  private final Map<String, Long> sequences = new HashMap<>();

  private @Nullable TopicHistory newest;
  private @Nullable TopicHistory leastRecent;

  /** The position after which a shared log is copied; null without a log, or before its answer. */
  private @Nullable EventId copiedAfter;

  private long bytes;
  private int events;

  /** Without events there is no history, and no ids. */
  History(BrokerLock lock, int maxEvents, long maxBytes, long maxAgeNanos) {
    this.lock = lock;
    this.maxEvents = maxEvents;
    this.maxBytes = maxBytes;
    this.maxAgeNanos = maxAgeNanos;
  }

  boolean isOn() {
    return maxEvents > 0;
  }

  long lastSequence() {
    return lastSequence;
  }

  int events() {
    lock.assertHeld();
    return events;
  }

  long bytes() {
    lock.assertHeld();
    return bytes;
  }

  long forgottenThrough() {
    return forgottenThrough;
  }

  /** Discards everything and becomes a copy of a shared log after a position. */
  void copyAfter(EventId position) {
    lock.assertHeld();
    topics.clear();
    index.clear();
    sequences.clear();
    newest = null;
    leastRecent = null;
    bytes = 0;
    events = 0;
    forgottenThrough = 0;
    evictedThrough = 0;
    copiedAfter = position;
    lastSequence = position.sequence();
  }

  @Nullable EventId copiedAfter() {
    lock.assertHeld();
    return copiedAfter;
  }

  /** Returns the position of the last event of the shared log that was copied; null if none was. */
  @Nullable EventId copiedThrough() {
    lock.assertHeld();
    EventId after = copiedAfter;
    return after == null ? null : new EventId(after.epoch(), lastSequence);
  }

  /** Gives the event its sequence, and keeps it. */
  void append(String topic, Frame frame, byte[] idPrefix, long nowNanos) {
    lock.assertHeld();
    long sequence = lastSequence + 1;
    frame.complete(idPrefix, sequence, nowNanos);
    if (isOn()) {
      keep(topic, frame, nowNanos);
    }
    lastSequence = sequence;
  }

  private void keep(String topic, Frame frame, long nowNanos) {
    TopicHistory history = topics.get(topic);
    if (history == null) {
      history = addTopic(topic, frame.sequence());
    } else if (history != newest) {
      unlink(history);
      linkNewest(history);
    }
    history.add(frame);
    index.add(frame);
    if (frame.ownId() != null) {
      sequences.put(frame.ownId(), frame.sequence());
    }
    events++;
    bytes += frame.length();
    if (history.size() > maxEvents) {
      evict(history);
    }
    expire(nowNanos);
    while (bytes > maxBytes) {
      shrinkLargest();
    }
  }

  private TopicHistory addTopic(String topic, long sequence) {
    TopicHistory added = new TopicHistory(topic, sequence);
    topics.put(topic, added);
    linkNewest(added);
    if (topics.size() > MAX_TOPICS) {
      forgetLeastRecent();
    }
    return added;
  }

  private void linkNewest(TopicHistory topic) {
    topic.linkAfter(newest);
    newest = topic;
    leastRecent = leastRecent == null ? topic : leastRecent;
  }

  private void unlink(TopicHistory topic) {
    newest = newest == topic ? topic.older() : newest;
    leastRecent = leastRecent == topic ? topic.newer() : leastRecent;
    topic.unlink();
  }

  private void forgetLeastRecent() {
    TopicHistory topic = leastRecent;
    if (topic == null) {
      return;
    }
    forgottenThrough = Math.max(forgottenThrough, topic.lastSequence());
    while (topic.size() > 0) {
      evict(topic);
    }
    unlink(topic);
    topics.remove(topic.topic());
  }

  private void shrinkLargest() {
    TopicHistory largest =
        topics.values().stream().max(Comparator.comparingLong(TopicHistory::bytes)).orElseThrow();
    long target = largest.bytes() / 8 * 7;
    while (largest.bytes() > target) {
      evict(largest);
    }
  }

  /** Evicts the events that have become too old. */
  void expire(long nowNanos) {
    lock.assertHeld();
    Frame oldest = index.oldest();
    while (oldest != null && nowNanos - oldest.publishedNanos() > maxAgeNanos) {
      TopicHistory topic = oldest.topic();
      if (topic != null) {
        evict(topic);
      }
      oldest = index.oldest();
    }
  }

  private void evict(TopicHistory topic) {
    Frame oldest = topic.oldest();
    evictedThrough = Math.max(evictedThrough, oldest.sequence());
    topic.evict();
    index.remove(oldest);
    if (oldest.ownId() != null) {
      sequences.remove(oldest.ownId());
    }
    bytes -= oldest.length();
    events--;
  }

  /** Returns the sequence of the kept event to which its publisher gave this id. */
  Optional<Long> sequenceOf(String ownId) {
    lock.assertHeld();
    return Optional.ofNullable(sequences.get(ownId));
  }

  /**
   * Adds the next events after a sequence to the batch, until it is full. Needs no lock.
   *
   * @return the sequence up to which the client now has its events; {@link #EVICTED} if an event
   *     after the first sequence may be missing, so that the batch is useless
   */
  long read(Filters filters, long after, long through, Batch batch) {
    long last = Math.min(lastSequence, through);
    List<TopicHistory.Reader> readers = readers(filters, after);
    long reached = read(filters, readers, after, last, batch);
    boolean complete =
        forgottenThrough <= after
            && (filters.areExact()
                ? readers.stream().allMatch(TopicHistory.Reader::isComplete)
                : evictedThrough <= after);
    return complete ? reached : EVICTED;
  }

  /** Reads as {@link #read} does, under the broker's lock, and skips what was evicted. */
  long readLocked(Filters filters, long after, long through, Batch batch) {
    lock.assertHeld();
    long last = Math.min(lastSequence, through);
    return read(filters, readers(filters, after), after, last, batch);
  }

  private List<TopicHistory.Reader> readers(Filters filters, long after) {
    if (!filters.areExact()) {
      return List.of();
    }
    List<TopicHistory.Reader> readers = new ArrayList<>(filters.size());
    for (String topic : filters.texts()) {
      TopicHistory history = topics.get(topic);
      if (history != null) {
        readers.add(history.readAfter(after));
      }
    }
    return readers;
  }

  private long read(
      Filters filters, List<TopicHistory.Reader> readers, long after, long last, Batch batch) {
    if (last <= after) {
      return after;
    }
    return filters.areExact()
        ? merge(readers, after, last, batch)
        : index.visit(
            after,
            last,
            MAX_SCAN,
            frame -> {
              TopicHistory topic = frame.topic();
              if (topic != null && filters.match(topic.segments())) {
                batch.add(frame);
              }
              return !batch.isFull();
            });
  }

  private static long merge(List<TopicHistory.Reader> readers, long after, long last, Batch batch) {
    PriorityQueue<TopicHistory.Reader> next =
        new PriorityQueue<>(Comparator.comparingLong(History::sequence));
    readers.forEach(reader -> addIfAny(reader, last, next));
    long reached = after;
    TopicHistory.Reader reader = next.poll();
    while (reader != null) {
      Frame frame = reader.peek();
      if (frame != null) {
        batch.add(frame);
        reached = frame.sequence();
      }
      if (batch.isFull()) {
        return reached;
      }
      reader.advance();
      addIfAny(reader, last, next);
      reader = next.poll();
    }
    return Math.max(reached, last);
  }

  private static void addIfAny(
      TopicHistory.Reader reader, long last, PriorityQueue<TopicHistory.Reader> next) {
    Frame frame = reader.peek();
    if (frame != null && frame.sequence() <= last) {
      next.add(reader);
    }
  }

  private static long sequence(TopicHistory.Reader reader) {
    Frame frame = reader.peek();
    return frame == null ? Long.MAX_VALUE : frame.sequence();
  }

  /** Returns the number of events kept for a client, after one sequence and up to another. */
  long count(Filters filters, long after, long through) {
    lock.assertHeld();
    long count = 0;
    for (TopicHistory topic : publishedAfter(filters, after)) {
      count += topic.count(after, through);
    }
    return count;
  }

  /**
   * Returns the number of events after a sequence that a client misses because they were evicted;
   * {@link GapNotice#UNKNOWN} if nobody knows.
   */
  long evictedAfter(Filters filters, long after) {
    lock.assertHeld();
    if (after < forgottenThrough) {
      return GapNotice.UNKNOWN;
    }
    if (after >= evictedThrough) {
      return 0;
    }
    long evicted = 0;
    for (TopicHistory topic : publishedAfter(filters, after)) {
      long ofTopic = topic.evictedAfter(after);
      if (ofTopic < 0) {
        return GapNotice.UNKNOWN;
      }
      evicted += ofTopic;
    }
    return evicted;
  }

  /** Returns whether this copy of a shared log has all events after a sequence for a client. */
  boolean reachesBackTo(Filters filters, long after) {
    lock.assertHeld();
    return copiedAfter != null
        && after >= copiedAfter.sequence()
        && evictedAfter(filters, after) == 0;
  }

  /** Returns the client's topics that were published to after a sequence. */
  private List<TopicHistory> publishedAfter(Filters filters, long after) {
    List<TopicHistory> found = new ArrayList<>();
    if (filters.areExact()) {
      for (String text : filters.texts()) {
        TopicHistory topic = topics.get(text);
        if (topic != null) {
          found.add(topic);
        }
      }
      return found;
    }
    TopicHistory topic = newest;
    while (topic != null && topic.lastSequence() > after) {
      if (filters.match(topic.segments())) {
        found.add(topic);
      }
      topic = topic.older();
    }
    return found;
  }
}
