package dev.ssebroker.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Decides what a request gets: a stream of topics, or an answer. */
@FunctionalInterface
public interface StreamHandler {

  /**
   * Decides about one GET or HEAD request. It may block: a virtual thread of the connection calls
   * it, or before Java 24 a platform thread of a pool (see {@link SseServer}). Requests of other
   * connections are decided at the same time. If it throws, the client receives a 500 and the log a
   * warning. A client whose {@code Accept} excludes event streams receives a 406 instead of a
   * stream. A 404 for a path that takes events to publish becomes a 405.
   *
   * @param request the client's request
   * @return what the client gets
   */
  Decision decide(Request request);

  /**
   * Returns a handler that reads the topics from the request. With the prefix {@code /events/}, the
   * request {@code /events/news/sport?topic=alerts/**} asks for {@code news/sport} and {@code
   * alerts/**}. The path may end with the prefix if the query names a topic. All other requests get
   * a 404.
   *
   * @param prefix the beginning of the paths of streams: visible ASCII characters between two
   *     slashes, or one slash
   * @return the handler
   * @throws IllegalArgumentException if the prefix does not begin and end with a slash, or has a
   *     question mark, a hash, a percent sign, an asterisk or other characters
   */
  static StreamHandler topicsUnder(String prefix) {
    PathPrefix path = new PathPrefix(prefix);
    return request -> {
      Optional<String> rest = path.rest(request);
      List<String> topics = new ArrayList<>();
      rest.filter(topic -> !topic.isEmpty()).ifPresent(topics::add);
      topics.addAll(request.parameters("topic"));
      return rest.isEmpty() || topics.isEmpty()
          ? Decision.refuse(404)
          : Decision.stream(topics.toArray(String[]::new));
    };
  }
}
