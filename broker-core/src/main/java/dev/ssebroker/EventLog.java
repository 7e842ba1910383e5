package dev.ssebroker;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The ordered log that several brokers share, so that a client may connect to any of them and a
 * publisher publish at any of them: what one broker appends, each of them reads in the same order
 * and under the same ids. Each broker has an instance of its own, which it closes.
 *
 * <p><i>Threads:</i> all methods may be called by any threads at once, and may block for as long as
 * they say. A broker calls none of them while it holds a lock, and follows the log on one thread.
 *
 * <p><i>Order:</i> an event that is stored has the sequence after that of the event before it in
 * the log, whichever broker appended that; an epoch has no holes. A log that may have lost events
 * it had promised to keep begins a new epoch, with sequences of its choice. A reader therefore sees
 * from two neighbouring ids whether something is missing between them.
 */
public interface EventLog extends AutoCloseable {

  /**
   * One event and its position.
   *
   * @param id its position, also if the event has an id of its own
   * @param topic the topic that it was published to
   * @param event what was said
   */
  record Entry(EventId id, String topic, Event event) {}

  /**
   * Stores the events next to each other, in this order, and returns when they are stored. It gives
   * up after a bounded time.
   *
   * @param topic a topic's name
   * @param events at least one
   * @return the position of each, in the same order
   * @throws IllegalArgumentException if an event's own id belongs to an event that the log still
   *     has, occurs twice in the list, or begins as the ids of the log's epoch do; nothing is then
   *     stored
   * @throws EventLogException if the log cannot be reached, or has been closed; its message says
   *     whether the events may have been stored all the same. They may then still be on their way,
   *     and be stored after what the caller appends next
   */
  List<EventId> append(String topic, List<Event> events);

  /**
   * Reads the events after a position, for clients that reconnect. If the next events are no longer
   * kept, or the position is of an epoch that the log does not know, it reads from the oldest event
   * that is kept.
   *
   * @param after a position, whose event need not exist: a client may have made it up
   * @param limit how many events to return at the most, at least 1
   * @return the next events in their order, perhaps fewer than there are; empty if there are none
   * @throws EventLogException if the log cannot be reached, or has been closed
   */
  List<Entry> read(EventId after, int limit);

  /**
   * Reads as {@link #read} does, and waits if there is nothing yet. The broker follows the log with
   * it, on one thread: each time from where the last time ended, the first time from the {@link
   * #end}. A log that may have lost what its follower has already read notices that here, and
   * begins a new epoch.
   *
   * @param after the last position that was read
   * @param limit how many events to return at the most, at least 1
   * @param wait how long to wait for the first, zero for not at all
   * @return the next events in their order, perhaps fewer than there are; empty if the time was
   *     over
   * @throws EventLogException if the log cannot be reached, or has been closed
   */
  List<Entry> follow(EventId after, int limit, Duration wait);

  /**
   * Returns the position of the newest event, kept or not.
   *
   * @return the position; the sequence before the epoch's first if there is none
   * @throws EventLogException if the log cannot be reached, or has been closed
   */
  EventId end();

  /**
   * Looks for the event to which its publisher gave this id.
   *
   * @param ownId the id
   * @return the event's position; empty if there is none, or it is no longer kept
   * @throws EventLogException if the log cannot be reached, or has been closed
   */
  Optional<EventId> find(String ownId);

  /** Wakes the threads that wait, and releases what the log uses; the events stay. */
  @Override
  void close();
}
