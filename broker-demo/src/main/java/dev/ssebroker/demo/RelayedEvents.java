package dev.ssebroker.demo;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.EventLogException;
import dev.ssebroker.RefusedIdException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the events of an upstream, each one once. Not thread-safe, except {@link #published}.
 */
final class RelayedEvents {
  /*
   * Duplicates. An upstream that ignores Last-Event-ID repeats its events after a reconnect. A repeated
   * event has the same id, type and data. The id alone is not enough: an upstream that counts from 1 uses
   * the same ids again after a restart, for new events. An event without an id is never a duplicate.
   */

  /** The type of an upstream's gap notice, since {@link Event#GAP} is the broker's own type. */
  static final String UPSTREAM_GAP = "upstream-gap";

  /** The number of events that are remembered by their ids. */
  static final int MAX_REMEMBERED = 10_000;

  private final Broker broker;
  private final String topic;

  /** The hashes of type and data by id, oldest first. */
  private final Map<String, Integer> hashes = new LinkedHashMap<>();

  /**
   * The id of an event whose publication failed but may have been stored; null if there is none.
   */
  private @Nullable String possiblyStoredId;

  private final AtomicLong published = new AtomicLong();
  private long duplicates;
  private long refused;

  RelayedEvents(Broker broker, String topic) {
    this.broker = broker;
    this.topic = topic;
  }

  /**
   * Publishes the event, unless it was published before. It keeps its id if the broker accepts it.
   *
   * @param id null if the event has no id of its own
   * @throws IllegalArgumentException if no broker accepts the event; it is then counted as refused
   * @throws dev.ssebroker.BrokerClosedException if the broker is closed
   * @throws EventLogException if the broker's log does not accept it; the call may be repeated
   */
  void publish(@Nullable String id, String type, String data) {
    int hash = Objects.hash(type, data);
    if (id == null) {
      publish(event(type, data));
    } else if (isDuplicate(id, hash)) {
      duplicates++;
    } else {
      publish(id, event(type, data));
      remember(id, hash);
    }
  }

  private boolean isDuplicate(String id, int hash) {
    Integer earlier = hashes.get(id);
    if (earlier == null || earlier != hash) {
      return false;
    }
    remember(id, hash);
    return true;
  }

  private void remember(String id, int hash) {
    hashes.remove(id);
    hashes.put(id, hash);
    if (hashes.size() > MAX_REMEMBERED) {
      hashes.remove(hashes.keySet().iterator().next());
    }
  }

  private Event event(String type, String data) {
    try {
      return Event.of(type.equals(Event.GAP) ? UPSTREAM_GAP : type, data);
    } catch (IllegalArgumentException e) {
      refused++;
      throw e;
    }
  }

  /** Counts an event that was refused before it could be published. */
  void countRefused() {
    refused++;
  }

  private void publish(String id, Event event) {
    try {
      broker.publish(topic, event.withId(id));
      published.incrementAndGet();
    } catch (IllegalArgumentException e) {
      // The broker refuses the id, but not the event. Unless an earlier attempt has stored it.
      if (id.equals(possiblyStoredId)
          && e instanceof RefusedIdException refusal
          && refusal.publishedBefore()) {
        published.incrementAndGet();
      } else {
        publish(event);
      }
    } catch (EventLogException e) {
      possiblyStoredId = id;
      throw e;
    }
    possiblyStoredId = null;
  }

  private void publish(Event event) {
    broker.publish(topic, event);
    published.incrementAndGet();
  }

  /** Returns the number of published events. May be called by any thread. */
  long published() {
    return published.get();
  }

  /** Returns the number of skipped duplicates. */
  long duplicates() {
    return duplicates;
  }

  /** Returns the number of events that no broker accepts. */
  long refused() {
    return refused;
  }
}
