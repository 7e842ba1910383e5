package dev.ssebroker.demo;

import dev.ssebroker.Event;
import dev.ssebroker.Overflow;
import dev.ssebroker.http.Cors;
import dev.ssebroker.http.Limits;
import dev.ssebroker.http.Tls;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;

/** The options of {@code serve}, and how they are read. */
final class ServeOptions {
  private static final String TIME = "<time>";
  private static final String NUMBER = "<number>";
  private static final String SIZE = "<size>";
  private static final String HIDDEN = "********";

  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration YEAR = Duration.ofDays(365);
  private static final DurationRange SHORT_TO_HOUR =
      new DurationRange(Duration.ofMillis(100), HOUR);
  private static final NumberRange COUNT = new NumberRange(1, Integer.MAX_VALUE);

  private static final Setting<String> HOST =
      Setting.of(
          "--host",
          "<name>",
          "localhost",
          ServeOptions::host,
          "The name or address of this machine to listen on; 0.0.0.0 for all addresses.");
  private static final Setting<Integer> PORT =
      Setting.of(
          "--port",
          NUMBER,
          "3000",
          ServeOptions::port,
          "The port to listen on, from 0 to 65535; 0 picks a free one.");
  private static final Setting<Path> TLS_CERT =
      Setting.optional(
          "--tls-cert",
          "<file>",
          Path::of,
          "Serves HTTPS with the certificate chain of this PEM file, which is read again when it"
              + " changes. Requires --tls-key.");
  private static final Setting<Path> TLS_KEY =
      Setting.optional(
          "--tls-key",
          "<file>",
          Path::of,
          "The private key of the certificate, a PKCS#8 PEM file.");
  private static final Setting<Cors> CORS_ORIGINS =
      Setting.of(
          "--cors-origins",
          "<list>",
          "*",
          Origins::read,
          "The origins whose pages may read responses: * for all, none, or a list such as"
              + " https://app.example,https://*.app.example,http://localhost:*, with * for all subdomains"
              + " or all ports.");
  private static final Setting<Duration> DRAIN =
      Setting.of(
          "--drain",
          TIME,
          "500ms",
          new DurationRange(Duration.ZERO, HOUR)::read,
          "How long the demo drains streams when it stops, up to 1h.");

  private static final Setting<Interval> INTERVAL =
      Setting.of(
          "--interval",
          TIME,
          "2s",
          Interval::parse,
          "The time between two events, such as 500ms, 2s or 1m; from 1ms to 1h.");
  private static final Setting<String> MESSAGE =
      Setting.of(
          "--message",
          "<text>",
          "the time is " + Demo.TIME,
          ServeOptions::message,
          "The data of each event; {time} is replaced by the time of publication.");

  private static final Setting<Overflow> OVERFLOW =
      Setting.of(
          "--overflow",
          "<policy>",
          "replay",
          OverflowName::read,
          "The overflow policy, for a client whose queue is full: replay (from the history),"
              + " drop-oldest, drop-newest, latest (per key), disconnect, or await=250ms (the"
              + " publisher waits, up to 1m).");
  private static final Setting<Integer> QUEUE_EVENTS =
      Setting.of(
          "--queue-events",
          NUMBER,
          "1024",
          new NumberRange(1, 1 << 20)::read,
          "The maximum number of events in a client's queue, up to 1048576.");
  private static final Setting<Long> QUEUE_BYTES =
      Setting.of(
          "--queue-bytes",
          SIZE,
          "1MiB",
          new SizeRange(1 << 10, 1 << 30)::read,
          "The maximum size of a client's queue, from 1KiB to 1GiB.");
  private static final Setting<Duration> HEARTBEAT =
      Setting.of(
          "--heartbeat",
          TIME,
          "15s",
          SHORT_TO_HOUR::read,
          "Sends a comment when a stream has been idle for this long, from 100ms to 1h.");
  private static final Setting<Duration> RETRY =
      Setting.of(
          "--retry",
          TIME,
          "3s",
          SHORT_TO_HOUR::read,
          "The delay before a client reconnects, randomized by a third, from 100ms to 1h.");
  private static final Setting<Duration> MAX_AGE =
      Setting.optional(
          "--max-age",
          TIME,
          new DurationRange(Duration.ofSeconds(1), YEAR)::read,
          "The maximum age of a stream, from 1s to 8760h. Default: unlimited");
  private static final Setting<Duration> WRITE_DEADLINE =
      Setting.of(
          "--write-deadline",
          TIME,
          "30s",
          SHORT_TO_HOUR::read,
          "Cuts a client that does not accept a write within this time, from 100ms to 1h.");

  private static final Setting<Integer> HISTORY_EVENTS =
      Setting.of(
          "--history-events",
          NUMBER,
          "10000",
          new NumberRange(0, 1 << 24)::read,
          "The number of events per topic in the history; 0 disables it.");
  private static final Setting<Long> HISTORY_BYTES =
      Setting.of(
          "--history-bytes",
          SIZE,
          "64MiB",
          new SizeRange(64 << 10, 1L << 40)::read,
          "The maximum size of the history of all topics, such as 512KiB; from 64KiB to 1TiB.");
  private static final Setting<Duration> HISTORY_AGE =
      Setting.of(
          "--history-age",
          TIME,
          "10m",
          new DurationRange(Duration.ofSeconds(1), YEAR)::read,
          "The maximum age of events in the history, from 1s to 8760h.");

  private static final Setting<Integer> MAX_STREAMS =
      Setting.of(
          "--max-streams",
          NUMBER,
          Integer.toString(Limits.DEFAULT.streams()),
          COUNT::read,
          "The maximum number of streams. The limit of open files of the process must be higher by 10000.");
  private static final Setting<Integer> MAX_STREAMS_PER_ADDRESS =
      Setting.of(
          "--max-streams-per-address",
          NUMBER,
          Integer.toString(Limits.DEFAULT.streamsPerAddress()),
          COUNT::read,
          "The maximum number of streams per client address. All clients of a proxy share one address.");
  private static final Setting<Integer> MAX_ACCEPTS =
      Setting.of(
          "--max-accepts-per-second",
          NUMBER,
          Integer.toString(Limits.DEFAULT.acceptsPerSecond()),
          new NumberRange(1, 1_000_000)::read,
          "The maximum number of new connections per second; further ones wait.");
  private static final Setting<Long> MAX_BODY =
      Setting.of(
          "--max-body",
          SIZE,
          SizeRange.format(Limits.DEFAULT.bodyBytes()),
          new SizeRange(0, 1 << 30)::read,
          "The maximum size of a published event, up to 1GiB.");
  private static final Setting<Duration> MAX_IDLE =
      Setting.of(
          "--max-idle",
          TIME,
          DurationRange.format(Limits.DEFAULT.idle()),
          new DurationRange(Duration.ofMillis(10), HOUR)::read,
          "How long an idle connection is kept for its next request, from 10ms to 1h.");

  private static final Setting<String> PUBLISH_TOKEN =
      Setting.secret(
          "--publish-token",
          "<text>",
          text -> Token.read(text, 16),
          "The token that publishers must send: 16 or more visible ASCII characters. Prefer the"
              + " variable: other users of this machine can read command lines.");

  private static final Setting<List<String>> REDIS =
      Setting.optional(
          "--redis",
          "<uri>",
          SharedLog::shown,
          SharedLog::readUris,
          "Shares all events with the other demos that use this Redis:"
              + " redis://[user[:password]@]host[:port], or rediss:// for TLS. A comma-separated"
              + " list names the members of one replicated set.");
  private static final Setting<String> REDIS_PREFIX =
      Setting.of(
          "--redis-prefix",
          "<name>",
          "ssebroker",
          SharedLog::readPrefix,
          "The prefix of the Redis keys. Demos with different prefixes share nothing.");

  private static final Setting<String> RELAY =
      Setting.optional(
          "--relay",
          "<url>",
          ServeOptions::withoutSecrets,
          text -> ServerUrl.readWithUser(text).toString(),
          "Also publishes the events of another server's stream. The address may contain a user"
              + " and a password: https://user:password@host/stream. Prefer the variable then:"
              + " other users of this machine can read command lines.");
  private static final Setting<String> TOPIC =
      Setting.of("--topic", "<name>", "relay", Topic::read, "The topic for the relayed events.");

  static final Setting<Boolean> PRINT_CONFIG =
      Setting.toggle(
          "--print-config", "Prints every setting with its value and source, and exits.");

  /** All options in the order of the help, except {@link #PRINT_CONFIG}. */
  static final List<Group> GROUPS =
      List.of(
          new Group("Listening", HOST, PORT, TLS_CERT, TLS_KEY, CORS_ORIGINS, DRAIN),
          new Group("Ticker", INTERVAL, MESSAGE),
          new Group(
              "Clients",
              OVERFLOW,
              QUEUE_EVENTS,
              QUEUE_BYTES,
              HEARTBEAT,
              RETRY,
              MAX_AGE,
              WRITE_DEADLINE),
          new Group("History", HISTORY_EVENTS, HISTORY_BYTES, HISTORY_AGE),
          new Group(
              "Limits", MAX_STREAMS, MAX_STREAMS_PER_ADDRESS, MAX_ACCEPTS, MAX_BODY, MAX_IDLE),
          new Group("Publishing", PUBLISH_TOKEN),
          new Group("Several demos", REDIS, REDIS_PREFIX),
          new Group("Relay", RELAY, TOPIC));

  private ServeOptions() {}

  /** A group of settings under one heading of the help. */
  record Group(String heading, List<Setting<?>> settings) {
    Group(String heading, Setting<?>... settings) {
      this(heading, List.of(settings));
    }
  }

  /**
   * Reads all options.
   *
   * @throws UsageFailure for the first invalid option
   */
  static ServeSettings read(SettingValues values) {
    Optional<String> relay = values.find(RELAY);
    String topic = values.get(TOPIC);
    if (relay.isEmpty() && values.isOption(TOPIC)) {
      throw new UsageFailure(
          "Option '--topic' requires --relay: it sets the topic of the relayed events");
    }
    return new ServeSettings(
        values.get(HOST),
        values.get(PORT),
        tls(values),
        values.get(CORS_ORIGINS),
        Limits.builder()
            .streams(values.get(MAX_STREAMS))
            .streamsPerAddress(values.get(MAX_STREAMS_PER_ADDRESS))
            .acceptsPerSecond(values.get(MAX_ACCEPTS))
            .bodyBytes(Math.toIntExact(values.get(MAX_BODY)))
            .idle(values.get(MAX_IDLE))
            .build(),
        values.get(DRAIN),
        values.get(INTERVAL).duration(),
        values.get(MESSAGE),
        values.get(OVERFLOW),
        values.get(QUEUE_EVENTS),
        values.get(QUEUE_BYTES),
        values.get(HEARTBEAT),
        values.get(RETRY),
        values.find(MAX_AGE),
        values.get(WRITE_DEADLINE),
        values.get(HISTORY_EVENTS),
        values.get(HISTORY_BYTES),
        values.get(HISTORY_AGE),
        values.find(PUBLISH_TOKEN),
        sharedLog(values),
        relay.map(url -> RelaySettings.of(url, topic)));
  }

  private static Optional<SharedLog> sharedLog(SettingValues values) {
    Optional<List<String>> uris = values.find(REDIS);
    String prefix = values.get(REDIS_PREFIX);
    if (uris.isEmpty() && values.isOption(REDIS_PREFIX)) {
      throw new UsageFailure(
          "Option '--redis-prefix' requires --redis: it sets the prefix of the Redis keys");
    }
    if (uris.isPresent() && values.get(HISTORY_EVENTS) == 0) {
      throw values.invalid(
          HISTORY_EVENTS, "'0' disables the history; with --redis it must keep at least 1 event");
    }
    return uris.map(members -> new SharedLog(members, prefix));
  }

  private static Optional<Tls> tls(SettingValues values) {
    Optional<Path> certificate = values.find(TLS_CERT);
    Optional<Path> key = values.find(TLS_KEY);
    if (certificate.isPresent() != key.isPresent()) {
      Setting<?> present = certificate.isPresent() ? TLS_CERT : TLS_KEY;
      Setting<?> missing = certificate.isPresent() ? TLS_KEY : TLS_CERT;
      throw values.invalid(
          present,
          "'%s' requires %s as well; set both or neither"
              .formatted(values.text(present).orElse(""), missing.option()));
    }
    return certificate.flatMap(chain -> key.map(secret -> context(chain, secret)));
  }

  private static Tls context(Path certificate, Path key) {
    try {
      return Tls.pem(certificate, key);
    } catch (IOException | IllegalArgumentException e) {
      throw new UsageFailure(
          "Invalid value for options '--tls-cert', '--tls-key': " + e.getMessage());
    }
  }

  /** Removes the user info and the query, which may both contain secrets. */
  private static String withoutSecrets(String url) {
    String shown = ServerUrl.withoutUser(url);
    int query = shown.indexOf('?');
    return query < 0 ? shown : shown.substring(0, query + 1) + HIDDEN;
  }

  private static int port(String text) {
    if (text.matches("[0-9]{1,5}") && Integer.parseInt(text) <= 65535) {
      return Integer.parseInt(text);
    }
    throw new IllegalArgumentException(
        "'%s' is not a port; write a number from 0 to 65535".formatted(text));
  }

  private static String host(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("it is empty; write a name or an address of this machine");
    }
    return text;
  }

  /** Formats an event, so that an unusable message is an invalid option, not a later failure. */
  private static String message(String text) {
    Event unused = Demo.event(text, ZonedDateTime.now(ZoneOffset.UTC));
    return text;
  }
}
