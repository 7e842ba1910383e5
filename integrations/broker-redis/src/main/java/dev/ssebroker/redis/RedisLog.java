package dev.ssebroker.redis;

import dev.ssebroker.Event;
import dev.ssebroker.EventId;
import dev.ssebroker.EventLog;
import dev.ssebroker.EventLogException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * A log in Redis. Brokers share a log if they use the same servers and the same prefix.
 *
 * <p><i>Threads:</i> any thread may call any method at any time. Concurrent appends are sent as one
 * batch. The log connects when it first needs Redis, so a broker can start while Redis is
 * unavailable. A call that needs Redis then throws an {@link EventLogException} with the reason.
 *
 * <p><i>Order and loss:</i> all events are in one stream, and their sequences have no holes. Redis
 * may lose the newest events, even acknowledged ones, if a replica without them is promoted, or if
 * Redis restarts with older data. The brokers that follow the log notice the loss, and the log
 * continues in a new epoch. If Redis loses all its data, the log starts again in a new epoch.
 *
 * <p><i>Exactly once:</i> if the answer to an append is missing, the log sends the events again
 * until the {@linkplain Builder#timeout timeout}, and stores them once. The exception of a failed
 * append says whether the events may have been stored.
 *
 * <p><i>Servers:</i> Redis 6.2 or newer, or Valkey: one server, all members of a replicated set, or
 * the nodes of a cluster. The log finds the master itself. Redis must not evict keys ({@code
 * maxmemory-policy noeviction}). The keys are {@code {prefix}:log}, {@code {prefix}:events} (the
 * stream), {@code {prefix}:marks}, {@code {prefix}:writer:…} and {@code {prefix}:id:…}.
 *
 * <p><i>Permissions:</i> the Redis user needs {@code ~{prefix}:*} and {@code +hello +select
 * +evalsha +eval +get +set +del +hget +hset +hmget +lindex +llen +lpush +rpop +time +xadd
 * +xinfo|stream +xrange +xread +xtrim}; on Redis 6.2, {@code +xinfo} instead of {@code
 * +xinfo|stream}.
 */
public final class RedisLog implements EventLog {
  private final Settings settings;
  private final Keys names;
  private final Members members;
  private final Appender appender;
  private final Reader reader;

  private record Settings(
      List<Address> addresses,
      String prefix,
      long maxEvents,
      Duration maxAge,
      Duration timeout,
      SSLSocketFactory tls) {}

  private RedisLog(Settings settings) {
    this.settings = settings;
    this.names = new Keys(settings.prefix);
    this.members = new Members(settings.addresses, settings.tls, names.state());
    this.reader = new Reader(members, names, settings.timeout);
    this.appender =
        new Appender(members, names, settings.timeout, settings.maxEvents, settings.maxAge);
  }

  /** {@return a builder with all settings at their defaults} */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public List<EventId> append(String topic, List<Event> events) {
    return appender.append(new Call(names, Objects.requireNonNull(topic, "topic"), events));
  }

  @Override
  public List<Entry> read(EventId after, int limit) {
    Bounds.check("limit", limit, 1, Integer.MAX_VALUE);
    return request(() -> reader.read(after, limit));
  }

  @Override
  public List<Entry> follow(EventId after, int limit, Duration wait) {
    Bounds.check("limit", limit, 1, Integer.MAX_VALUE);
    return request(() -> reader.follow(after, limit, wait));
  }

  @Override
  public EventId end() {
    return request(() -> reader.end(appender.keys(List.of()), appender.arguments(0, List.of())));
  }

  @Override
  public Optional<EventId> find(String ownId) {
    return request(() -> reader.find(Objects.requireNonNull(ownId, "ownId")));
  }

  private <T> T request(Request<T> request) {
    if (members.isClosed()) {
      throw new EventLogException("the log is closed");
    }
    try {
      return request.send();
    } catch (Fault fault) {
      if (members.isClosed()) {
        throw new EventLogException("the log is closed", fault);
      }
      throw new EventLogException(fault.text(), fault);
    }
  }

  @FunctionalInterface
  private interface Request<T> {
    T send() throws Fault;
  }

  /**
   * Closes all connections. Waiting calls throw an {@link EventLogException}. The events stay in
   * Redis.
   */
  @Override
  public void close() {
    members.close();
    appender.close();
  }

  /** {@return the servers and the prefix, without passwords} */
  @Override
  public String toString() {
    return "RedisLog[%s at %s]".formatted(settings.prefix, settings.addresses);
  }

  /** The settings of a log. Not thread-safe. */
  public static final class Builder {
    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._:/-]{1,64}");
    private static final int MAX_URIS = 64;
    private static final long MIN_EVENTS = 1;
    private static final long MAX_EVENTS = 1_000_000_000;
    private static final Duration MIN_AGE = Duration.ofSeconds(1);
    private static final Duration MAX_AGE = Duration.ofDays(365);
    private static final Duration MIN_TIMEOUT = Duration.ofMillis(100);
    private static final Duration MAX_TIMEOUT = Duration.ofMinutes(1);

    private List<Address> addresses = List.of(Address.parse("redis://localhost"));
    private String prefix = "ssebroker";
    private long maxEvents = 100_000;
    private Duration maxAge = Duration.ofHours(1);
    private Duration timeout = Duration.ofSeconds(2);
    private @Nullable SSLContext sslContext;

    private Builder() {}

    /**
     * Sets the address of Redis: {@code redis://[user[:password]@]host[:port][/database]}, or
     * {@code rediss://} for TLS. The port is 6379 and the database is 0 unless given. With TLS, the
     * certificate of the server must be valid for the host. User and password are percent-encoded
     * except for letters and digits.
     *
     * @param uri the address; {@code redis://localhost} unless set
     * @return this
     * @throws IllegalArgumentException if it has another form; the message contains no part of it
     */
    public Builder uri(String uri) {
      return uris(List.of(uri));
    }

    /**
     * Sets the addresses of the members of one replicated set, or of the nodes of a cluster. The
     * log uses the member that is the master, and finds the new master after a failover.
     *
     * @param uris from 1 to 64 addresses, each as for {@link #uri}
     * @return this
     * @throws IllegalArgumentException if their number is out of bounds, or if one has another form
     */
    public Builder uris(List<String> uris) {
      Bounds.check("number of uris", uris.size(), 1, MAX_URIS);
      this.addresses = uris.stream().map(Address::parse).toList();
      return this;
    }

    /**
     * Sets the prefix of all keys, which is in braces. Logs with different prefixes share nothing.
     *
     * @param prefix 1 to 64 letters, digits, dots, underscores, colons, slashes and hyphens; {@code
     *     ssebroker} unless set
     * @return this
     * @throws IllegalArgumentException if it is empty, too long, or has other characters
     */
    public Builder prefix(String prefix) {
      if (!PREFIX.matcher(prefix).matches()) {
        throw new IllegalArgumentException(
            "prefix is '%s'; allowed are 1 to 64 letters, digits and . _ : / -".formatted(prefix));
      }
      this.prefix = prefix;
      return this;
    }

    /**
     * Sets the number of events to keep, unless {@link #maxAge} expires them before. Appends evict
     * older events, in nodes of the stream of up to a hundred events, so Redis may keep some more.
     * The setting of the log that appends applies.
     *
     * @param events from 1 to 1,000,000,000; 100,000 unless set
     * @return this
     * @throws IllegalArgumentException if the number is out of bounds
     */
    public Builder maxEvents(long events) {
      this.maxEvents = Bounds.check("maxEvents", events, MIN_EVENTS, MAX_EVENTS);
      return this;
    }

    /**
     * Sets how long to keep an event, unless {@link #maxEvents} evicts it before. Appends expire
     * older events, at the latest an eighth of this time later, in nodes of the stream of up to a
     * hundred events.
     *
     * @param age from one second to 365 days; one hour unless set
     * @return this
     * @throws IllegalArgumentException if it is out of bounds
     */
    public Builder maxAge(Duration age) {
      this.maxAge = Bounds.check("maxAge", age, MIN_AGE, MAX_AGE);
      return this;
    }

    /**
     * Sets the maximum time of an append, of any other request, and of a search for the master.
     *
     * @param timeout from 100 milliseconds to one minute; 2 seconds unless set
     * @return this
     * @throws IllegalArgumentException if it is out of bounds
     */
    public Builder timeout(Duration timeout) {
      this.timeout = Bounds.check("timeout", timeout, MIN_TIMEOUT, MAX_TIMEOUT);
      return this;
    }

    /**
     * Sets the TLS context: the certificates to trust, and the client certificate if the server
     * requires one.
     *
     * @param context the context; the JDK's default one unless set
     * @return this
     */
    public Builder sslContext(SSLContext context) {
      this.sslContext = Objects.requireNonNull(context, "context");
      return this;
    }

    /**
     * Opens the log. Redis may be unavailable.
     *
     * @return the log
     */
    public RedisLog open() {
      SSLSocketFactory tls =
          sslContext == null
              ? (SSLSocketFactory) SSLSocketFactory.getDefault()
              : sslContext.getSocketFactory();
      return new RedisLog(new Settings(addresses, prefix, maxEvents, maxAge, timeout, tls));
    }
  }
}
