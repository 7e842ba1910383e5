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
 * Handles the GET requests of the demo. {@code /events} is the stream; its query may name topics.
 * {@code /} is the page for browsers, and the stream for other clients. The files of the page have
 * paths of their own. {@value #FIGURES} has the latest figures, if they are not published as
 * events. Everything else is 404.
 */
final class Site implements StreamHandler {
  private static final String JAVASCRIPT = "text/javascript;charset=utf-8";

  /** Allows only content from this server, and the icon, which is inline. */
  private static final String POLICY =
      "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self';"
          + " frame-ancestors 'none'";

  /** The path that the page polls if the stream has no figures. */
  private static final String FIGURES = "/figures";

  private final String topic;
  private final Optional<Supplier<String>> figures;
  private final Decision page;
  private final Map<String, Decision> files =
      Stream.of("page.css", "page.js", "charts.js", "sse-client.js")
          .collect(
              Collectors.toUnmodifiableMap(
                  name -> "/" + name,
                  name -> answer(text(name), name.endsWith("css") ? "text/css" : JAVASCRIPT)));

  /** Creates the site of a demo whose stream has this topic by default. */
  Site(String topic) {
    this(topic, Optional.empty());
  }

  /**
   * Creates a site.
   *
   * @param figures returns the latest figures; empty if the stream has them
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
              .<Decision>map(latest -> answer(latest.get() + "\n", "application/json"))
              .orElse(Decision.refuse(404));
      default -> files.getOrDefault(request.path(), Decision.refuse(404));
    };
  }

  private Decision stream(Request request) {
    List<String> topics = request.parameters("topic");
    return topics.isEmpty()
        ? Decision.stream(topic)
        : Decision.stream(topics.toArray(String[]::new));
  }

  /** A client that accepts both equally, such as curl, gets the stream. */
  private static boolean wantsPage(Request request) {
    return request.quality("text/html") > request.quality("text/event-stream");
  }

  /** Makes browsers revalidate, so that all files of the page come from one build. */
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
