package dev.ssebroker.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Decides what a request gets: a stream of topics, or an answer. */
@FunctionalInterface
public interface StreamHandler {

  /**
   * Decides about one GET or HEAD request. Called by the connection's own virtual thread, so it may
   * block; requests of other connections are decided at the same time. What it throws becomes a 500
   * for the client and a warning in the log.
   *
   * @param request what the client asks
   * @return what the client gets
   */
  Decision decide(Request request);

  /**
   * A handler that finds the topics in the request: {@code /events/news/sport?topic=alerts/**} asks
   * for {@code news/sport} and {@code alerts/**} where the prefix is {@code /events/}. The path may
   * end with the prefix if the query names a topic. Everything else is a 404.
   *
   * @param prefix how the paths of streams begin: visible ASCII characters between two slashes, or
   *     one slash
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
          ? Decision.reject(404)
          : Decision.stream(topics.toArray(String[]::new));
    };
  }
}
