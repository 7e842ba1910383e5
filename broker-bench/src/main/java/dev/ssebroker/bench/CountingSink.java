package dev.ssebroker.bench;

import dev.ssebroker.Batch;
import dev.ssebroker.Sink;
import java.util.concurrent.CountDownLatch;

/** Counts the frames it is given, all of which have one length, and nothing else. */
final class CountingSink implements Sink {
  /** The comment that opens a stream. */
  private static final int OPENING_LENGTH = ":\n\n".length();

  private final int frameLength;
  private final CountDownLatch openings;
  private final Bursts bursts;
  private final Bursts.Tally tally;

  /** Used by the client's writer only. */
  private boolean opened;

  CountingSink(int frameLength, CountDownLatch openings, Bursts bursts) {
    this.frameLength = frameLength;
    this.openings = openings;
    this.bursts = bursts;
    this.tally = bursts.newTally();
  }

  /** Returns the length of an event of type message with one line of ASCII data. */
  static int frameLength(String data) {
    return "data: ".length() + data.length() + "\n\n".length();
  }

  @Override
  public void write(Batch batch) {
    int length = batch.length();
    if (!opened) {
      opened = true;
      length -= OPENING_LENGTH;
      openings.countDown();
    }
    if (length % frameLength != 0) {
      IllegalStateException failure =
          new IllegalStateException(
              "%d bytes are not a number of frames of %d".formatted(length, frameLength));
      bursts.fail(failure);
      throw failure;
    }
    tally.add(length / frameLength);
  }

  @Override
  public void close() {}
}
