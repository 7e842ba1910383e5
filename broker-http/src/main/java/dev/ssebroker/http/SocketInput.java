package dev.ssebroker.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * A socket's input that limits the time for a whole part of a request, however small the pieces in
 * which it arrives. Used by the connection's thread only.
 */
final class SocketInput extends InputStream {
  /*
   * The socket's timeout is the time that is left. For one read here, a TLS layer may read the
   * socket several times, until its record is complete, and the timeout applies to each of these
   * reads. The time limit covers them together. It ends a little later than the timeout, which can
   * be answered.
   */
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final TimeLimit timeLimit;
  private final Transport transport;
  private long deadlineNanos;

  SocketInput(TimeLimit timeLimit, Transport transport) {
    this.timeLimit = timeLimit;
    this.transport = transport;
  }

  /** Limits the time for all reads until the next call. */
  void allow(Duration time) {
    deadlineNanos = System.nanoTime() + time.toNanos();
  }

  /**
   * Reads what is available, and waits for it until the time is over.
   *
   * @throws SocketTimeoutException if the time is over
   */
  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Duration left = Duration.ofNanos(deadlineNanos - System.nanoTime());
    if (left.toMillis() <= 0) {
      throw new SocketTimeoutException();
    }
    timeLimit.begin(left.plus(GRACE));
    try {
      return transport.read(target, offset, length, left);
    } finally {
      timeLimit.end();
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }
}
