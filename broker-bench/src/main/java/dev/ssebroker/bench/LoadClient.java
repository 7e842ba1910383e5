package dev.ssebroker.bench;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One client of a load run, with its counts. Used by its reader's thread only. Other threads read
 * it after that thread has ended.
 */
final class LoadClient implements EventScanner.Listener {
  /*
   * Window. An event belongs to the measured window if its T does, whenever it is read. So all clients
   * expect the same events, and an event that is missing at the end is lost, not in flight. Only the rate
   * counts the events that were read within the window.
   *
   * Resuming. A client that resumes also expects the events after its id. These are no latency samples,
   * since their latency would be the age of replayed events.
   */

  /** The measured window in epoch nanoseconds, the end exclusive. */
  record Window(long start, long end) {
    /** The window before it is known. */
    static final Window NEVER = new Window(Long.MAX_VALUE, Long.MAX_VALUE);

    boolean contains(long time) {
      return time >= start && time < end;
    }
  }

  /** The state and counts that the clients of one reader share. */
  static final class Totals {
    final Histogram latency = newHistogram();
    Window window = Window.NEVER;

    /** The time at which the latest read returned. */
    long now;

    long received;
    long receivedInWindow;
    long bytesInWindow;
    long gapsInWindow;

    /** The number of events whose T is later than the time of their read. */
    long fromFuture;

    /** The number of clients that have received an event after the window. */
    int past;

    /** The number of clients that have resumed and caught up. */
    int caughtUp;

    /** The time at which the last of them caught up. */
    long lastCaughtUp;

    /** Returns an empty histogram for nanoseconds up to an hour. */
    static Histogram newHistogram() {
      return new Histogram(3_600_000_000_000L, 3);
    }
  }

  final SocketChannel channel;
  private final Totals totals;
  private final ResponseReader response;
  private final long created = System.nanoTime();
  private final boolean resumes;

  /** The time at which the head of the response was read, if the client resumes. */
  private long headAt;

  private boolean caughtUp;
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
   * Creates a client.
   *
   * @param resumePoint the event after which the client resumes; null if it does not resume
   */
  LoadClient(
      SocketChannel channel,
      Totals totals,
      ByteBuffer inflated,
      @Nullable ResumePoint resumePoint) {
    this.channel = channel;
    this.totals = totals;
    this.resumes = resumePoint != null;
    this.lastTime = resumePoint == null ? 0 : resumePoint.time();
    this.lastSequence = resumePoint == null ? EventScanner.NONE : resumePoint.sequence();
    this.response = new ResponseReader(new EventScanner(this), inflated);
  }

  /**
   * Processes the bytes of a read.
   *
   * @param in the bytes between position and limit
   * @throws LoadFailure if the response is not an event stream
   * @throws IOException if the response is malformed or has ended
   */
  void receive(ByteBuffer in) throws IOException, LoadFailure {
    if (totals.window.contains(totals.now)) {
      totals.bytesInWindow += in.remaining();
    }
    if (resumes && !response.hasHead()) {
      headAt = totals.now;
    }
    response.read(in);
    if (response.isEnded()) {
      throw new ProtocolException("the server ended the stream");
    }
  }

  boolean hasHead() {
    return response.hasHead();
  }

  boolean isCompressed() {
    return response.isCompressed();
  }

  /** Returns whether the client has received an event after the window. */
  boolean isPast() {
    return past;
  }

  /**
   * Returns whether the client has resumed, and received an event after the head of its response.
   */
  boolean hasCaughtUp() {
    return caughtUp;
  }

  /** Returns the nanoseconds since the start of the connection. */
  long age() {
    return System.nanoTime() - created;
  }

  @Override
  public void event(long time, long sequence) {
    long now = totals.now;
    Window window = totals.window;
    totals.received++;
    if (window.contains(now)) {
      totals.receivedInWindow++;
    }
    boolean measured = window.contains(time);
    boolean expected = measured || (resumes && time < window.end());
    if (measured) {
      addSample(now - time);
    }
    if (expected) {
      count(sequence);
    } else if (!past && time >= window.end()) {
      past = true;
      totals.past++;
    }
    if (resumes && !caughtUp && time > headAt) {
      caughtUp = true;
      totals.caughtUp++;
      totals.lastCaughtUp = now;
    }
    checkOrder(time, sequence, expected);
  }

  private void addSample(long latency) {
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

  private void checkOrder(long time, long sequence, boolean counts) {
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
    if (totals.window.contains(totals.now)) {
      totals.gapsInWindow++;
    }
  }

  /** Returns the number of expected events: those of the window, and earlier ones if it resumed. */
  long events() {
    return events;
  }

  /** Returns the lowest sequence of these events; {@link Long#MAX_VALUE} if there is none. */
  long firstSequence() {
    return firstSequence;
  }

  /** Returns the highest sequence of these events; {@link EventScanner#NONE} if there is none. */
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
    response.close();
    try {
      channel.close();
    } catch (IOException e) {
      // The channel is closed anyway.
    }
  }
}
