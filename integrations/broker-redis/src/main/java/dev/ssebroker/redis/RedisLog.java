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
 * A log in Redis, which all brokers share that have the same servers and prefix.
 *
 * <p><i>Threads:</i> all methods may be called by any threads at once. What many threads append at
 * a time is sent in one go. Nothing is connected to before it is needed, so that a broker starts
 * without Redis; whoever asks for something while Redis is away is told why it cannot be had.
 *
 * <p><i>Order and loss:</i> the events are one stream with sequences without holes. Redis itself
 * may lose the newest events, with what it had acknowledged: when a replica takes over that did not
 * have them yet, or when it is started again with data that is older. Whoever follows the log
 * notices that and begins a new epoch. If Redis has lost all, the log begins anew, in a new epoch,
 * too.
 *
 * <p><i>Exactly once:</i> an event whose answer does not come is sent again, for as long as the
 * {@linkplain Builder#timeout timeout} lasts, and stored once all the same. An append that fails
 * says whether the events may have been stored.
 *
 * <p><i>Servers:</i> Redis 6.2 or newer, or Valkey; a replicated set whose members are all given,
 * of which the master is found by asking; or the nodes of a cluster. Let it evict nothing ({@code
 * maxmemory-policy noeviction}). The keys are {@code {prefix}:log}, {@code {prefix}:events}, which
 * is the stream, {@code {prefix}:marks}, {@code {prefix}:writer:…} and {@code {prefix}:id:…}.
 *
 * <p><i>Permissions:</i> a user of its own needs no more than {@code ~{prefix}:*} and {@code +hello
 * +select +evalsha +eval +get +set +del +hget +hset +hmget +lindex +llen +lpush +rpop +time +xadd
 * +xinfo|stream +xrange +xread +xtrim}, where Redis 6.2 wants {@code +xinfo}.
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

  /**
   * Returns a builder with all settings at their defaults.
   *
   * @return the builder
   */
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

  /** Frees all who wait, who are told that the log is closed; the events stay in Redis. */
  @Override
  public void close() {
    members.close();
    appender.close();
  }

  /** Returns the servers and the prefix; no password. */
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
     * Sets where Redis is: {@code redis://[user[:password]@]host[:port][/database]}, or {@code
     * rediss://} for TLS, under which the server's certificate must be the host's. What is not a
     * letter or a digit in user and password is percent-encoded.
     *
     * @param uri the address; {@code redis://localhost} unless set
     * @return this
     * @throws IllegalArgumentException if it is not of that form; the message shows none of it
     */
    public Builder uri(String uri) {
      return uris(List.of(uri));
    }

    /**
     * Sets where the members of one replicated set are, or the nodes of a cluster. The log uses
     * whichever says that it is the master, and looks for it again when that changes.
     *
     * @param uris from 1 to 64 addresses, each as for {@link #uri}
     * @return this
     * @throws IllegalArgumentException if there is none, or one is not of that form
     */
    public Builder uris(List<String> uris) {
      Bounds.check("number of uris", uris.size(), 1, MAX_URIS);
      this.addresses = uris.stream().map(Address::parse).toList();
      return this;
    }

    /**
     * Sets what the names of all keys begin with, in braces: logs with different prefixes have
     * nothing in common.
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
     * Sets how many events Redis keeps at least, if they are not too old; it drops older ones by
     * the hundred. What is set by the log that appends holds.
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
     * Sets for how long Redis keeps an event at least, if there are not too many. Older ones are
     * dropped by the hundred, an eighth of this time later at the latest, when something is
     * appended.
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
     * Sets how long an append may take, and how long any other request, or finding the master, may
     * take.
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
     * Sets whom to trust under TLS, and with which certificate to answer if the server asks for
     * one.
     *
     * @param context the context; the JDK's default one unless set
     * @return this
     */
    public Builder sslContext(SSLContext context) {
      this.sslContext = Objects.requireNonNull(context, "context");
      return this;
    }

    /**
     * Makes the log. Redis need not be there yet.
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
