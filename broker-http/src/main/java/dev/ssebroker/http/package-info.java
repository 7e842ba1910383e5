/**
 * Serves a {@link dev.ssebroker.Broker} as HTTP/1.1.
 *
 * <pre>
 *  sse-acceptor       sse-conn-42 (one per connection)          sse-writer-42 (one per client)
 *  Acceptor.run       Connection.run
 *    accept  ───────▶   RequestParser: bytes to Request
 *                       Dispatcher: Request to Decision, asking
 *                         StreamHandler, Authorizer
 *                         Answer: one response, next request
 *                         Stream: Broker.subscription  ───────▶  SocketSink.write: head and
 *                           then only read: end of stream          first bytes, then batches
 *                           means that the client left           SocketSink.end: last chunk
 * </pre>
 *
 * <p><b>The thread rule.</b> A socket has one reader, its connection's thread, and one writer: the
 * same thread for an answer, the broker's writer for a stream. Closing a socket, which any thread
 * may do, frees both.
 */
package dev.ssebroker.http;
