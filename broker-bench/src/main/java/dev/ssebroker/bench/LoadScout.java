package dev.ssebroker.bench;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * A connection that reads a stream until it knows the event that is a given number of events back.
 * Used by one thread at a time.
 */
final class LoadScout implements ResponseReader.Body, EventScanner.Listener {
  private static final int BUFFER_BYTES = 64 * 1024;

  /** The part of a line that is kept. Servers accept no longer ids in a request head. */
  private static final int MAX_LINE_BYTES = 8 * 1024;

  private final int back;
  private final EventScanner scanner = new EventScanner(this);

  /** The latest {@code back + 1} events with an id. */
  private final Deque<ResumePoint> points = new ArrayDeque<>();

  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private boolean afterCr;

  /** The id of the current event; empty if it has none. */
  private String id = "";

  /** The number of events with a mark, with or without an id. */
  private long marked;

  private LoadScout(int back) {
    this.back = back;
  }

  /**
   * Finds the event that is {@link LoadSettings#resume} events before the newest received one.
   * Events without a mark or without their own id do not count.
   *
   * @param timeout how long to wait for enough events
   * @throws LoadFailure if the events have no ids or no sequence, or do not arrive in time
   * @throws IOException if the connection to the server fails
   */
  static ResumePoint find(LoadSettings settings, InetSocketAddress server, Duration timeout)
      throws IOException, LoadFailure {
    LoadScout scout = new LoadScout(settings.resume());
    ByteBuffer inflated = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    ResponseReader response = new ResponseReader(scout, inflated);
    try (Socket socket = new Socket()) {
      socket.connect(server, LoadRun.CONNECT_TIMEOUT_MILLIS);
      socket.getOutputStream().write(settings.request().getBytes(StandardCharsets.UTF_8));
      return scout.read(socket, response, timeout);
    } finally {
      response.close();
    }
  }

  private ResumePoint read(Socket socket, ResponseReader response, Duration timeout)
      throws LoadFailure {
    long start = System.nanoTime();
    byte[] bytes = new byte[BUFFER_BYTES];
    try {
      InputStream in = socket.getInputStream();
      while (points.size() <= back) {
        long remaining = timeout.toNanos() - (System.nanoTime() - start);
        if (remaining <= 0) {
          throw timedOut(timeout);
        }
        socket.setSoTimeout((int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(remaining)));
        int length = in.read(bytes);
        if (length < 0) {
          throw new EOFException("the server closed the connection");
        }
        response.read(ByteBuffer.wrap(bytes, 0, length).order(ByteOrder.LITTLE_ENDIAN));
        if (points.isEmpty() && marked > back) {
          throw noIds();
        }
        if (response.isEnded()) {
          throw new ProtocolException("the server ended the stream");
        }
      }
    } catch (SocketTimeoutException e) {
      throw timedOut(timeout);
    } catch (IOException e) {
      throw new LoadFailure("the stream ended before --resume found an id: " + e.getMessage());
    }
    ResumePoint point = points.getFirst();
    if (point.sequence() == EventScanner.NONE) {
      throw new LoadFailure(
          "the marks have no sequence 'N=<number>;', which --resume needs to detect losses");
    }
    return point;
  }

  private LoadFailure timedOut(Duration timeout) {
    if (points.isEmpty() && marked > 0) {
      return noIds();
    }
    String time =
        timeout.toMillis() % 1000 == 0
            ? timeout.toSeconds() + " s at this rate"
            : timeout.toMillis() + " ms";
    return new LoadFailure(
        "only %,d of the %,d events with ids that --resume %d needs arrived within %s"
            .formatted(points.size(), back + 1, back, time));
  }

  private static LoadFailure noIds() {
    return new LoadFailure("the stream has no ids, which --resume needs");
  }

  /**
   * Checks each line for an id before the scanner sees its end, which may be the end of the event.
   */
  @Override
  public void scan(ByteBuffer in, int from, int to) {
    int start = from;
    for (int at = from; at < to; at++) {
      byte b = in.get(at);
      boolean isCrLf = afterCr && b == '\n';
      afterCr = b == '\r';
      if (b != '\n' && b != '\r') {
        if (line.size() < MAX_LINE_BYTES) {
          line.write(b);
        }
      } else if (!isCrLf) {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        readId(text);
        scanner.scan(in, start, at + 1);
        start = at + 1;
        if (text.isEmpty()) {
          id = "";
        }
      }
    }
    scanner.scan(in, start, to);
  }

  /** Reads the id if the line is an id field (HTML 9.2.6). An id that contains NUL is ignored. */
  private void readId(String text) {
    if (text.equals("id")) {
      id = "";
    } else if (text.startsWith("id:") && text.indexOf('\0') < 0) {
      id = text.substring(text.startsWith("id: ") ? 4 : 3);
    }
  }

  @Override
  public void event(long time, long sequence) {
    marked++;
    if (id.isEmpty()) {
      return;
    }
    points.addLast(new ResumePoint(id, time, sequence));
    if (points.size() > back + 1) {
      points.removeFirst();
    }
  }

  @Override
  public void gap() {
    // Gaps before the resume point do not matter.
  }
}
