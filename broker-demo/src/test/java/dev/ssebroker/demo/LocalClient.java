package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;
import org.jspecify.annotations.Nullable;

/** A client of the relaying server. It separates events from states of the relay. */
final class LocalClient extends EventSourceListener {
  private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> states = new LinkedBlockingQueue<>();
  private volatile @Nullable String lastId;

  /** Opens a client and waits until its stream is open. */
  static LocalClient open(OkHttpClient http, String url) throws InterruptedException {
    LocalClient client = new LocalClient();
    EventSource unused =
        EventSources.createFactory(http)
            .newEventSource(new Request.Builder().url(url).build(), client);
    assertEquals("(open)", client.next());
    return client;
  }

  @Override
  public void onOpen(EventSource source, Response response) {
    events.add("(open)");
  }

  @Override
  public void onEvent(EventSource source, @Nullable String id, @Nullable String type, String data) {
    if (Relay.STATUS_TYPE.equals(type)) {
      states.add(data);
      return;
    }
    lastId = id;
    events.add((type == null ? "" : type + ": ") + data);
  }

  @Override
  public void onClosed(EventSource source) {
    events.add("(closed)");
  }

  @Override
  public void onFailure(
      EventSource source, @Nullable Throwable failure, @Nullable Response response) {
    events.add("(failed) " + failure);
  }

  /** Returns the type and data of the next event, or the end of the stream. */
  String next() throws InterruptedException {
    return take(events, "there is no event");
  }

  /** Returns the id of the latest received event. */
  @Nullable String lastId() {
    return lastId;
  }

  /** Waits for the next state of the relay and checks it. */
  String assertState(String state) throws InterruptedException {
    String next = take(states, "the relay publishes no state");
    assertTrue(next.contains("\"state\":\"" + state + "\""), next);
    return next;
  }

  void assertNoEventLeft() {
    assertEquals("[]", events.toString());
  }

  private static String take(BlockingQueue<String> from, String otherwise)
      throws InterruptedException {
    String next = from.poll(20, TimeUnit.SECONDS);
    assertNotNull(next, otherwise);
    return next;
  }
}
