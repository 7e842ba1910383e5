package dev.ssebroker.bench;

import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Says the time at a steady rate: {@code T=<epoch nanoseconds>;N=<sequence>;} and a padding of
 * {@code x}, which is what {@link Load} looks for. Each time is later than the one before, and the
 * sequence counts from 0.
 */
final class Ticker implements AutoCloseable {
  private final long periodNanos;
  private final String padding;
  private final Consumer<String> publish;
  private final Thread thread = new Thread(this::run, "ticker");
  private volatile boolean closed;

  private Ticker(int rate, int size, Consumer<String> publish) {
    this.periodNanos = 1_000_000_000L / rate;
    this.padding = "x".repeat(size);
    this.publish = publish;
  }

  /**
   * Starts a ticker.
   *
   * @param rate events per second
   * @param size the padding's length in characters
   * @param publish is given each event's data, by the ticker's own thread
   */
  static Ticker start(int rate, int size, Consumer<String> publish) {
    Ticker ticker = new Ticker(rate, size, publish);
    ticker.thread.start();
    return ticker;
  }

  /** A ticker that was held up says what it owes at once, so that the rate is kept. */
  private void run() {
    long due = System.nanoTime();
    long last = 0;
    long sequence = 0;
    while (!closed) {
      long early = due - System.nanoTime();
      if (early > 0) {
        LockSupport.parkNanos(early);
        continue;
      }
      last = Math.max(last + 1, EpochClock.nanos());
      publish.accept("T=" + last + ";N=" + sequence++ + ";" + padding);
      due += periodNanos;
    }
  }

  /** Returns when the last event has been published. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
