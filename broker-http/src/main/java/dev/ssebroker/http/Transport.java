package dev.ssebroker.http;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;

/**
 * A client's socket. Requests are read from it; answers, and then perhaps one stream, are written
 * to it.
 *
 * <p>The connection's thread uses it until {@link #beginStream}. From then on the client's writer
 * writes to it. Any thread may close it.
 */
sealed interface Transport extends Closeable permits BlockingTransport, SelectedTransport {
  /** How much a client may send during a stream. The server ignores it. */
  int MAX_UNSOLICITED_BYTES = 64 * 1024;

  /** Returns the client's address and port. */
  InetSocketAddress remote();

  /** Completes the handshake if the protocol has one. Blocks. */
  void open() throws IOException;

  /** Returns the client's verified certificate; empty if it has none. */
  default Optional<X509Certificate> clientCertificate() {
    return Optional.empty();
  }

  /**
   * Reads a part of a request. Blocks until at least one byte is available.
   *
   * @param time how long to wait, at least one millisecond
   * @return the number of bytes; -1 if the client has closed its side
   * @throws SocketTimeoutException if the time is over
   */
  int read(byte[] target, int offset, int length, Duration time) throws IOException;

  /** Returns an empty buffer for a write of this many bytes. */
  ByteBuffer buffer(int length);

  /**
   * Writes what is in a buffer that {@link #buffer} returned, which must not be used any more.
   * Blocks until the socket has taken it.
   */
  void write(ByteBuffer filled) throws IOException;

  /** Closes this side after what was written. The client can still send. */
  void shutdownOutput() throws IOException;

  /** Prepares for a stream. No request is read any more. */
  void beginStream() throws IOException;

  /**
   * Ignores what the client sends until it disconnects, and then runs the action. The action also
   * runs when this transport is closed. It may run on any thread, and more than once. A client that
   * closes only its side, or that sends too much before the output is shut down, counts as
   * disconnected.
   *
   * <p>May block until then, or may return at once.
   */
  void awaitDisconnect(Runnable action);

  /** Closes the socket without a further byte. Frees the threads that read or write. */
  @Override
  void close() throws IOException;
}
