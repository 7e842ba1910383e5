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
 * The upstream of a relay: its address, its connections, and the reasons why they fail.
 * Thread-safe.
 */
final class Upstream {
  /** The maximum size of an event. */
  static final int MAX_EVENT_BYTES = 8 * 1024 * 1024;

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  private final HttpUrl url;
  private final String shownUrl;
  private final Optional<String> credentials;
  private final Duration silence;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("relay-http-", 1).factory());
  private final OkHttpClient http;

  /**
   * Creates the upstream. Does not connect yet.
   *
   * @param url the address; a user name and password in it are sent as basic authentication;
   *     neither they nor the query are ever shown
   * @param silence the time without a byte after which a stream counts as lost
   * @param retry receives each {@code retry}, in milliseconds, on the connection's thread
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
            .connectTimeout(CONNECT_TIMEOUT)
            .readTimeout(silence)
            .addInterceptor(StreamFilter.interceptor(MAX_EVENT_BYTES, retry))
            .build();
  }

  /** Returns the address without parts that may be secret. */
  String shownUrl() {
    return shownUrl;
  }

  /**
   * Starts a connection. OkHttp calls the listener on the calling thread if it cannot start another
   * one.
   *
   * @param lastEventId the id to resume after
   */
  EventSource connect(Optional<String> lastEventId, EventSourceListener listener) {
    return EventSources.createFactory(http)
        .newEventSource(StreamRequest.of(url, credentials, lastEventId), listener);
  }

  /**
   * Describes why a connection failed.
   *
   * @param wasOpen whether the head of a stream had arrived
   */
  String reason(boolean wasOpen, @Nullable Throwable failure, @Nullable Response response) {
    if (!wasOpen && response != null) {
      return response.isSuccessful()
          ? "it answers with the content type %s instead of text/event-stream"
              .formatted(RelayLog.oneLine(String.valueOf(response.header("Content-Type"))))
          : "it answers " + response.code();
    }
    if (wasOpen && failure instanceof SocketTimeoutException) {
      return "it was silent for " + RelayLog.seconds(silence);
    }
    return RelayLog.oneLine(
        failure instanceof IOException e ? ConnectionFailure.describe(e) : String.valueOf(failure));
  }

  /** Ends all connections and starts no more. Does not wait for their threads. */
  void release() {
    http.dispatcher().cancelAll();
    threads.shutdown();
    http.connectionPool().evictAll();
  }

  /** Waits until the threads have ended, up to a timeout. */
  void awaitEnd(long millis) throws InterruptedException {
    boolean unused = threads.awaitTermination(millis, TimeUnit.MILLISECONDS);
  }
}
