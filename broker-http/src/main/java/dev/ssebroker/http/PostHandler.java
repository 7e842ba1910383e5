package dev.ssebroker.http;

/** Answers the POST requests of one path. */
@FunctionalInterface
public interface PostHandler {

  /**
   * Answers one request. Nobody has been asked whether the client may do this: the server's {@link
   * Authorizer} is about topics, so the handler authorizes by itself. With {@link Cors#anyOrigin()}
   * any web site's page can send such a request.
   *
   * <p>Called by the connection's own virtual thread, so it may block; requests of other
   * connections are answered at the same time. What it throws becomes a 500 for the client and a
   * warning in the log.
   *
   * @param request what the client asks
   * @param body the whole body, at most {@link Limits#bodyBytes} long; empty if there is none
   * @return what the client gets
   */
  Decision.Answer handle(Request request, byte[] body);
}
