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
 * page instead, and 404 elsewhere.
 */
final class Site implements StreamHandler {
  private final Decision stream;
  private final Decision page = Decision.answer("text/html;charset=utf-8", readPage());

  Site(String topic) {
    this.stream = Decision.stream(topic);
  }

  @Override
  public Decision decide(Request request) {
    return switch (request.path()) {
      case "/events" -> stream;
      case "/" -> wantsPage(request) ? page : stream;
      default -> Decision.reject(404);
    };
  }

  /** A client that takes both alike, such as curl, came for the stream. */
  private static boolean wantsPage(Request request) {
    return request.quality("text/html") > request.quality("text/event-stream");
  }

  private static String readPage() {
    try (InputStream in = Site.class.getResourceAsStream("index.html")) {
      byte[] bytes = Objects.requireNonNull(in, "index.html is missing").readAllBytes();
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
