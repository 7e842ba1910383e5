package dev.ssebroker.bench;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One client of a load run: what its connection brought, and what of it counts. Used by its
 * reader's thread only, and read by others when that thread has ended.
 */
final class LoadClient implements EventScanner.Listener {
  /*
   * An event belongs to the measured window if its T does, not if it is read then: so all clients are
   * owed the same events, and what is missing at the end was lost rather than under way. Only the
   * rate counts what was read within the window.
   *
   * A client that resumes is owed what was published since its id, too. Of this it has no latency:
   * that would be the age of what was replayed.
   */

  /** The measured window in epoch nanoseconds, the end exclusive. */
  record Window(long start, long end) {
    /** Before one is known. */
    static final Window NEVER = new Window(Long.MAX_VALUE, Long.MAX_VALUE);

    boolean has(long time) {
      return time >= start && time < end;
    }
  }

  /** What the clients of one reader have in common. */
  static final class Totals {
    final Histogram latency = newHistogram();
    Window window = Window.NEVER;

    /** When the last read returned. */
    long now;

    long received;
    long receivedInWindow;
    long bytesInWindow;
    long gapsInWindow;

    /** How many events were received before they were sent, says the clock. */
    long fromFuture;

    /** Clients that have received an event of after the window. */
    int past;

    /** Clients that have resumed and caught up. */
    int level;

    /** When the last of them did. */
    long lastLevel;

    /** Returns an empty one, for nanoseconds up to an hour. */
    static Histogram newHistogram() {
      return new Histogram(3_600_000_000_000L, 3);
    }
  }

  final SocketChannel channel;
  private final Totals totals;
  private final AnswerReader answer;
  private final long created = System.nanoTime();
  private final boolean resumes;

  /** When the head of the answer was read; of clients that resume only. */
  private long answeredAt;

  private boolean level;
  private boolean past;
  private long lastTime;
  private long lastSequence;

  private long events;
  private long firstSequence = Long.MAX_VALUE;
  private long highestSequence = EventScanner.NONE;
  private long unsequenced;
  private long outOfOrder;
  private long repeated;

  /**
   * Creates one.
   *
   * @param since the event it resumes after, null if it does not resume
   */
  LoadClient(
      SocketChannel channel, Totals totals, ByteBuffer inflated, @Nullable ResumePoint since) {
    this.channel = channel;
    this.totals = totals;
    this.resumes = since != null;
    this.lastTime = since == null ? 0 : since.time();
    this.lastSequence = since == null ? EventScanner.NONE : since.sequence();
    this.answer = new AnswerReader(new EventScanner(this), inflated);
  }

  /**
   * Takes what a read brought.
   *
   * @param in from position to limit
   * @throws LoadFailure if it is not the answer of a server of event streams
   * @throws IOException if it is no proper answer any more
   */
  void take(ByteBuffer in) throws IOException, LoadFailure {
    if (totals.window.has(totals.now)) {
      totals.bytesInWindow += in.remaining();
    }
    if (resumes && !answer.isAnswered()) {
      answeredAt = totals.now;
    }
    answer.take(in);
    if (answer.isEnded()) {
      throw new ProtocolException("the server ended the stream");
    }
  }

  boolean isAnswered() {
    return answer.isAnswered();
  }

  boolean isCompressed() {
    return answer.isCompressed();
  }

  boolean isPast() {
    return past;
  }

  /** Says whether it has resumed and has received an event of after its answer's head. */
  boolean isLevel() {
    return level;
  }

  /** Returns the nanoseconds since the connection was begun. */
  long age() {
    return System.nanoTime() - created;
  }

  @Override
  public void event(long time, long sequence) {
    long now = totals.now;
    Window window = totals.window;
    totals.received++;
    if (window.has(now)) {
      totals.receivedInWindow++;
    }
    boolean measured = window.has(time);
    boolean owed = measured || (resumes && time < window.end());
    if (measured) {
      sample(now - time);
    }
    if (owed) {
      count(sequence);
    } else if (!past && time >= window.end()) {
      past = true;
      totals.past++;
    }
    if (resumes && !level && time > answeredAt) {
      level = true;
      totals.level++;
      totals.lastLevel = now;
    }
    putInOrder(time, sequence, owed);
  }

  private void sample(long latency) {
    if (latency < 0) {
      totals.fromFuture++;
    }
    totals.latency.recordValue(
        Math.min(Math.max(latency, 0), totals.latency.getHighestTrackableValue()));
  }

  private void count(long sequence) {
    events++;
    if (sequence == EventScanner.NONE) {
      unsequenced++;
    } else {
      firstSequence = Math.min(firstSequence, sequence);
      highestSequence = Math.max(highestSequence, sequence);
    }
  }

  private void putInOrder(long time, long sequence, boolean counts) {
    boolean sequenced = sequence != EventScanner.NONE;
    if (sequenced && sequence == lastSequence) {
      repeated += counts ? 1 : 0;
    } else if (time < lastTime || (sequenced && sequence < lastSequence)) {
      outOfOrder += counts ? 1 : 0;
    } else {
      lastTime = time;
      lastSequence = sequence;
    }
  }

  @Override
  public void gap() {
    if (totals.window.has(totals.now)) {
      totals.gapsInWindow++;
    }
  }

  /** Events that it was owed: those of the window, and all before if it resumed. */
  long events() {
    return events;
  }

  /** The lowest sequence of these events, the highest long if there is none. */
  long firstSequence() {
    return firstSequence;
  }

  /** The highest sequence of these events, {@link EventScanner#NONE} if there is none. */
  long highestSequence() {
    return highestSequence;
  }

  long unsequenced() {
    return unsequenced;
  }

  long outOfOrder() {
    return outOfOrder;
  }

  long repeated() {
    return repeated;
  }

  void close() {
    answer.close();
    try {
      channel.close();
    } catch (IOException e) {
      // It is gone, which is all that was wanted.
    }
  }
}
