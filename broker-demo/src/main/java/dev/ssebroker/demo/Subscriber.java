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
 * Prints the events of a stream, and comes back with the last id when it is lost. Used by one
 * thread, which reads no further than standard output takes.
 */
final class Subscriber {
  private final HttpUrl url;
  private final Optional<String> token;
  private final Function<ReceivedEvent, String> format;
  private final PrintStream out;
  private final PrintWriter err;
  private final Surroundings.Pause pause;
  private final OkHttpClient client;

  private final LastEventId lastId;

  /** Whether the server has given its stream before, so that what is wrong now will pass. */
  private boolean connectedBefore;

  /** How many events are still to be printed. */
  private long left;

  /** Begins again with each event. */
  private final Backoff backoff;

  /** Whether there is nothing more to do: all is printed, or nobody takes it any more. */
  private boolean done;

  /**
   * Describes what to print, and where. Nothing is sent yet.
   *
   * @param lastId the event to go on behind
   * @param count how many events to print
   * @param silence how long the server may say nothing before the stream is taken for lost
   */
  Subscriber(
      URI url,
      Optional<String> lastId,
      Optional<String> token,
      long count,
      Duration silence,
      Function<ReceivedEvent, String> format,
      Surroundings surroundings) {
    this.url = HttpUrl.get(url.toString());
    this.lastId = new LastEventId(lastId.orElse(""));
    this.token = token;
    this.left = count;
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
            .addInterceptor(StreamWatch.before(Long.MAX_VALUE, backoff::askFor))
            .build();
  }

  /**
   * Returns when all is printed, when the server says that there is no more, or when standard
   * output is closed.
   *
   * @throws CommandFailure if the server does not give the stream
   */
  void run() throws CommandFailure, InterruptedException {
    while (!done) {
      Optional<Loss> loss = follow();
      if (!done && loss.isPresent()) {
        Duration wait = loss.get().retryAfter.orElseGet(backoff::next);
        err.println(
            "Lost %s: %s. Trying again in %s".formatted(url, loss.get().reason, Span.text(wait)));
        pause.pause(wait);
      }
    }
  }

  /** Prints what comes until the stream is lost. */
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
      if (Lost.isLasting(e) && !connectedBefore) {
        throw new CommandFailure("%s: %s".formatted(url, Lost.reason(e)));
      }
      return Optional.of(new Loss(Lost.reason(e), Optional.empty()));
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
          case 403 -> "this stream is not allowed (403); check its topics and --token";
          case 404 -> "there is no stream (404); check the path of --url";
          default -> "the server answered " + status + " and not with a stream";
        };
    if (!problem.isEmpty()) {
      throw new CommandFailure("%s: %s".formatted(url, problem));
    }
    String type = response.header("Content-Type", "nothing known");
    if (!Objects.requireNonNull(type).toLowerCase(Locale.ROOT).startsWith("text/event-stream")) {
      throw new CommandFailure(
          "%s: this is no event stream but %s; check the path of --url"
              .formatted(url, Plain.text(type)));
    }
  }

  private void print(ReceivedEvent event) {
    out.print(format.apply(event) + "\n");
    // The only way to learn that nobody takes it; flushes, too.
    boolean closed = out.checkError();
    if (!event.type().equals(Event.GAP)) {
      left--;
    }
    done = closed || left == 0;
  }

  /**
   * Why there is no stream any more.
   *
   * @param retryAfter when to come back, if the server has said it
   */
  private record Loss(String reason, Optional<Duration> retryAfter) {}

  /** Hears the events of one response. */
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
      Optional<String> unused = lastId.take(id);
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
      reason = e instanceof IOException lost ? Lost.reason(lost) : String.valueOf(e);
    }
  }
}
