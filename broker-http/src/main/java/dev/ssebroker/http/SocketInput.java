package dev.ssebroker.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A socket's input that must bring all of something within a time, however small the pieces in
 * which it comes. Used by the connection's thread only.
 */
final class SocketInput extends InputStream {
  /*
   * The socket's timeout is what is left of the time. A TLS layer reads several times for one read here,
   * until its record is whole, and the timeout is for each of them; so there is a time limit a little
   * later than the timeout would have come.
   */
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final TimeLimit timeLimit;
  private final Socket socket;
  private final InputStream in;
  private long deadlineNanos;

  SocketInput(TimeLimit timeLimit, Socket socket) throws IOException {
    this.timeLimit = timeLimit;
    this.socket = socket;
    this.in = socket.getInputStream();
  }

  /** From now on everything must come within this time. */
  void allow(Duration time) {
    deadlineNanos = System.nanoTime() + time.toNanos();
  }

  /**
   * Reads what there is, and waits for it as long as the time allows.
   *
   * @throws SocketTimeoutException if the time is over
   */
  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    long left = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
    if (left <= 0) {
      throw new SocketTimeoutException();
    }
    socket.setSoTimeout(Math.toIntExact(left));
    timeLimit.begin(Duration.ofMillis(left).plus(GRACE));
    try {
      return in.read(target, offset, length);
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
