/**
 * Serves a {@link dev.ssebroker.Broker} as HTTP/1.1.
 *
 * <pre>
 *  sse-acceptor       sse-conn-42 (one per connection)          sse-writer-42 (while there is
 *                                                                  something to write)
 *  Acceptor.run       Connection.run
 *    accept  ───────▶   RequestParser: bytes to Request
 *                       Dispatcher: Request to Decision, asking
 *                         StreamHandler, Authorizer, PostHandler;
 *                         Publishing: Broker.publish
 *                         Answer: one response, next request
 *                         Stream: Broker.subscription  ───────▶  SocketSink.write: head and
 *                                                                  first bytes, then batches
 *  sse-watch          end of a client's stream: Subscription     SocketSink.end: last chunk
 *  Watch.run            .disconnected
 * </pre>
 *
 * <p><b>The thread rule.</b> A socket belongs to one thread at a time: its connection's, which
 * reads requests and writes answers, and then the broker's writer. What comes in during a stream,
 * the server's watch reads, which waits for nobody; under TLS, the connection's thread does.
 * Closing a socket, which any thread may do, frees all.
 */
package dev.ssebroker.http;
