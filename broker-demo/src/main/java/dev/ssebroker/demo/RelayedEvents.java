package dev.ssebroker.demo;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.EventLogException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Publishes what an upstream sent, each event once. Not thread-safe, but for {@link #published}.
 */
final class RelayedEvents {
  /*
   * An upstream that does not know Last-Event-ID sends everything again. Such an event has the id,
   * the type and the data of an earlier one. The id alone does not say so: an upstream that counts
   * from 1 begins with the same ids after a restart, and its events are new. An event without an id
   * of its own is never taken for another one.
   */

  /** What {@link Event#GAP} of an upstream is called here, where that type is the broker's own. */
  static final String UPSTREAM_GAP = "upstream-gap";

  /** How many events are remembered by their ids. */
  static final int REMEMBERED = 10_000;

  /** How a broker ends its refusal of an id that an event has. */
  private static final String PUBLISHED_BEFORE = "was published before";

  private final Broker broker;
  private final String topic;

  /** A hash of type and data, by id; the oldest first. */
  private final Map<String, Integer> contents = new LinkedHashMap<>();

  /** What was tried last and may be stored all the same; null if nothing was. */
  private @Nullable String doubtfulId;

  private final AtomicLong published = new AtomicLong();
  private long duplicates;
  private long refused;

  RelayedEvents(Broker broker, String topic) {
    this.broker = broker;
    this.topic = topic;
  }

  /**
   * Publishes the event, unless it was published before. It keeps its id if the broker takes it.
   *
   * @param id null if the event has none of its own
   * @throws IllegalArgumentException if it is not an event that a broker takes; it is then counted
   *     as refused
   * @throws dev.ssebroker.BrokerClosedException if the broker is closed
   * @throws EventLogException if the broker's log does not take it; it may be given again
   */
  void take(@Nullable String id, String type, String data) {
    int content = Objects.hash(type, data);
    if (id == null) {
      publish(event(type, data));
    } else if (isRemembered(id, content)) {
      duplicates++;
    } else {
      publish(id, event(type, data));
      remember(id, content);
    }
  }

  private boolean isRemembered(String id, int content) {
    Integer before = contents.get(id);
    if (before == null || before != content) {
      return false;
    }
    remember(id, content);
    return true;
  }

  private void remember(String id, int content) {
    contents.remove(id);
    contents.put(id, content);
    if (contents.size() > REMEMBERED) {
      contents.remove(contents.keySet().iterator().next());
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

  /** Counts an event as refused that cannot be given to {@link #take} as a whole. */
  void refuse() {
    refused++;
  }

  private void publish(String id, Event event) {
    try {
      broker.publish(topic, event.withId(id));
      published.incrementAndGet();
    } catch (IllegalArgumentException e) {
      // The id is not one for this broker; the event is, unless a try has stored it after all.
      if (id.equals(doubtfulId) && String.valueOf(e.getMessage()).endsWith(PUBLISHED_BEFORE)) {
        published.incrementAndGet();
      } else {
        publish(event);
      }
    } catch (EventLogException e) {
      doubtfulId = id;
      throw e;
    }
    doubtfulId = null;
  }

  private void publish(Event event) {
    broker.publish(topic, event);
    published.incrementAndGet();
  }

  /** May be called by any thread. */
  long published() {
    return published.get();
  }

  /** The number of events that came again and were left out. */
  long duplicates() {
    return duplicates;
  }

  /** The number of events that no broker takes. */
  long refused() {
    return refused;
  }
}
