package dev.ssebroker.demo;

import dev.ssebroker.http.Decision;
import dev.ssebroker.http.Request;
import dev.ssebroker.http.StreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What each request gets: the stream at {@code /events} and {@code /}, where a browser gets the
 * page instead, the page's parts, and 404 elsewhere. The query may name the stream's topics. Where
 * the figures are no events, {@value #FIGURES} has the last ones.
 */
final class Site implements StreamHandler {
  private static final String JAVASCRIPT = "text/javascript;charset=utf-8";

  /** Nothing but what comes from here, and the icon, which is in the page. */
  private static final String POLICY =
      "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self';"
          + " frame-ancestors 'none'";

  /** The page asks there for what is not in the stream. */
  private static final String FIGURES = "/figures";

  private final String topic;
  private final Optional<Supplier<String>> figures;
  private final Decision page;
  private final Map<String, Decision> parts =
      Stream.of("page.css", "page.js", "charts.js", "sse-client.js")
          .collect(
              Collectors.toUnmodifiableMap(
                  name -> "/" + name,
                  name -> answer(text(name), name.endsWith("css") ? "text/css" : JAVASCRIPT)));

  /** Makes the site of a demo whose stream has this topic unless the query says otherwise. */
  Site(String topic) {
    this(topic, Optional.empty());
  }

  /**
   * Makes a site.
   *
   * @param figures gives the last figures if they are not in the stream
   */
  Site(String topic, Optional<Supplier<String>> figures) {
    this.topic = topic;
    this.figures = figures;
    String body = figures.isEmpty() ? "<body>" : "<body data-figures=\"" + FIGURES + "\">";
    this.page =
        answer(text("index.html").replace("<body>", body), "text/html;charset=utf-8")
            .with("Content-Security-Policy", POLICY);
  }

  @Override
  public Decision decide(Request request) {
    return switch (request.path()) {
      case "/events" -> stream(request);
      case "/" -> wantsPage(request) ? page : stream(request);
      case FIGURES ->
          figures
              .<Decision>map(last -> answer(last.get() + "\n", "application/json"))
              .orElse(Decision.reject(404));
      default -> parts.getOrDefault(request.path(), Decision.reject(404));
    };
  }

  private Decision stream(Request request) {
    List<String> topics = request.parameters("topic");
    return topics.isEmpty()
        ? Decision.stream(topic)
        : Decision.stream(topics.toArray(String[]::new));
  }

  /** A client that takes both alike, such as curl, came for the stream. */
  private static boolean wantsPage(Request request) {
    return request.quality("text/html") > request.quality("text/event-stream");
  }

  /** Browsers ask each time, so that the page and its parts are of one build. */
  private static Decision.Answer answer(String text, String contentType) {
    return Decision.answer(contentType, text).with("Cache-Control", "no-cache");
  }

  private static String text(String name) {
    try (InputStream in = Site.class.getResourceAsStream(name)) {
      byte[] bytes = Objects.requireNonNull(in, name + " is missing").readAllBytes();
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
