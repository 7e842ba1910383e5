package dev.ssebroker.demo;

import dev.ssebroker.http.Decision;
import dev.ssebroker.http.Request;
import dev.ssebroker.http.StreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * What each request gets: the stream at {@code /events} and {@code /}, where a browser gets the
 * page instead, the browser's client module at {@code /sse-client.js}, and 404 elsewhere.
 */
final class Site implements StreamHandler {
  private final Decision stream;
  private final Decision page = Decision.answer("text/html;charset=utf-8", read("index.html"));
  private final Decision client =
      Decision.answer("text/javascript;charset=utf-8", read("sse-client.js"));

  Site(String topic) {
    this.stream = Decision.stream(topic);
  }

  @Override
  public Decision decide(Request request) {
    return switch (request.path()) {
      case "/events" -> stream;
      case "/sse-client.js" -> client;
      case "/" -> wantsPage(request) ? page : stream;
      default -> Decision.reject(404);
    };
  }

  /** A client that takes both alike, such as curl, came for the stream. */
  private static boolean wantsPage(Request request) {
    return request.quality("text/html") > request.quality("text/event-stream");
  }

  private static String read(String name) {
    try (InputStream in = Site.class.getResourceAsStream(name)) {
      byte[] bytes = Objects.requireNonNull(in, name + " is missing").readAllBytes();
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
