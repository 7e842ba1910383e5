package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;
import org.jspecify.annotations.Nullable;

/** An OkHttp client whose callbacks become lines that a test waits for. */
final class EventRecorder extends EventSourceListener {
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final EventSource source;

  /** Written before the line of the event. */
  private volatile @Nullable String lastId;

  private EventRecorder(OkHttpClient http, okhttp3.Request request) {
    source = EventSources.createFactory(http).newEventSource(request, this);
  }

  /**
   * Opens a stream.
   *
   * @param lastEventId empty for none
   */
  static EventRecorder open(OkHttpClient http, String url, String lastEventId) {
    return open(
        http, new okhttp3.Request.Builder().url(url).header("Last-Event-ID", lastEventId).build());
  }

  /** Opens the stream that a request of any method is answered with. */
  static EventRecorder open(OkHttpClient http, okhttp3.Request request) {
    return new EventRecorder(http, request);
  }

  @Override
  public void onOpen(EventSource source, Response response) {
    lines.add("open " + response.code() + " " + response.header("Content-Type"));
  }

  @Override
  public void onEvent(EventSource source, @Nullable String id, @Nullable String type, String data) {
    lastId = id;
    lines.add(type + ": " + data);
  }

  @Override
  public void onClosed(EventSource source) {
    lines.add("closed");
  }

  @Override
  public void onFailure(EventSource source, @Nullable Throwable t, @Nullable Response response) {
    lines.add("failed " + (response == null ? t : response.code()));
  }

  void assertNext(String line) throws InterruptedException {
    assertEquals(line, lines.poll(10, TimeUnit.SECONDS));
  }

  void assertNothingLeft() {
    assertEquals("[]", lines.toString());
  }

  @Nullable String lastId() {
    return lastId;
  }

  void disconnect() {
    source.cancel();
  }
}
