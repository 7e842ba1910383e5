package dev.ssebroker;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One client of a broker. Thread-safe. */
public interface Subscription extends AutoCloseable {

  /**
   * {@return the client's number, 1 or more} Numbers are unique within a broker and rise. The names
   * of the client's threads have it.
   */
  long id();

  /** {@return the topics and filters of the client, at least one} */
  List<String> topics();

  /** {@return how far the client lags at this moment} */
  Lag lag();

  /**
   * Drains the client: it still receives what was published to it, and then the end of its stream.
   * Returns at once. Does nothing if the client is ending already.
   */
  @Override
  void close();

  /**
   * Cuts a client whose connection is known to be closed: discards its queue and closes its sink.
   * Returns at once. Does nothing if the client has ended; if it is draining, its reason stays.
   */
  void disconnected();

  /**
   * Waits until the client has ended and its sink is closed.
   *
   * @return why it ended
   * @throws InterruptedException if the waiting thread is interrupted; the client stays
   */
  CloseReason awaitEnd() throws InterruptedException;

  /** A client's topics and settings. The broker's settings are the defaults. Not thread-safe. */
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
     * each once. Where that is impossible, it receives a gap notice.
     *
     * @param id the client's {@code Last-Event-ID}; null and empty for none (HTML §9.2.3). An
     *     unknown id is no error but a gap
     * @return this
     */
    public Builder lastEventId(@Nullable String id) {
      this.lastEventId = id == null || id.isEmpty() ? null : id;
      return this;
    }

    /**
     * Adds the client. The first bytes that its sink receives are a comment. Clients ignore it, and
     * it opens the stream through proxies.
     *
     * @param sink where the client's bytes go; the broker closes it when the client ends
     * @return the client
     * @throws BrokerClosedException if the broker is closed; the sink is not used
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
