package dev.ssebroker;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One client of a broker, as its subscriber sees it. Thread-safe. */
public interface Subscription extends AutoCloseable {

  /**
   * The client's number: unique within its broker, rising, and part of its writers' thread name.
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
   * How far the client lags behind what was published to it.
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
  void disconnected();

  /**
   * Waits until the client has ended and its sink is closed.
   *
   * @return why it ended
   * @throws InterruptedException if the waiting thread is interrupted; the client stays
   */
  CloseReason awaitEnd() throws InterruptedException;

  /** Describes a client; what is not set is as the broker has it. Not thread-safe. */
  final class Builder extends ClientSettings<Builder> {
    private final Broker broker;
    private final Filters filters;
    private @Nullable String lastEventId;

    Builder(Broker broker, SubscriptionSettings defaults, List<String> topics) {
      super(defaults);
      this.broker = broker;
      this.filters = Filters.of(topics.stream().distinct().map(TopicFilter::parse).toList());
      if (topics.isEmpty()) {
        throw new IllegalArgumentException("topics is empty; a subscription needs at least one");
      }
    }

    @Override
    Builder self() {
      return this;
    }

    /**
     * Resumes after an event: the client receives the events that it missed, and then new ones,
     * without a hole and without a double. Where that is impossible, it receives a gap notice.
     *
     * @param id what the client sent as {@code Last-Event-ID}; null, which servlets return if none
     *     was sent, and the empty one count as none (HTML §9.2.3); one that no broker gave out is
     *     not an error but a gap
     * @return this
     */
    public Builder lastEventId(@Nullable String id) {
      this.lastEventId = id == null || id.isEmpty() ? null : id;
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

    Filters filters() {
      return filters;
    }

    /** Null if the client is new. */
    @Nullable String lastEventId() {
      return lastEventId;
    }
  }
}
