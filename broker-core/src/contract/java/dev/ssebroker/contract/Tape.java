package dev.ssebroker.contract;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ssebroker.Batch;
import dev.ssebroker.Sink;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A sink that keeps each frame it is given, and may be slow. */
final class Tape implements Sink {
  /** Comes behind the last frame. */
  static final String END = "end";

  private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final SplittableRandom random;
  private final int slowness;

  /** Some writes take up to so many milliseconds. */
  Tape(int slowness, SplittableRandom random) {
    this.slowness = slowness;
    this.random = random;
  }

  @Override
  public void write(Batch batch) throws IOException {
    if (isClosed()) {
      throw new IOException("closed");
    }
    for (String frame : new String(batch.toByteArray(), UTF_8).split("\n\n", 0)) {
      frames.add(frame);
    }
  }

  private boolean isClosed() throws IOException {
    try {
      long millis = slowness > 0 && random.nextInt(4) == 0 ? random.nextInt(slowness) : 0;
      return closed.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void end() {}

  @Override
  public void close() {
    closed.countDown();
    frames.add(END);
  }

  /** Waits for the next frame. */
  String next() throws InterruptedException {
    String frame = frames.poll(30, TimeUnit.SECONDS);
    if (frame == null) {
      throw new AssertionError("no frame came");
    }
    return frame;
  }
}
