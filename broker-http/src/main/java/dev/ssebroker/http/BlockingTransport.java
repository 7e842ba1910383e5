package dev.ssebroker.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;

/**
 * A transport that waits by blocking virtual threads: during a stream one of them reads and one
 * writes. TLS needs it, because a TLS socket cannot be read without blocking.
 */
final class BlockingTransport implements Transport {
  private static final int IGNORED_BYTES = 1024;

  /** Secures a connected socket. */
  interface Handshake {
    /** The protocol without a handshake. */
    Handshake NONE = plain -> plain;

    /** Blocks until the handshake is complete. Returns the socket for what is read and written. */
    Socket complete(Socket plain) throws IOException;

    /** Returns the client's verified certificate; empty if it has none. */
    default Optional<X509Certificate> clientCertificate(Socket completed) {
      return Optional.empty();
    }
  }

  private final Socket plain;
  private final Handshake handshake;

  /** The plain socket, or TLS on top of it. Written once, by {@link #open}. */
  private volatile Socket socket;

  private volatile boolean outputShutDown;

  BlockingTransport(Socket plain, Handshake handshake) {
    this.plain = plain;
    this.handshake = handshake;
    this.socket = plain;
  }

  /** Returns a transport without TLS. */
  static BlockingTransport plain(SocketChannel channel) {
    return new BlockingTransport(channel.socket(), Handshake.NONE);
  }

  @Override
  public InetSocketAddress remote() {
    return (InetSocketAddress) plain.getRemoteSocketAddress();
  }

  @Override
  public void open() throws IOException {
    plain.setTcpNoDelay(true);
    plain.setKeepAlive(true);
    socket = handshake.complete(plain);
  }

  @Override
  public Optional<X509Certificate> clientCertificate() {
    return handshake.clientCertificate(socket);
  }

  @Override
  public int read(byte[] target, int offset, int length, Duration time) throws IOException {
    socket.setSoTimeout(Math.toIntExact(time.toMillis()));
    return socket.getInputStream().read(target, offset, length);
  }

  @Override
  public ByteBuffer buffer(int length) {
    return ByteBuffer.allocate(length);
  }

  @Override
  public void write(ByteBuffer filled) throws IOException {
    socket.getOutputStream().write(filled.array(), filled.arrayOffset(), filled.position());
  }

  @Override
  public void shutdownOutput() throws IOException {
    outputShutDown = true;
    socket.shutdownOutput();
  }

  @Override
  public void beginStream() throws IOException {
    socket.setSoTimeout(0);
  }

  /** Blocks until the client disconnects. */
  @Override
  public void awaitDisconnect(Runnable action) {
    try {
      ignoreInput(socket.getInputStream());
      if (outputShutDown) {
        // A TLS layer may end before the client has closed its side.
        ignoreInput(plain.getInputStream());
      }
    } catch (IOException e) {
      // The client reset the connection, or this transport was closed.
    } finally {
      action.run();
    }
  }

  private void ignoreInput(InputStream in) throws IOException {
    byte[] ignored = new byte[IGNORED_BYTES];
    int total = 0;
    int count = 0;
    while (count >= 0 && (total < MAX_UNSOLICITED_BYTES || outputShutDown)) {
      count = in.read(ignored);
      total = Math.min(total + count, MAX_UNSOLICITED_BYTES);
    }
  }

  /** Closes the plain socket, because closing TLS would wait for a write that is under way. */
  @Override
  public void close() throws IOException {
    plain.close();
  }
}
