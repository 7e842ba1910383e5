package dev.ssebroker.http;

/** Answers the POST requests to one path. */
@FunctionalInterface
public interface PostHandler {

  /**
   * Answers one request. The handler must check by itself whether the client may do this, because
   * the server's {@link Authorizer} decides about topics only. With {@link Cors#anyOrigin()} a page
   * of any web site can send such a request.
   *
   * <p>It may block, on the same thread as a {@link StreamHandler}. Requests of other connections
   * are answered at the same time. If it throws, the client receives a 500 and the log a warning.
   *
   * @param request the client's request
   * @param body the whole body, at most {@link Limits#bodyBytes} long; empty if there is none
   * @return the client's answer
   */
  Decision.Answer handle(Request request, byte[] body);
}
