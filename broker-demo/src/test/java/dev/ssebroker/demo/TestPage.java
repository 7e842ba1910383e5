package dev.ssebroker.demo;

import dev.ssebroker.http.Decision;
import dev.ssebroker.http.Request;
import dev.ssebroker.http.StreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * A site for tests: a page that records what the browser client receives, the stream of {@link
 * #TOPIC}, and responses that a test sets.
 */
final class TestPage implements StreamHandler {
  static final String TOPIC = "numbers";

  private static final String PAGE =
      """
      <!doctype html>
      <html lang="en">
      <meta charset="utf-8">
      <title>test</title>
      <link rel="icon" href="data:,">
      <script>
        const without = new URLSearchParams(location.search).get('without');
        if (without) delete globalThis[without];
      </script>
      <script type="module">
        import { EventStreamParser, SseClient } from '/sse-client.js';

        const record = client => {
          const received = [];
          client.addEventListener('message', event => received.push(event.data));
          client.addEventListener('gap', event => received.push(`gap ${event.missed} ${event.reason}`));
          return received;
        };
        const follow = (url, options) => {
          window.client = new SseClient(url, options);
          window.received = record(client);
          window.states = [];
          client.addEventListener('state', () => states.push({
            state: client.state, error: client.error, wait: client.retryAt && client.retryAt - Date.now(),
          }));
        };
        addEventListener('pageshow', event => (window.persisted = event.persisted));
        Object.assign(window, { EventStreamParser, SseClient, record, follow });
      </script>
      """;

  /** Uses no-cache, since a page with no-store cannot enter the back/forward cache. */
  private final Decision page =
      Decision.answer("text/html;charset=utf-8", PAGE).with("Cache-Control", "no-cache");

  private final Decision module =
      Decision.answer("text/javascript;charset=utf-8", read("sse-client.js"));

  private final Map<String, IntFunction<Decision>> decisions = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> requests = new ConcurrentHashMap<>();

  /** Sets the response of a path. The function receives the number of the request, from 1. */
  void answer(String path, IntFunction<Decision> decision) {
    decisions.put(path, decision);
  }

  /** Returns how often a path was requested. */
  int requests(String path) {
    return requests.getOrDefault(path, new AtomicInteger()).get();
  }

  @Override
  public Decision decide(Request request) {
    String path = request.path();
    int count = requests.computeIfAbsent(path, p -> new AtomicInteger()).incrementAndGet();
    IntFunction<Decision> decision = decisions.get(path);
    if (decision != null) {
      return decision.apply(count);
    }
    return switch (path) {
      case "/page", "/elsewhere" -> page;
      case "/sse-client.js" -> module;
      case "/events" -> Decision.stream(TOPIC);
      default -> Decision.refuse(404);
    };
  }

  private static String read(String name) {
    try (InputStream in = Site.class.getResourceAsStream(name)) {
      byte[] bytes = Objects.requireNonNull(in, name).readAllBytes();
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
