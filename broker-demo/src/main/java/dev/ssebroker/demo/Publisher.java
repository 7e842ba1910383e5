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

/** Publishes events to a server by POST, one after the other. Used by one thread. */
final class Publisher implements AutoCloseable {
  /*
   * A POST may be sent again only if the server has not published its event, or would refuse to do
   * so twice:
   *
   *  - it was never sent: there was no connection. The listener knows, since it hears when the
   *    first byte of a request goes out;
   *  - the server said that it did not take it: 429, or 503, unless that says that the event may be
   *    stored in the log which the server shares;
   *  - or the event has an id of ours, which the server takes once only.
   *
   * Otherwise an answer that was lost, or a 500 of whoever is in between, leaves it open whether
   * the event was published, and the user has to decide. OkHttp on its own would send a body again
   * when a connection that was kept turns out to be dead; a body that is one-shot it does not.
   */
  private static final MediaType TEXT = MediaType.get("text/plain;charset=utf-8");
  private static final int MAX_ANSWER_BYTES = 8 * 1024;
  private static final String MAYBE_STORED = "may have been stored";
  private static final String PUBLISHED_BEFORE = "was published before";
  private static final Pattern RECEIPT =
      Pattern.compile(
          "\\{\"id\":\"[^\"]*\",\"queued\":(\\d{1,9}),\"replaying\":(\\d{1,9}),\"dropped\":(\\d{1,9})\\}");

  private final OkHttpClient client =
      new OkHttpClient.Builder()
          .connectTimeout(10, TimeUnit.SECONDS)
          .readTimeout(30, TimeUnit.SECONDS)
          .writeTimeout(30, TimeUnit.SECONDS)
          .followRedirects(false)
          // Shorter than servers keep connections, so that it is not they who close first.
          .connectionPool(new ConnectionPool(1, 30, TimeUnit.SECONDS))
          .eventListener(new SentListener())
          .build();

  private final HttpUrl url;
  private final String topic;
  private final Optional<String> token;
  private final Optional<String> ids;
  private final int retries;
  private final Surroundings surroundings;
  private final Progress progress;
  private final Backoff backoff;

  /**
   * Describes where to publish. Nothing is sent yet.
   *
   * @param url the server's; {@code /publish/} and the topic are added
   * @param ids how the events' ids begin, the number of the line being the rest; empty if the
   *     server makes them
   * @param retries how often an event may be sent again
   */
  Publisher(
      URI url,
      String topic,
      Optional<String> type,
      Optional<String> token,
      Optional<String> ids,
      int retries,
      Surroundings surroundings,
      Progress progress) {
    HttpUrl.Builder address = HttpUrl.get(url.toString()).newBuilder();
    address.addPathSegment("publish").addPathSegments(encoded(topic));
    type.ifPresent(name -> address.setQueryParameter("type", name));
    this.url = address.build();
    this.topic = topic;
    this.token = token;
    this.ids = ids;
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
   * Publishes one event. Blocks until it is published, and waits between the tries.
   *
   * @param line its number in the input, from 1
   * @return what became of it
   * @throws CommandFailure if it was not published, or that cannot be known
   */
  Published publish(long line, byte[] data) throws CommandFailure, InterruptedException {
    for (int tries = 1; ; tries++) {
      switch (attempt(line, data)) {
        case Published published -> {
          backoff.reset();
          return published;
        }
        case Again again -> {
          if (tries > retries) {
            throw new CommandFailure(
                "Line %d: %s. Given up after %d %s"
                    .formatted(line, again.problem, tries, tries == 1 ? "try" : "tries"));
          }
          Duration wait = again.after.orElseGet(backoff::next);
          progress.message(
              "Line %d: %s. Trying again in %s".formatted(line, again.problem, Span.text(wait)));
          // A server that turned us away may close the connection meanwhile.
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
    ids.ifPresent(prefix -> request.header("Event-Id", prefix + "-" + line));
    try (Response response = client.newCall(request.build()).execute()) {
      return judge(line, data.length, response);
    } catch (IOException e) {
      String reason = Lost.reason(e);
      if (!sent.begun) {
        if (Lost.isLasting(e)) {
          throw new CommandFailure("Line %d: %s".formatted(line, reason));
        }
        return new Again(reason, Optional.empty());
      }
      return unknown(line, "the answer was lost (" + reason + ")");
    }
  }

  private Outcome judge(long line, int bytes, Response response)
      throws CommandFailure, IOException {
    String body = response.peekBody(MAX_ANSWER_BYTES).string();
    int status = response.code();
    return switch (status) {
      case 200 -> receipt(line, body);
      case 429, 503 -> turnedAway(line, status, body, response);
      case 400 -> {
        if (ids.isPresent() && body.contains(PUBLISHED_BEFORE)) {
          yield new Published(true, 0, 0, 0);
        }
        throw refused(line, "the server refused it: " + firstLine(body));
      }
      case 401 -> throw refused(line, Token.refusal(token));
      case 403 ->
          throw refused(
              line,
              "publishing to '%s' is not allowed (403); try another --topic%s"
                  .formatted(topic, token.isPresent() ? " or --token" : ", or give a --token"));
      case 404, 405 ->
          throw refused(
              line,
              "nothing can be published at %s (%d); check --url, and whether the server lets clients publish"
                  .formatted(url, status));
      case 413 ->
          throw refused(
              line,
              "it has %d bytes, more than the server takes (413); split it, or start the server with a larger --max-body"
                  .formatted(bytes));
      case 301, 302, 303, 307, 308 ->
          throw refused(
              line,
              "the server redirects to %s (%d); give that server as --url"
                  .formatted(
                      Plain.text(
                          Objects.requireNonNullElse(response.header("Location"), "nowhere")),
                      status));
      default -> {
        if (status >= 500) {
          yield unknown(line, "the server answered " + status);
        }
        throw refused(line, "the server answered " + status + " and not with a receipt");
      }
    };
  }

  /** A server whose log is away says in the body why, and whether the event may be stored. */
  private Outcome turnedAway(long line, int status, String body, Response response)
      throws CommandFailure {
    String why = body.startsWith(status + " ") ? firstLine(body) : Integer.toString(status);
    String problem = "the server answered " + why;
    return why.endsWith(MAYBE_STORED)
        ? unknown(line, problem)
        : new Again(problem, RetryAfter.of(response));
  }

  private Outcome receipt(long line, String body) throws CommandFailure {
    Matcher receipt = RECEIPT.matcher(body.strip());
    if (!receipt.matches()) {
      throw refused(line, "the answer of %s is not a receipt; check --url".formatted(url));
    }
    return new Published(
        false,
        Integer.parseInt(receipt.group(1)),
        Integer.parseInt(receipt.group(2)),
        Integer.parseInt(receipt.group(3)));
  }

  /** Nobody knows whether the event was published. */
  private Outcome unknown(long line, String problem) throws CommandFailure {
    if (ids.isPresent()) {
      return new Again(problem, Optional.empty());
    }
    throw refused(
        line,
        problem
            + "; the event may have been published or not. Sending it again is safe with --id only");
  }

  private static CommandFailure refused(long line, String problem) {
    return new CommandFailure("Line %d: %s".formatted(line, problem));
  }

  private static String firstLine(String body) {
    return Plain.text(body.lines().findFirst().orElse("400"));
  }

  @Override
  public void close() {
    client.connectionPool().evictAll();
  }

  /** What a try has led to. */
  sealed interface Outcome {}

  /**
   * The event is published.
   *
   * @param before whether it had been before
   * @param queued as in a {@link dev.ssebroker.Receipt}
   * @param replaying as there
   * @param dropped as there
   */
  record Published(boolean before, int queued, int replaying, int dropped) implements Outcome {}

  /**
   * The event may be sent again.
   *
   * @param after when, if the server has said it
   */
  private record Again(String problem, Optional<Duration> after) implements Outcome {}

  /** Whether any byte of a request may have gone out. Used by the thread that sends it. */
  private static final class Sent {
    private boolean begun;
  }

  private static final class SentListener extends EventListener {
    @Override
    public void requestHeadersStart(Call call) {
      Objects.requireNonNull(call.request().tag(Sent.class)).begun = true;
    }
  }

  /** A body that OkHttp does not send twice. */
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
