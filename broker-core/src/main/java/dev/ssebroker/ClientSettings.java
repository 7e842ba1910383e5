package dev.ssebroker;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The settings of all clients of a broker, or of one subscription. Not thread-safe.
 *
 * @param <B> the type of the builder
 */
public abstract sealed class ClientSettings<B extends ClientSettings<B>>
    permits Broker.Builder, Subscription.Builder {
  private Overflow overflow;
  private int queueEvents;
  private long queueBytes;
  private Duration heartbeat;
  private @Nullable Duration maxAge;

  ClientSettings(SubscriptionSettings defaults) {
    this.overflow = defaults.overflow();
    this.queueEvents = defaults.queueEvents();
    this.queueBytes = defaults.queueBytes();
    this.heartbeat = defaults.heartbeat();
    this.maxAge = defaults.maxAge();
  }

  abstract B self();

  final SubscriptionSettings settings() {
    return new SubscriptionSettings(overflow, queueEvents, queueBytes, heartbeat, maxAge);
  }

  /**
   * Sets what happens when the queue is full.
   *
   * @param overflow the policy; {@link Overflow#REPLAY} unless set
   * @return this
   */
  public final B overflow(Overflow overflow) {
    this.overflow = Objects.requireNonNull(overflow, "overflow");
    return self();
  }

  /**
   * Bounds the queue by events.
   *
   * @param events from 1 to 1,048,576; 1,024 unless set
   * @return this
   * @throws IllegalArgumentException if the number is out of bounds
   */
  public final B queueEvents(int events) {
    this.queueEvents = (int) Settings.checkNumber("queueEvents", events, 1, 1 << 20);
    return self();
  }

  /**
   * Bounds the queue by bytes. A larger event is accepted if the queue has no other event.
   *
   * @param bytes from 1 KiB to 1 GiB; 1 MiB unless set
   * @return this
   * @throws IllegalArgumentException if the number is out of bounds
   */
  public final B queueBytes(long bytes) {
    this.queueBytes = Settings.checkNumber("queueBytes", bytes, 1024, 1L << 30);
    return self();
  }

  /**
   * Sets how long the stream may be quiet before a comment is written.
   *
   * @param heartbeat from 100 milliseconds to one hour; 15 seconds unless set (proxies allow 60)
   * @return this
   * @throws IllegalArgumentException if the time is out of bounds
   */
  public final B heartbeat(Duration heartbeat) {
    this.heartbeat = Settings.checkDuration("heartbeat", heartbeat, Settings.SHORT, Settings.HOUR);
    return self();
  }

  /**
   * Sets how long a client may stay. It ends in an orderly way at a random moment in the last fifth
   * of that time, so that clients do not all reconnect at once.
   *
   * @param maxAge from one second to 365 days; for ever unless set
   * @return this
   * @throws IllegalArgumentException if the time is out of bounds
   */
  public final B maxAge(Duration maxAge) {
    this.maxAge = Settings.checkDuration("maxAge", maxAge, Settings.SECOND, Settings.YEAR);
    return self();
  }
}
