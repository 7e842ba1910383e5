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
import javax.net.ssl.SSLContext;

/** The options of {@code serve}, and what is made of them. */
final class ServeOptions {
  private static final String TIME = "<time>";
  private static final String NUMBER = "<number>";
  private static final String SIZE = "<size>";
  private static final String HIDDEN = "********";

  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration YEAR = Duration.ofDays(365);
  private static final Span SHORT_TO_HOUR = new Span(Duration.ofMillis(100), HOUR);
  private static final NumberRange COUNT = new NumberRange(1, Integer.MAX_VALUE);

  private static final Setting<String> HOST =
      Setting.of(
          "--host",
          "<name>",
          "localhost",
          ServeOptions::host,
          "Where to listen: a name or an address of this machine; 0.0.0.0 is all of them.");
  private static final Setting<Integer> PORT =
      Setting.of(
          "--port", NUMBER, "3000", ServeOptions::port, "From 0 to 65535; 0 finds a free one.");
  private static final Setting<Path> TLS_CERT =
      Setting.optional(
          "--tls-cert",
          "<file>",
          Path::of,
          "Serves HTTPS: a PEM file with the server's certificate and its issuers."
              + " Needs --tls-key.");
  private static final Setting<Path> TLS_KEY =
      Setting.optional(
          "--tls-key", "<file>", Path::of, "The certificate's key, PKCS#8 in a PEM file.");
  private static final Setting<Cors> CORS_ORIGINS =
      Setting.of(
          "--cors-origins",
          "<list>",
          "*",
          Origins::read,
          "Web sites whose pages may read the answers: * for all, none, or a list such as"
              + " https://app.example,http://localhost:5173.");
  private static final Setting<Duration> DRAIN =
      Setting.of(
          "--drain",
          TIME,
          "500ms",
          new Span(Duration.ZERO, HOUR)::read,
          "How long streams may take to come to their end when the demo stops, up to 1h.");

  private static final Setting<Interval> INTERVAL =
      Setting.of(
          "--interval",
          TIME,
          "2s",
          Interval::parse,
          "From one event to the next: 500ms, 2s, 1m, from 1ms to 1h.");
  private static final Setting<String> MESSAGE =
      Setting.of(
          "--message",
          "<text>",
          "the time is " + Demo.TIME,
          ServeOptions::message,
          "What each event says; {time} becomes the time of its publication.");

  private static final Setting<Overflow> OVERFLOW =
      Setting.of(
          "--overflow",
          "<policy>",
          "replay",
          OverflowName::read,
          "What happens when an event comes and a client's queue is full: replay (it is served"
              + " from the history), drop-oldest, drop-newest, latest (of each key), disconnect,"
              + " or await=250ms (the publisher waits, up to 1m).");
  private static final Setting<Integer> QUEUE_EVENTS =
      Setting.of(
          "--queue-events",
          NUMBER,
          "1024",
          new NumberRange(1, 1 << 20)::read,
          "How many events a client's queue holds, up to 1048576.");
  private static final Setting<Long> QUEUE_BYTES =
      Setting.of(
          "--queue-bytes",
          SIZE,
          "1MiB",
          new SizeRange(1 << 10, 1 << 30)::read,
          "How large they may be together, from 1KiB to 1GiB.");
  private static final Setting<Duration> HEARTBEAT =
      Setting.of(
          "--heartbeat",
          TIME,
          "15s",
          SHORT_TO_HOUR::read,
          "How long a stream may be quiet before a comment is sent, from 100ms to 1h.");
  private static final Setting<Duration> RETRY =
      Setting.of(
          "--retry",
          TIME,
          "3s",
          SHORT_TO_HOUR::read,
          "How long a client that lost its stream is asked to wait before it comes back, a third"
              + " more or less, from 100ms to 1h.");
  private static final Setting<Duration> MAX_AGE =
      Setting.optional(
          "--max-age",
          TIME,
          new Span(Duration.ofSeconds(1), YEAR)::read,
          "How long a stream may last, from 1s to 8760h; for ever unless set.");
  private static final Setting<Duration> WRITE_DEADLINE =
      Setting.of(
          "--write-deadline",
          TIME,
          "30s",
          SHORT_TO_HOUR::read,
          "How long a client may take to receive one write before it is cut, from 100ms to 1h.");

  private static final Setting<Integer> HISTORY_EVENTS =
      Setting.of(
          "--history-events",
          NUMBER,
          "10000",
          new NumberRange(0, 1 << 24)::read,
          "How many events of each topic are kept for clients that come back; 0 keeps none.");
  private static final Setting<Long> HISTORY_BYTES =
      Setting.of(
          "--history-bytes",
          SIZE,
          "64MiB",
          new SizeRange(64 << 10, 1L << 40)::read,
          "How large the events of all topics may be: 64MiB, 512KiB, from 64KiB to 1TiB.");
  private static final Setting<Duration> HISTORY_AGE =
      Setting.of(
          "--history-age",
          TIME,
          "10m",
          new Span(Duration.ofSeconds(1), YEAR)::read,
          "How old they may be, from 1s to 8760h.");

  private static final Setting<Integer> MAX_CONNECTIONS =
      Setting.of(
          "--max-connections",
          NUMBER,
          Integer.toString(Limits.DEFAULT.connections()),
          COUNT::read,
          "How many there may be, streams included. The process must be allowed as many files.");
  private static final Setting<Integer> MAX_CONNECTIONS_PER_ADDRESS =
      Setting.of(
          "--max-connections-per-address",
          NUMBER,
          Integer.toString(Limits.DEFAULT.connectionsPerAddress()),
          COUNT::read,
          "How many of them one address may have. Behind a proxy all clients have the same one.");
  private static final Setting<Integer> MAX_ACCEPTS =
      Setting.of(
          "--max-accepts-per-second",
          NUMBER,
          Integer.toString(Limits.DEFAULT.acceptsPerSecond()),
          new NumberRange(1, 1_000_000)::read,
          "How many are let in in a second; more have to wait.");
  private static final Setting<Long> MAX_BODY =
      Setting.of(
          "--max-body",
          SIZE,
          SizeRange.text(Limits.DEFAULT.bodyBytes()),
          new SizeRange(0, 1 << 30)::read,
          "How large an event may be that is published, up to 1GiB.");
  private static final Setting<Duration> MAX_IDLE =
      Setting.of(
          "--max-idle",
          TIME,
          Span.text(Limits.DEFAULT.idle()),
          new Span(Duration.ofMillis(10), HOUR)::read,
          "How long a connection is kept for its next request, from 10ms to 1h.");

  private static final Setting<String> PUBLISH_TOKEN =
      Setting.secret(
          "--publish-token",
          "<text>",
          text -> Token.read(text, 16),
          "What publishers must show: 16 or more visible ASCII characters. Better given by the"
              + " variable: other users of the machine can read command lines.");

  private static final Setting<List<String>> REDIS =
      Setting.optional(
          "--redis",
          "<uri>",
          SharedLog::shown,
          SharedLog::readUris,
          "Shares all events with the demos that have the same: redis://[user[:password]@]host[:port],"
              + " or rediss:// for TLS. Several, with commas between them, are the members of one"
              + " replicated set.");
  private static final Setting<String> REDIS_PREFIX =
      Setting.of(
          "--redis-prefix",
          "<name>",
          "ssebroker",
          SharedLog::readPrefix,
          "What the names of the keys begin with: demos with another one have nothing in common.");

  private static final Setting<String> RELAY =
      Setting.optional(
          "--relay",
          "<url>",
          ServeOptions::withoutSecrets,
          text -> ServerUrl.readWithUser(text).toString(),
          "Another server's stream, whose events are published here, too. It may have a user and a"
              + " password: https://user:password@host/stream. Better given by the variable then:"
              + " other users of the machine can read command lines.");
  private static final Setting<String> TOPIC =
      Setting.of("--topic", "<name>", "relay", Topic::read, "What they are published to.");

  static final Setting<Boolean> PRINT_CONFIG =
      Setting.toggle(
          "--print-config",
          "Prints every setting, its value and where that comes from, and does nothing else.");

  /** All of them, as the help has them, but {@link #PRINT_CONFIG}. */
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
              "Limits",
              MAX_CONNECTIONS,
              MAX_CONNECTIONS_PER_ADDRESS,
              MAX_ACCEPTS,
              MAX_BODY,
              MAX_IDLE),
          new Group("Publishing", PUBLISH_TOKEN),
          new Group("Several demos", REDIS, REDIS_PREFIX),
          new Group("Relay", RELAY, TOPIC));

  private ServeOptions() {}

  /** Settings that belong together, under one heading of the help. */
  record Group(String heading, List<Setting<?>> settings) {
    Group(String heading, Setting<?>... settings) {
      this(heading, List.of(settings));
    }
  }

  /**
   * Reads every option.
   *
   * @throws Misuse for the first that is wrong
   */
  static ServeSettings read(Given given) {
    Optional<String> relay = given.find(RELAY);
    String topic = given.get(TOPIC);
    if (relay.isEmpty() && given.isOption(TOPIC)) {
      throw new Misuse("Option '--topic' needs --relay: it says what the relay publishes to");
    }
    return new ServeSettings(
        given.get(HOST),
        given.get(PORT),
        tls(given),
        given.get(CORS_ORIGINS),
        Limits.builder()
            .connections(given.get(MAX_CONNECTIONS))
            .connectionsPerAddress(given.get(MAX_CONNECTIONS_PER_ADDRESS))
            .acceptsPerSecond(given.get(MAX_ACCEPTS))
            .bodyBytes(Math.toIntExact(given.get(MAX_BODY)))
            .idle(given.get(MAX_IDLE))
            .build(),
        given.get(DRAIN),
        given.get(INTERVAL).duration(),
        given.get(MESSAGE),
        given.get(OVERFLOW),
        given.get(QUEUE_EVENTS),
        given.get(QUEUE_BYTES),
        given.get(HEARTBEAT),
        given.get(RETRY),
        given.find(MAX_AGE),
        given.get(WRITE_DEADLINE),
        given.get(HISTORY_EVENTS),
        given.get(HISTORY_BYTES),
        given.get(HISTORY_AGE),
        given.find(PUBLISH_TOKEN),
        sharedLog(given),
        relay.map(url -> Relayed.of(url, topic)));
  }

  private static Optional<SharedLog> sharedLog(Given given) {
    Optional<List<String>> uris = given.find(REDIS);
    String prefix = given.get(REDIS_PREFIX);
    if (uris.isEmpty() && given.isOption(REDIS_PREFIX)) {
      throw new Misuse("Option '--redis-prefix' needs --redis: it says which keys are used there");
    }
    if (uris.isPresent() && given.get(HISTORY_EVENTS) == 0) {
      throw given.wrong(
          HISTORY_EVENTS, "'0' keeps no events; with --redis at least 1 has to be kept");
    }
    return uris.map(members -> new SharedLog(members, prefix));
  }

  private static Optional<SSLContext> tls(Given given) {
    Optional<Path> certificate = given.find(TLS_CERT);
    Optional<Path> key = given.find(TLS_KEY);
    if (certificate.isPresent() != key.isPresent()) {
      Setting<?> present = certificate.isPresent() ? TLS_CERT : TLS_KEY;
      Setting<?> missing = certificate.isPresent() ? TLS_KEY : TLS_CERT;
      throw given.wrong(
          present,
          "'%s' needs %s, too; allowed are both or none"
              .formatted(given.text(present).orElse(""), missing.option()));
    }
    return certificate.flatMap(chain -> key.map(secret -> context(chain, secret)));
  }

  private static SSLContext context(Path certificate, Path key) {
    try {
      return Tls.pem(certificate, key);
    } catch (IOException | IllegalArgumentException e) {
      throw new Misuse("Invalid value for options '--tls-cert', '--tls-key': " + e.getMessage());
    }
  }

  /** The query, too, may have one in it. */
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
        "'%s' is not a port; allowed is a number from 0 to 65535".formatted(text));
  }

  private static String host(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException(
          "it is empty; allowed is a name or an address of this machine");
    }
    return text;
  }

  /** What cannot be used at all is wrong input, not a failure to be met later. */
  private static String message(String text) {
    Event unused = Demo.event(text, ZonedDateTime.now(ZoneOffset.UTC));
    return text;
  }
}
