package dev.ssebroker;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * An ordered log that several brokers share, so that clients and publishers may use any of them.
 * All read the same events in the same order and under the same ids. Each closes its own instance.
 *
 * <p><i>Threads:</i> any threads may call all methods at once. A broker calls them without holding
 * a lock, so they may block, and follows the log on one thread.
 *
 * <p><i>Order:</i> the sequences of an epoch have no holes, whichever brokers append. A log that
 * may have lost stored events begins a new epoch, with sequences of its choice. Neighbouring ids
 * thus show a reader whether events between them are missing.
 */
public interface EventLog extends AutoCloseable {
  /**
   * One event and its position.
   *
   * @param id its position, also if the event has an id of its own
   * @param topic the name of the topic that it was published to
   * @param event the event as it was published
   */
  record Entry(EventId id, String topic, Event event) {}

  /**
   * Stores events next to each other. Returns when they are stored, or fails after a bounded time.
   *
   * @param topic a topic's name
   * @param events at least one
   * @return their positions, in the order of the events
   * @throws RefusedIdException if an event's own id is one of an event that the log still has, is
   *     in the list twice, or begins as the ids of the log's epoch do; nothing is then stored
   * @throws EventLogException if the log cannot be reached, or is closed; its message says whether
   *     the events may be stored nevertheless, even after what the caller appends next
   */
  List<EventId> append(String topic, List<Event> events);

  /**
   * Reads the events after a position, for clients that reconnect. Reads from the oldest event in
   * the log if the next ones are no longer kept, or if the log does not know the epoch.
   *
   * @param after a position; a client may have made it up
   * @param limit the most events to return, at least 1
   * @return the next events in their order, perhaps fewer than there are; empty if there are none
   * @throws EventLogException if the log cannot be reached, or is closed
   */
  List<Entry> read(EventId after, int limit);

  /**
   * Reads as {@link #read} does, and waits if there is no event: first from the {@link #end}, then
   * from the last event read. A log that may have lost what was read begins a new epoch here.
   *
   * @param after the last position that was read
   * @param limit the most events to return, at least 1
   * @param wait how long to wait for the first event; zero for not at all
   * @return the next events in their order, perhaps fewer than there are; empty after the wait
   * @throws EventLogException if the log cannot be reached, or is closed
   */
  List<Entry> follow(EventId after, int limit, Duration wait);

  /**
   * {@return the newest event's position, kept or not; the one before the first if there is none}
   *
   * @throws EventLogException if the log cannot be reached, or is closed
   */
  EventId end();

  /**
   * {@return the position of the event with this id of its publisher; empty if none is kept}
   *
   * @param ownId the id
   * @throws EventLogException if the log cannot be reached, or is closed
   */
  Optional<EventId> find(String ownId);

  /** Wakes the threads that wait, and releases what the log uses. The events stay. */
  @Override
  void close();
}
