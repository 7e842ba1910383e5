package dev.ssebroker;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The ordered, bounded memory of recent events; it hands out their sequences. If the broker shares
 * a log with others, it is a copy of that log's recent past, and its sequences are the log's.
 * Guarded by the broker's lock.
 */
final class History {
  /*
   * Each topic has a log of its own, so that a busy topic pushes out its own events and not a quiet
   * one's. A log is bounded by events and age. All logs together are bounded by bytes: when they grow
   * beyond it, the log with the most bytes gives, down to seven eighths, so that the search for it is
   * paid for by many events. Logs are remembered after they are empty, since what they evicted is
   * what makes a gap; there is a bound to that as well, and the log not used for the longest time is
   * then forgotten. What the forgotten ones had is remembered as one sequence only: whoever
   * resumes before it may have missed something.
   */
  private static final int MAX_TOPICS = 16_384;

  private final int maxEvents;
  private final long maxBytes;
  private final long maxAgeNanos;

  /** In the order of their last use, the latest at the end. */
  private final Map<String, TopicLog> logs = new LinkedHashMap<>(16, 0.75f, true);

  /** The sequences of the events that have an id of their own, and are kept. */
  private final Map<String, Long> sequences = new HashMap<>();

  /** The place behind which a shared log is copied here; null if no log is shared, or not yet. */
  private @Nullable EventId copiedBehind;

  private long lastSequence;
  private long bytes;
  private int events;

  /** The highest sequence among the topics that were forgotten. */
  private long forgottenThrough;

  /** Rises when a log comes or goes. */
  private long version;

  /** No events, no history: ids are then not given out. */
  History(int maxEvents, long maxBytes, long maxAgeNanos) {
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

  /** Forgets everything and goes on as a copy of what stands behind a place in a shared log. */
  void copyFrom(EventId place) {
    logs.clear();
    sequences.clear();
    bytes = 0;
    events = 0;
    forgottenThrough = 0;
    version++;
    copiedBehind = place;
    lastSequence = place.sequence();
  }

  @Nullable EventId copiedBehind() {
    return copiedBehind;
  }

  /** The place of the last event of the shared log that was copied; null if there is no copy. */
  @Nullable EventId copiedThrough() {
    EventId behind = copiedBehind;
    return behind == null ? null : new EventId(behind.epoch(), lastSequence);
  }

  /**
   * Returns whether all that stands behind a sequence in some topics' logs is still here. Asked of
   * a copy.
   */
  boolean hasAllAfter(long sequence, List<TopicLog> topics) {
    return copiedBehind != null
        && sequence >= copiedBehind.sequence()
        && sequence >= forgottenThrough
        && topics.stream().allMatch(log -> log.missingAfter(sequence) == 0);
  }

  int events() {
    return events;
  }

  long bytes() {
    return bytes;
  }

  long version() {
    return version;
  }

  long forgottenThrough() {
    return forgottenThrough;
  }

  /** Gives the event its place in the order, and keeps it. */
  void append(String topic, Frame frame, byte[] idPrefix, long nowNanos) {
    frame.complete(idPrefix, ++lastSequence, nowNanos);
    if (!isOn()) {
      return;
    }
    TopicLog log = logOf(topic);
    log.add(frame);
    if (frame.ownId() != null) {
      sequences.put(frame.ownId(), frame.sequence());
    }
    events++;
    bytes += frame.length();
    if (log.size() > maxEvents) {
      evict(log);
    }
    expire(log, nowNanos);
    while (bytes > maxBytes) {
      shrinkLargest();
    }
  }

  private TopicLog logOf(String topic) {
    TopicLog log = logs.get(topic);
    if (log == null) {
      log = new TopicLog(topic, lastSequence);
      logs.put(topic, log);
      version++;
      if (logs.size() > MAX_TOPICS) {
        forgetEldest();
      }
    }
    return log;
  }

  private void forgetEldest() {
    Iterator<TopicLog> eldest = logs.values().iterator();
    TopicLog log = eldest.next();
    forgottenThrough = Math.max(forgottenThrough, log.lastSequence());
    while (log.size() > 0) {
      evict(log);
    }
    eldest.remove();
    version++;
  }

  private void shrinkLargest() {
    TopicLog largest =
        logs.values().stream().max(Comparator.comparingLong(TopicLog::bytes)).orElseThrow();
    long target = largest.bytes() / 8 * 7;
    while (largest.bytes() > target) {
      evict(largest);
    }
  }

  /** Forgets what has become too old. Called now and then. */
  void expire(long nowNanos) {
    for (TopicLog log : logs.values()) {
      expire(log, nowNanos);
    }
  }

  private void expire(TopicLog log, long nowNanos) {
    while (log.size() > 0 && nowNanos - log.oldest().bornNanos() > maxAgeNanos) {
      evict(log);
    }
  }

  private void evict(TopicLog log) {
    String ownId = log.oldest().ownId();
    if (ownId != null) {
      sequences.remove(ownId);
    }
    bytes -= log.evict();
    events--;
  }

  /** The sequence of the event with this id of a publisher's; empty if it is not, or not kept. */
  Optional<Long> sequenceOf(String ownId) {
    return Optional.ofNullable(sequences.get(ownId));
  }

  /** Returns the logs of the topics that one of the filters selects. */
  List<TopicLog> select(Collection<TopicFilter> filters) {
    List<TopicLog> selected = new ArrayList<>();
    if (filters.stream().allMatch(TopicFilter::isExact)) {
      for (TopicFilter filter : filters) {
        TopicLog log = logs.get(filter.text());
        if (log != null) {
          selected.add(log);
        }
      }
      return selected;
    }
    // Taken apart once: a request may have hundreds of filters, and there may be thousands of logs.
    for (TopicLog log : logs.values()) {
      List<String> segments = TopicName.segments(log.topic());
      if (filters.stream().anyMatch(filter -> filter.matches(segments))) {
        selected.add(log);
      }
    }
    return selected;
  }
}
