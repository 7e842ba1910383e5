package dev.ssebroker;

import java.time.Duration;
import java.util.Objects;

/**
 * How a client is served. The broker's builder says it for all clients, a subscription's for one.
 * Not thread-safe.
 *
 * @param <B> the builder that has these settings among its own
 */
public abstract sealed class ClientSettings<B extends ClientSettings<B>>
    permits Broker.Builder, Subscription.Builder {
  private static final int MAX_QUEUE_EVENTS = 1 << 20;
  private static final long MIN_QUEUE_BYTES = 1024;
  private static final long MAX_QUEUE_BYTES = 1L << 30;

  private SubscriptionSettings settings;

  ClientSettings(SubscriptionSettings settings) {
    this.settings = settings;
  }

  abstract B self();

  /** Returns what was set until now. */
  final SubscriptionSettings settings() {
    return settings;
  }

  /**
   * Sets what happens when the queue is full.
   *
   * @param overflow the policy; {@link Overflow#REPLAY} unless set
   * @return this
   */
  public final B overflow(Overflow overflow) {
    settings = settings.withOverflow(Objects.requireNonNull(overflow, "overflow"));
    return self();
  }

  /**
   * Bounds the queue by events.
   *
   * @param events from 1 to 1,048,576; 1,024 unless set, enough for a pause of half a second at
   *     2,000 events a second
   * @return this
   * @throws IllegalArgumentException if the number is out of bounds
   */
  public final B queueEvents(int events) {
    settings =
        settings.withQueueEvents(
            (int) Settings.checkNumber("queueEvents", events, 1, MAX_QUEUE_EVENTS));
    return self();
  }

  /**
   * Bounds the queue by bytes. One event that is larger is taken all the same if nothing else is
   * queued.
   *
   * @param bytes from 1 KiB to 1 GiB; 1 MiB unless set
   * @return this
   * @throws IllegalArgumentException if the number is out of bounds
   */
  public final B queueBytes(long bytes) {
    settings =
        settings.withQueueBytes(
            Settings.checkNumber("queueBytes", bytes, MIN_QUEUE_BYTES, MAX_QUEUE_BYTES));
    return self();
  }

  /**
   * Sets how long the stream may be quiet before a comment is written. Streams with events get
   * none.
   *
   * @param heartbeat from 100 milliseconds to one hour; 15 seconds unless set, well below the 60
   *     after which common proxies give up
   * @return this
   * @throws IllegalArgumentException if it is out of bounds
   */
  public final B heartbeat(Duration heartbeat) {
    settings =
        settings.withHeartbeat(
            Settings.checkDuration("heartbeat", heartbeat, Settings.SHORT, Settings.HOUR));
    return self();
  }

  /**
   * Sets how long the client may stay; it is ended, in an orderly way, at a random moment in the
   * last fifth of that time, so that clients do not all come back at once.
   *
   * @param maxAge from one second to 365 days; for ever unless set
   * @return this
   * @throws IllegalArgumentException if it is out of bounds
   */
  public final B maxAge(Duration maxAge) {
    settings =
        settings.withMaxAge(
            Settings.checkDuration("maxAge", maxAge, Settings.SECOND, Settings.YEAR));
    return self();
  }
}
