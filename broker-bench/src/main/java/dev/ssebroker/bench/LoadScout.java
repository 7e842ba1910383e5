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
 * One connection that reads a stream until it knows an event that is so many events back, and then
 * ends. One thread at a time.
 */
final class LoadScout implements AnswerReader.Body, EventScanner.Listener {
  private static final int BUFFER_BYTES = 64 * 1024;

  /** Of a line, as much as is kept: servers take no longer ids in a request's head. */
  private static final int MOST_LINE_BYTES = 8 * 1024;

  private final int back;
  private final EventScanner scanner = new EventScanner(this);

  /** The last events that have an id, one more than is to be gone back. */
  private final Deque<ResumePoint> points = new ArrayDeque<>();

  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private boolean afterCr;

  /** The id of the event that is under way, empty if it has none. */
  private String id = "";

  /** How many events with a mark have come, with or without an id. */
  private long marked;

  private LoadScout(int back) {
    this.back = back;
  }

  /**
   * Returns the event that {@link LoadSettings#resume} asks for, counted back from the newest one
   * that has come. Events without a mark or without an id of their own do not count.
   *
   * @param patience how long the events may take to come
   * @throws LoadFailure if they have no ids or no sequence, or do not come in time
   * @throws IOException if the server cannot be connected to
   */
  static ResumePoint find(LoadSettings settings, InetSocketAddress server, Duration patience)
      throws IOException, LoadFailure {
    LoadScout scout = new LoadScout(settings.resume());
    ByteBuffer inflated = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    AnswerReader answer = new AnswerReader(scout, inflated);
    try (Socket socket = new Socket()) {
      socket.connect(server, LoadRun.CONNECT_TIMEOUT_MILLIS);
      socket.getOutputStream().write(settings.request().getBytes(StandardCharsets.UTF_8));
      return scout.read(socket, answer, patience);
    } finally {
      answer.close();
    }
  }

  private ResumePoint read(Socket socket, AnswerReader answer, Duration patience)
      throws LoadFailure {
    long begin = System.nanoTime();
    byte[] bytes = new byte[BUFFER_BYTES];
    try {
      InputStream in = socket.getInputStream();
      while (points.size() <= back) {
        long left = patience.toNanos() - (System.nanoTime() - begin);
        if (left <= 0) {
          throw late(patience);
        }
        socket.setSoTimeout((int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
        int length = in.read(bytes);
        if (length < 0) {
          throw new EOFException("the server closed the connection");
        }
        answer.take(ByteBuffer.wrap(bytes, 0, length).order(ByteOrder.LITTLE_ENDIAN));
        if (points.isEmpty() && marked > back) {
          throw noIds();
        }
        if (answer.isEnded()) {
          throw new ProtocolException("the server ended the stream");
        }
      }
    } catch (SocketTimeoutException e) {
      throw late(patience);
    } catch (IOException e) {
      throw new LoadFailure("the stream ended before --resume had an id: " + e.getMessage());
    }
    ResumePoint point = points.getFirst();
    if (point.sequence() == EventScanner.NONE) {
      throw new LoadFailure(
          "the marks have no sequence 'N=<number>;', without which --resume cannot tell what was"
              + " lost");
    }
    return point;
  }

  private LoadFailure late(Duration patience) {
    if (points.isEmpty() && marked > 0) {
      return noIds();
    }
    String time =
        patience.toMillis() % 1000 == 0
            ? patience.toSeconds() + " s at this rate"
            : patience.toMillis() + " ms";
    return new LoadFailure(
        "only %,d of the %,d events with ids that --resume %d needs came within %s"
            .formatted(points.size(), back + 1, back, time));
  }

  private static LoadFailure noIds() {
    return new LoadFailure("the stream has no ids, so that --resume has nothing to resume from");
  }

  /** Looks at each line for an id before the scanner sees its end, which may be the event's. */
  @Override
  public void scan(ByteBuffer in, int from, int to) {
    int start = from;
    for (int at = from; at < to; at++) {
      byte b = in.get(at);
      boolean isCrLf = afterCr && b == '\n';
      afterCr = b == '\r';
      if (b != '\n' && b != '\r') {
        if (line.size() < MOST_LINE_BYTES) {
          line.write(b);
        }
      } else if (!isCrLf) {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        takeId(text);
        scanner.scan(in, start, at + 1);
        start = at + 1;
        if (text.isEmpty()) {
          id = "";
        }
      }
    }
    scanner.scan(in, start, to);
  }

  /** Takes the id that the line may be: HTML 9.2.6, where one with a NUL is none. */
  private void takeId(String text) {
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
    // What was missed before the events that are looked for plays no part.
  }
}
