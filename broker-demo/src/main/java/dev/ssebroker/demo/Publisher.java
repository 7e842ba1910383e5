package dev.ssebroker.demo;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.EventListener;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;

/** Publishes events to a server by POST requests, one at a time. Used by one thread. */
final class Publisher implements AutoCloseable {
  /*
   * When a retry is safe. A POST may be retried only if the server has not published the event, or
   * would refuse to publish it again:
   *
   *  - The request was never sent, since there was no connection. SentListener is notified when the
   *    first bytes of a request are sent.
   *  - The server refused the event with 429 or 503, unless the 503 says that the shared log may have
   *    stored it.
   *  - The event has an id of ours, which the server accepts only once.
   *
   * Otherwise, such as after a lost response or a 500 of a proxy, the event may have been published,
   * and the user must decide.
   *
   * One-shot bodies. OkHttp retries a request on its own if a pooled connection turns out to be dead,
   * but never one with a one-shot body.
   */
  private static final MediaType TEXT = MediaType.get("text/plain;charset=utf-8");
  private static final int MAX_RESPONSE_BYTES = 8 * 1024;
  private static final String MAYBE_STORED = "may have been stored";
  private static final Pattern RECEIPT =
      Pattern.compile(
          "\\{\"id\":\"[^\"]*\",\"queued\":(\\d{1,9}),\"replaying\":(\\d{1,9}),\"dropped\":(\\d{1,9})\\}");

  private final OkHttpClient client =
      new OkHttpClient.Builder()
          .connectTimeout(10, TimeUnit.SECONDS)
          .readTimeout(30, TimeUnit.SECONDS)
          .writeTimeout(30, TimeUnit.SECONDS)
          .followRedirects(false)
          // Shorter than the keep-alive time of servers, so that this side closes first.
          .connectionPool(new ConnectionPool(1, 30, TimeUnit.SECONDS))
          .eventListener(new SentListener())
          .build();

  private final HttpUrl url;
  private final String topic;
  private final Optional<String> token;
  private final Optional<String> idPrefix;
  private final int retries;
  private final CommandContext surroundings;
  private final Progress progress;
  private final Backoff backoff;

  /**
   * Creates a publisher. Sends nothing yet.
   *
   * @param url the address of the server, to which {@code /publish/} and the topic are appended
   * @param idPrefix the prefix of the events' ids, before a hyphen and the line number; empty if
   *     the server assigns the ids
   * @param retries how often an event may be retried
   */
  Publisher(
      URI url,
      String topic,
      Optional<String> type,
      Optional<String> token,
      Optional<String> idPrefix,
      int retries,
      CommandContext surroundings,
      Progress progress) {
    HttpUrl.Builder address = HttpUrl.get(url.toString()).newBuilder();
    address.addPathSegment("publish").addPathSegments(encoded(topic));
    type.ifPresent(name -> address.setQueryParameter("type", name));
    this.url = address.build();
    this.topic = topic;
    this.token = token;
    this.idPrefix = idPrefix;
    this.retries = retries;
    this.surroundings = surroundings;
    this.backoff =
        new Backoff(Duration.ofMillis(250), Duration.ofSeconds(10), surroundings.random());
    this.progress = progress;
  }

  private static String encoded(String topic) {
    HttpUrl.Builder path = new HttpUrl.Builder().scheme("http").host("localhost");
    for (String segment : topic.split("/", -1)) {
      path.addPathSegment(segment);
    }
    return path.build().encodedPath().substring(1);
  }

  /**
   * Publishes one event. Blocks until it is published, including the waits between attempts.
   *
   * @param line the line number in the input, from 1
   * @return the receipt
   * @throws CommandFailure if the event was not published, or may not have been
   */
  Published publish(long line, byte[] data) throws CommandFailure, InterruptedException {
    for (int attempts = 1; ; attempts++) {
      switch (attempt(line, data)) {
        case Published published -> {
          backoff.reset();
          return published;
        }
        case Retry retry -> {
          if (attempts > retries) {
            throw new CommandFailure(
                "Line %d: %s. Gave up after %d %s"
                    .formatted(
                        line, retry.problem, attempts, attempts == 1 ? "attempt" : "attempts"));
          }
          Duration wait = retry.after.orElseGet(backoff::next);
          progress.message(
              "Line %d: %s. Retrying in %s"
                  .formatted(line, retry.problem, DurationRange.format(wait)));
          // A server that refused the request may close the connection during the wait.
          client.connectionPool().evictAll();
          surroundings.pause().pause(wait);
        }
      }
    }
  }

  private Outcome attempt(long line, byte[] data) throws CommandFailure {
    Sent sent = new Sent();
    Request.Builder request =
        new Request.Builder().url(url).tag(Sent.class, sent).post(new OneShot(data));
    token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
    idPrefix.ifPresent(prefix -> request.header("Event-Id", prefix + "-" + line));
    try (Response response = client.newCall(request.build()).execute()) {
      return outcome(line, data.length, response);
    } catch (IOException e) {
      String reason = ConnectionFailure.describe(e);
      if (!sent.started) {
        if (ConnectionFailure.isPermanent(e)) {
          throw new CommandFailure("Line %d: %s".formatted(line, reason));
        }
        return new Retry(reason, Optional.empty());
      }
      return unknown(line, "the response was lost (" + reason + ")");
    }
  }

  private Outcome outcome(long line, int bytes, Response response)
      throws CommandFailure, IOException {
    String body = response.peekBody(MAX_RESPONSE_BYTES).string();
    int status = response.code();
    return switch (status) {
      case 200 -> receipt(line, body);
      case 429, 503 -> refused(line, status, body, response);
      case 409 -> {
        if (idPrefix.isPresent()) {
          yield new Published(true, 0, 0, 0);
        }
        throw failure(line, "the server refused it: " + firstLine(body));
      }
      case 400 -> throw failure(line, "the server refused it: " + firstLine(body));
      case 401 -> throw failure(line, Token.refusal(token));
      case 403 ->
          throw failure(
              line,
              "publishing to '%s' is not allowed (403); try another --topic%s"
                  .formatted(topic, token.isPresent() ? " or --token" : ", or give a --token"));
      case 404, 405 ->
          throw failure(
              line,
              "%s does not accept events (%d); check --url, and whether the server lets clients publish"
                  .formatted(url, status));
      case 413 ->
          throw failure(
              line,
              "its %d bytes exceed the limit of the server (413); split it, or start the server with a larger --max-body"
                  .formatted(bytes));
      case 301, 302, 303, 307, 308 ->
          throw failure(
              line,
              "the server redirects to %s (%d); use that address as --url"
                  .formatted(
                      PlainText.of(
                          Objects.requireNonNullElse(response.header("Location"), "nowhere")),
                      status));
      default -> {
        if (status >= 500) {
          yield unknown(line, "the server answered " + status);
        }
        throw failure(line, "the server answered " + status + " instead of a receipt");
      }
    };
  }

  /** If the shared log is unavailable, the body says why, and whether the event may be stored. */
  private Outcome refused(long line, int status, String body, Response response)
      throws CommandFailure {
    String why = body.startsWith(status + " ") ? firstLine(body) : Integer.toString(status);
    String problem = "the server answered " + why;
    return why.endsWith(MAYBE_STORED)
        ? unknown(line, problem)
        : new Retry(problem, RetryAfter.of(response));
  }

  private Outcome receipt(long line, String body) throws CommandFailure {
    Matcher receipt = RECEIPT.matcher(body.strip());
    if (!receipt.matches()) {
      throw failure(line, "the response of %s is not a receipt; check --url".formatted(url));
    }
    return new Published(
        false,
        Integer.parseInt(receipt.group(1)),
        Integer.parseInt(receipt.group(2)),
        Integer.parseInt(receipt.group(3)));
  }

  /** Handles an event that may have been published: retries it if that is safe. */
  private Outcome unknown(long line, String problem) throws CommandFailure {
    if (idPrefix.isPresent()) {
      return new Retry(problem, Optional.empty());
    }
    throw failure(
        line, problem + "; the event may have been published. Only with --id is a retry safe");
  }

  private static CommandFailure failure(long line, String problem) {
    return new CommandFailure("Line %d: %s".formatted(line, problem));
  }

  private static String firstLine(String body) {
    return PlainText.of(body.lines().findFirst().orElse("400"));
  }

  @Override
  public void close() {
    client.connectionPool().evictAll();
  }

  /** The outcome of one attempt. */
  sealed interface Outcome {}

  /**
   * The event is published.
   *
   * @param before whether it was already published before
   * @param queued see {@link dev.ssebroker.Receipt#queued}
   * @param replaying see {@link dev.ssebroker.Receipt#replaying}
   * @param dropped see {@link dev.ssebroker.Receipt#dropped}
   */
  record Published(boolean before, int queued, int replaying, int dropped) implements Outcome {}

  /**
   * The event may be retried.
   *
   * @param after the delay that the server requested, if any
   */
  private record Retry(String problem, Optional<Duration> after) implements Outcome {}

  /** Whether any byte of a request may have been sent. Used by the thread that sends it. */
  private static final class Sent {
    private boolean started;
  }

  private static final class SentListener extends EventListener {
    @Override
    public void requestHeadersStart(Call call) {
      Objects.requireNonNull(call.request().tag(Sent.class)).started = true;
    }
  }

  /** A request body that OkHttp does not send twice. */
  private static final class OneShot extends RequestBody {
    private final byte[] data;

    OneShot(byte[] data) {
      this.data = data;
    }

    @Override
    public @Nullable MediaType contentType() {
      return TEXT;
    }

    @Override
    public long contentLength() {
      return data.length;
    }

    @Override
    public boolean isOneShot() {
      return true;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
      sink.write(data);
    }
  }
}
