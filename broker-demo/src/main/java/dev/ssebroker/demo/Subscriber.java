package dev.ssebroker.demo;

import dev.ssebroker.Event;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import okhttp3.Call;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;
import org.jspecify.annotations.Nullable;

/**
 * Prints the events of a stream. Reconnects with the last event id when the connection is lost.
 * Used by one thread, which reads no faster than standard output accepts.
 */
final class Subscriber {
  private final HttpUrl url;
  private final Optional<String> token;
  private final Function<ReceivedEvent, String> format;
  private final PrintStream out;
  private final PrintWriter err;
  private final CommandContext.Pause pause;
  private final OkHttpClient client;

  private final LastEventId lastId;

  /** Whether a stream was open before. Then even an unknown host may be a temporary problem. */
  private boolean connectedBefore;

  /** The number of events still to be printed. */
  private long remaining;

  /** Reset by each event. */
  private final Backoff backoff;

  /** Whether all events are printed, or standard output is closed. */
  private boolean done;

  /**
   * Creates a subscriber. Sends nothing yet.
   *
   * @param lastId the id to resume after
   * @param count the number of events to print
   * @param silence the time without a byte after which the connection counts as lost
   */
  Subscriber(
      URI url,
      Optional<String> lastId,
      Optional<String> token,
      long count,
      Duration silence,
      Function<ReceivedEvent, String> format,
      CommandContext surroundings) {
    this.url = HttpUrl.get(url.toString());
    this.lastId = new LastEventId(lastId.orElse(""));
    this.token = token;
    this.remaining = count;
    this.format = format;
    this.out = surroundings.out();
    this.err = surroundings.err();
    this.pause = surroundings.pause();
    this.backoff =
        new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30), surroundings.random());
    this.client =
        new OkHttpClient.Builder()
            .connectTimeout(Duration.ofSeconds(10))
            .readTimeout(silence)
            .addInterceptor(StreamFilter.interceptor(Long.MAX_VALUE, backoff::setServerDelay))
            .build();
  }

  /**
   * Prints events until the count is reached, the server has no more events, or standard output is
   * closed.
   *
   * @throws CommandFailure if the server refuses the stream
   */
  void run() throws CommandFailure, InterruptedException {
    while (!done) {
      Optional<Loss> loss = follow();
      if (!done && loss.isPresent()) {
        Duration wait = loss.get().retryAfter.orElseGet(backoff::next);
        err.println(
            "Lost %s: %s. Reconnecting in %s"
                .formatted(url, loss.get().reason, DurationRange.format(wait)));
        pause.pause(wait);
      }
    }
  }

  /** Prints the events of one connection until it is lost. */
  private Optional<Loss> follow() throws CommandFailure {
    Call call = client.newCall(request());
    try (Response response = call.execute()) {
      if (response.code() == 204) {
        err.println("%s has no more events (204)".formatted(url));
        done = true;
        return Optional.empty();
      }
      if (response.code() >= 500) {
        String reason = "the server answered " + response.code();
        return Optional.of(new Loss(reason, RetryAfter.of(response)));
      }
      check(response);
      connectedBefore = true;
      lastId.connect();
      err.println("Connected to %s".formatted(url));
      Printing printing = new Printing(call);
      EventSources.processResponse(response, printing);
      return Optional.of(new Loss(printing.reason, Optional.empty()));
    } catch (IOException e) {
      if (ConnectionFailure.isPermanent(e) && !connectedBefore) {
        throw new CommandFailure("%s: %s".formatted(url, ConnectionFailure.describe(e)));
      }
      return Optional.of(new Loss(ConnectionFailure.describe(e), Optional.empty()));
    }
  }

  private Request request() {
    return StreamRequest.of(url, token.map("Bearer "::concat), lastId.toSend());
  }

  private void check(Response response) throws CommandFailure {
    int status = response.code();
    String problem =
        switch (status) {
          case 200 -> "";
          case 401 -> Token.refusal(token);
          case 403 -> "access to this stream is not allowed (403); check its topics and --token";
          case 404, 405 ->
              "there is no stream at this address (" + status + "); check the path of --url";
          default -> "the server answered " + status + " instead of a stream";
        };
    if (!problem.isEmpty()) {
      throw new CommandFailure("%s: %s".formatted(url, problem));
    }
    String type = response.header("Content-Type", "no content type");
    if (!Objects.requireNonNull(type).toLowerCase(Locale.ROOT).startsWith("text/event-stream")) {
      throw new CommandFailure(
          "%s: expected an event stream, but got %s; check the path of --url"
              .formatted(url, PlainText.of(type)));
    }
  }

  private void print(ReceivedEvent event) {
    out.print(format.apply(event) + "\n");
    // Flushes, and is the only way to notice that the output is closed.
    boolean closed = out.checkError();
    if (!event.type().equals(Event.GAP)) {
      remaining--;
    }
    done = closed || remaining == 0;
  }

  /**
   * The loss of a connection.
   *
   * @param retryAfter the delay that the server requested, if any
   */
  private record Loss(String reason, Optional<Duration> retryAfter) {}

  /** Prints the events of one response. */
  private final class Printing extends EventSourceListener {
    private final Call call;
    private String reason = "the server ended the stream";

    Printing(Call call) {
      this.call = call;
    }

    @Override
    public void onEvent(
        EventSource source, @Nullable String id, @Nullable String type, String data) {
      if (done) {
        return;
      }
      Optional<String> unused = lastId.update(id);
      backoff.reset();
      print(
          new ReceivedEvent(
              Instant.now(), lastId.last(), type == null ? Event.MESSAGE : type, data));
      if (done) {
        call.cancel();
      }
    }

    @Override
    public void onFailure(EventSource source, @Nullable Throwable e, @Nullable Response response) {
      reason = e instanceof IOException lost ? ConnectionFailure.describe(lost) : String.valueOf(e);
    }
  }
}
