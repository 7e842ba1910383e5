package dev.ssebroker.http;

/**
 * Handles the requests of one method to the paths of a pattern: {@link SseServer.Builder#handle}.
 */
@FunctionalInterface
public interface RequestHandler {

  /**
   * Decides what one request gets. The server's {@link Authorizer} is asked about the topics of a
   * stream only, and after this. So the handler must check by itself whether the client may do
   * anything else. With {@link Cors#anyOrigin()} a page of any web site can send such a request.
   *
   * <p>It may block: a virtual thread of the connection calls it, or before Java 24 a platform
   * thread of a pool (see {@link SseServer}). Requests of other connections are handled at the same
   * time. If it throws, the client receives a 500 and the log a warning.
   *
   * @param request the client's request, with the values of the pattern's names
   * @param body the whole body, at most {@link Limits#bodyBytes} long; empty if there is none. The
   *     server has decoded it if its {@code Content-Encoding} is gzip, and refuses other codings.
   *     The handler must look at {@code Content-Type} itself
   * @return what the client gets
   */
  Decision handle(Request request, byte[] body);
}
