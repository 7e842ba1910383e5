package dev.ssebroker.http;

/** Decides what a request gets: a topic's stream, or an answer. */
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
}
