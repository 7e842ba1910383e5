package dev.ssebroker;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One client of a broker. Thread-safe. */
public interface Subscription extends AutoCloseable {
  /** {@return the client's number in its broker, from 1 and rising; also in its threads' names} */
  long id();

  /** {@return the client's topics and topic filters, at least one} */
  List<String> topics();

  /** {@return how far the client is behind at this moment} */
  Lag lag();

  /** {@return why the client is ending or has ended; empty if it is not} */
  Optional<CloseReason> reason();

  /**
   * Drains the client: it receives the events published so far, then the end of its stream. Returns
   * at once. Does nothing if the client is ending.
   */
  @Override
  void close();

  /**
   * Cuts a client whose connection is closed: discards its queue and closes its sink. Returns at
   * once. Does nothing if the client has ended; if it is draining, its reason stays.
   */
  void disconnected();

  /**
   * Waits until the client has ended and its sink is closed.
   *
   * @return why it ended
   * @throws InterruptedException if the calling thread is interrupted; the client stays
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
     * Resumes after an event: the client receives each missed and each new event once. If that is
     * impossible, or the id is unknown, it receives a gap notice.
     *
     * @param id the client's {@code Last-Event-ID}; null and empty for none (HTML §9.2.3)
     * @return this
     */
    public Builder lastEventId(@Nullable String id) {
      this.lastEventId = id == null || id.isEmpty() ? null : id;
      return this;
    }

    /**
     * Adds the client. The stream begins with a comment, so that proxies pass it on at once.
     *
     * @param sink the client's sink; the broker closes it when the client ends
     * @return the client
     * @throws BrokerClosedException if the broker is closed; the sink is not used
     */
    public Subscription open(Sink sink) {
      return broker.add(this, Objects.requireNonNull(sink, "sink"));
    }

    Filters filters() {
      return filters;
    }

    @Nullable String lastEventId() {
      return lastEventId;
    }
  }
}
