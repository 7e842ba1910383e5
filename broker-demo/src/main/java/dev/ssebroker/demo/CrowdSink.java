package dev.ssebroker.demo;

import dev.ssebroker.Batch;
import dev.ssebroker.Sink;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The sink of an extra client. It discards every batch, but only at its pace: a write blocks the
 * writer's virtual thread, as a socket's write would. Closing the sink ends a blocked write.
 */
final class CrowdSink implements Sink {
  private final Pace pace;
  private final Consumer<Batch> received;
  private final CountDownLatch closed = new CountDownLatch(1);

  // Used by the writer thread only.
  private long pauseNanos;
  private long readUntilNanos = System.nanoTime();

  /**
   * How a client reads.
   *
   * @param pause how long it reads nothing; zero if it always reads at once
   * @param reading how long it then reads without a pause; zero if it reads one batch
   */
  record Pace(Duration pause, Duration reading) {
    static Pace of(ClientKind kind) {
      return switch (kind) {
        case WEB, FAST -> new Pace(Duration.ZERO, Duration.ZERO);
        case SLOW -> new Pace(Duration.ofSeconds(1), Duration.ZERO);
        case STALLED -> new Pace(Duration.ofSeconds(15), Duration.ofSeconds(3));
      };
    }
  }

  /**
   * Creates the sink of one client.
   *
   * @param received receives each batch after the client has read it, on the writer thread
   */
  CrowdSink(Pace pace, Consumer<Batch> received) {
    this.pace = pace;
    this.received = received;
    // The first pause is up to 20% shorter, so that a crowd does not wake up at the same moment.
    this.pauseNanos =
        (long) (pace.pause().toNanos() * ThreadLocalRandom.current().nextDouble(0.8, 1.0));
  }

  @Override
  public void write(Batch batch) throws IOException {
    if (!pace.pause().isZero() && System.nanoTime() - readUntilNanos >= 0) {
      pause();
      pauseNanos = pace.pause().toNanos();
      readUntilNanos = System.nanoTime() + pace.reading().toNanos();
    }
    received.accept(batch);
  }

  private void pause() throws IOException {
    try {
      if (closed.await(pauseNanos, TimeUnit.NANOSECONDS)) {
        throw new IOException("closed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
