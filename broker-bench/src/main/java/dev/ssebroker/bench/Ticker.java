package dev.ssebroker.bench;

import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Publishes events with the marks that {@link Load} needs, at a steady rate: {@code T=<epoch
 * nanoseconds>;N=<sequence>;}, followed by a padding of {@code x}. Times are strictly increasing,
 * and the sequence starts at 0.
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
   * @param rate the events per second
   * @param size the length of the padding in characters
   * @param publish receives the data of each event, on the thread of the ticker
   */
  static Ticker start(int rate, int size, Consumer<String> publish) {
    Ticker ticker = new Ticker(rate, size, publish);
    ticker.thread.start();
    return ticker;
  }

  /** Publishes events at their due times. After a delay it catches up at once, to keep the rate. */
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

  /** Stops the ticker. Returns after the last event has been published. */
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
