package dev.ssebroker;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One client's place in the broker, as the one who subscribed it sees it. Thread-safe. */
public interface Subscription extends AutoCloseable {

  /**
   * The client's number: unique within its broker, rising, and part of its writer's thread name.
   *
   * @return 1 or more
   */
  long id();

  /**
   * What the client receives.
   *
   * @return the topics it was subscribed with, at least one
   */
  List<String> topics();

  /**
   * How far the client is behind what was published to it.
   *
   * @return the state at this moment
   */
  Lag lag();

  /**
   * Ends the client in an orderly way: it receives no event published from now on, what was
   * published for it is still written, and its sink is ended and closed. Returns at once. Does
   * nothing if the client is ending already.
   */
  @Override
  void close();

  /**
   * Says that the client itself has gone, as the one who reads its connection noticed: what is
   * queued is discarded and the sink is closed. Returns at once. Does nothing if the client has
   * ended already; if it is ending in an orderly way, its reason stays and the waiting is over.
   */
  void clientLeft();

  /**
   * Waits until the client has ended and its sink is closed.
   *
   * @return why it ended
   * @throws InterruptedException if the waiting thread is interrupted; the client stays
   */
  CloseReason awaitEnd() throws InterruptedException;

  /** Describes a subscription; what is not set is as the broker has it. Not thread-safe. */
  final class Builder {
    private final Broker broker;
    private final Broker.Builder defaults;
    private final List<TopicFilter> filters;
    private @Nullable String lastEventId;
    private @Nullable Overflow overflow;
    private @Nullable Duration heartbeat;
    private @Nullable Duration maxAge;
    private @Nullable Integer outboxEvents;
    private @Nullable Long outboxBytes;

    Builder(Broker broker, Broker.Builder defaults, List<String> topics) {
      this.broker = broker;
      this.defaults = defaults;
      this.filters = topics.stream().distinct().map(TopicFilter::parse).toList();
      if (filters.isEmpty()) {
        throw new IllegalArgumentException("topics is empty; a subscription needs at least one");
      }
    }

    /**
     * Resumes behind an event: the client receives what it missed since, and then what comes,
     * without a hole and without a double. Where that cannot be, it receives a gap notice.
     *
     * @param id what the client sent as {@code Last-Event-ID}; the empty one counts as none (HTML
     *     §9.2.3); one that no broker gave out is not an error but a gap
     * @return this
     */
    public Builder lastEventId(String id) {
      this.lastEventId = id.isEmpty() ? null : id;
      return this;
    }

    /**
     * Sets what happens when the outbox is full.
     *
     * @param overflow the policy
     * @return this
     */
    public Builder overflow(Overflow overflow) {
      this.overflow = Objects.requireNonNull(overflow, "overflow");
      return this;
    }

    /**
     * Sets how long the stream may be quiet before a comment is written.
     *
     * @param heartbeat from 100 milliseconds to one hour
     * @return this
     * @throws IllegalArgumentException if it is out of bounds
     */
    public Builder heartbeat(Duration heartbeat) {
      this.heartbeat = Settings.checkHeartbeat(heartbeat);
      return this;
    }

    /**
     * Sets how long the client may stay; it is ended, in an orderly way, at a random moment in the
     * last fifth of that time.
     *
     * @param maxAge from one second to 365 days
     * @return this
     * @throws IllegalArgumentException if it is out of bounds
     */
    public Builder maxAge(Duration maxAge) {
      this.maxAge = Settings.checkMaxAge(maxAge);
      return this;
    }

    /**
     * Bounds the outbox by events.
     *
     * @param events from 1 to 1,048,576
     * @return this
     * @throws IllegalArgumentException if it is out of bounds
     */
    public Builder outboxEvents(int events) {
      this.outboxEvents = Settings.checkOutboxEvents(events);
      return this;
    }

    /**
     * Bounds the outbox by bytes. One event that is larger is taken all the same if nothing else is
     * queued.
     *
     * @param bytes from 1 KiB to 1 GiB
     * @return this
     * @throws IllegalArgumentException if it is out of bounds
     */
    public Builder outboxBytes(long bytes) {
      this.outboxBytes = Settings.checkOutboxBytes(bytes);
      return this;
    }

    /**
     * Adds the client. The first bytes its sink is given, at once, are a comment, which clients
     * ignore and which opens the stream through proxies.
     *
     * @param sink where the client's bytes go; the broker closes it when the client ends
     * @return the client's place in the broker
     * @throws BrokerClosedException if the broker is closed; the sink is not touched
     */
    public Subscription open(Sink sink) {
      return broker.add(this, Objects.requireNonNull(sink, "sink"));
    }

    List<TopicFilter> filters() {
      return filters;
    }

    /** Null if the client is new. */
    @Nullable String lastEventId() {
      return lastEventId;
    }

    Overflow overflow() {
      return overflow == null ? defaults.overflow : overflow;
    }

    Duration heartbeat() {
      return heartbeat == null ? defaults.heartbeat : heartbeat;
    }

    /** Null if the client may stay for ever. */
    @Nullable Duration maxAge() {
      return maxAge == null ? defaults.maxAge : maxAge;
    }

    int outboxEvents() {
      return outboxEvents == null ? defaults.outboxEvents : outboxEvents;
    }

    long outboxBytes() {
      return outboxBytes == null ? defaults.outboxBytes : outboxBytes;
    }
  }
}
