package dev.ssebroker.demo;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import okhttp3.Credentials;
import okhttp3.Dispatcher;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;
import org.jspecify.annotations.Nullable;

/**
 * The stream that a relay relays: where it is, how it is asked for, and why it does not come.
 * Thread-safe.
 */
final class Upstream {
  /** The largest event that is taken. */
  static final int MAX_EVENT_BYTES = 8 * 1024 * 1024;

  private static final Duration CONNECTING_TIME = Duration.ofSeconds(10);

  private final HttpUrl url;
  private final String shownUrl;
  private final Optional<String> credentials;
  private final Duration silence;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("relay-http-", 1).factory());
  private final OkHttpClient http;

  /**
   * Connects to nothing yet.
   *
   * @param url a user's name and password in it are sent as basic authentication and shown nowhere,
   *     and neither is its query
   * @param silence after which a stream without a byte is lost
   * @param retry is told of each {@code retry}, in milliseconds, by the connection's thread
   */
  Upstream(HttpUrl url, Duration silence, LongConsumer retry) {
    this.url = url.newBuilder().username("").password("").fragment(null).build();
    this.shownUrl = this.url.newBuilder().query(null).build().toString();
    this.credentials =
        url.username().isEmpty() && url.password().isEmpty()
            ? Optional.empty()
            : Optional.of(Credentials.basic(url.username(), url.password()));
    this.silence = silence;
    this.http =
        new OkHttpClient.Builder()
            .dispatcher(new Dispatcher(threads))
            .connectTimeout(CONNECTING_TIME)
            .readTimeout(silence)
            .addInterceptor(StreamWatch.before(MAX_EVENT_BYTES, retry))
            .build();
  }

  /** The address without what may be secret in it. */
  String shownUrl() {
    return shownUrl;
  }

  /**
   * Begins a connection. OkHttp calls the listener back on this very thread if it has no other.
   *
   * @param lastEventId to go on behind
   */
  EventSource connect(Optional<String> lastEventId, EventSourceListener listener) {
    return EventSources.createFactory(http)
        .newEventSource(StreamRequest.of(url, credentials, lastEventId), listener);
  }

  /**
   * Says why a connection has failed.
   *
   * @param wasOpen whether it had the answer's head, which was that of a stream
   */
  String reason(boolean wasOpen, @Nullable Throwable failure, @Nullable Response response) {
    if (!wasOpen && response != null) {
      return response.isSuccessful()
          ? "it answers with the content type %s; text/event-stream is needed"
              .formatted(RelayLog.oneLine(String.valueOf(response.header("Content-Type"))))
          : "it answers " + response.code();
    }
    if (wasOpen && failure instanceof SocketTimeoutException) {
      return "nothing has come for " + RelayLog.seconds(silence);
    }
    return RelayLog.oneLine(
        failure instanceof IOException e ? Lost.reason(e) : String.valueOf(failure));
  }

  /** Ends all connections, and takes no more. Does not wait for their threads. */
  void release() {
    http.dispatcher().cancelAll();
    threads.shutdown();
    http.connectionPool().evictAll();
  }

  /** Waits for the threads' end, but no longer than this. */
  void awaitEnd(long millis) throws InterruptedException {
    boolean unused = threads.awaitTermination(millis, TimeUnit.MILLISECONDS);
  }
}
