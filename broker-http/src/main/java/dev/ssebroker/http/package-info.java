/**
 * Serves a {@link dev.ssebroker.Broker} as HTTP/1.1.
 *
 * <pre>
 *  sse-acceptor       sse-conn-42 (one per connection)          sse-writer-42 (while there is
 *                                                                  something to write)
 *  Acceptor.run       Connection.run
 *    accept  ───────▶   RequestParser: bytes to Request
 *                       Dispatcher: Request to Decision, asking
 *                         RequestHandler or StreamHandler, then
 *                         Authorizer;
 *                         Publishing: Broker.publish
 *                         Answer: one response, next request
 *                         Stream: Broker.subscription  ───────▶  SocketSink.write: head and
 *                                                                  first bytes, then batches
 *  sse-watch          client disconnects:                        SocketSink.end: last chunk
 *  Watch.run            Subscription.disconnected
 * </pre>
 *
 * <p><b>The thread rule.</b> A socket has one reader and one writer at a time. The connection's
 * thread reads requests and writes answers. Then the broker's writer writes the stream. During a
 * stream the server's watch reads and discards, and never blocks; under TLS the connection's thread
 * does. Any thread may close a socket, which frees the threads that use it.
 */
package dev.ssebroker.http;
