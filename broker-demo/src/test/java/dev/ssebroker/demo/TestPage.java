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
 * A site with a page that follows streams with the client module and writes down what it hears, the
 * stream of {@link #TOPIC}, and whatever else a test makes a path answer.
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

        const heardBy = client => {
          const heard = [];
          client.addEventListener('message', event => heard.push(event.data));
          client.addEventListener('gap', event => heard.push(`gap ${event.missed} ${event.reason}`));
          return heard;
        };
        const follow = (url, options) => {
          window.client = new SseClient(url, options);
          window.heard = heardBy(client);
          window.states = [];
          client.addEventListener('state', () => states.push({
            state: client.state, error: client.error, wait: client.retryAt && client.retryAt - Date.now(),
          }));
        };
        addEventListener('pageshow', event => (window.persisted = event.persisted));
        Object.assign(window, { EventStreamParser, SseClient, heardBy, follow });
      </script>
      """;

  /** A page that must not be stored cannot be in the back/forward cache either. */
  private final Decision page =
      Decision.answer("text/html;charset=utf-8", PAGE).with("Cache-Control", "no-cache");

  private final Decision module =
      Decision.answer("text/javascript;charset=utf-8", read("sse-client.js"));

  private final Map<String, IntFunction<Decision>> answers = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> requests = new ConcurrentHashMap<>();

  /** Makes a path answer; the function is given the number of the request, from 1. */
  void answer(String path, IntFunction<Decision> answer) {
    answers.put(path, answer);
  }

  /** How often a path has been asked for. */
  int requests(String path) {
    return requests.getOrDefault(path, new AtomicInteger()).get();
  }

  @Override
  public Decision decide(Request request) {
    String path = request.path();
    int count = requests.computeIfAbsent(path, p -> new AtomicInteger()).incrementAndGet();
    IntFunction<Decision> answer = answers.get(path);
    if (answer != null) {
      return answer.apply(count);
    }
    return switch (path) {
      case "/page", "/elsewhere" -> page;
      case "/sse-client.js" -> module;
      case "/events" -> Decision.stream(TOPIC);
      default -> Decision.reject(404);
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
