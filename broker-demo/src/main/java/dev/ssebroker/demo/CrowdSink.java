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
 * The sink of an extra client: nothing but its pace. It waits where a socket's write would block,
 * on the writer's virtual thread, and closing it ends the waiting.
 */
final class CrowdSink implements Sink {
  private final Pace pace;
  private final Consumer<Batch> received;
  private final CountDownLatch closed = new CountDownLatch(1);

  // Used by the writer's thread only.
  private long pauseNanos;
  private long readUntilNanos = System.nanoTime();

  /**
   * How a client reads.
   *
   * @param pause how long it takes nothing; zero if it reads at once
   * @param reading how long it then reads whatever comes; zero if one batch is all it takes
   */
  record Pace(Duration pause, Duration reading) {
    static Pace of(Kind kind) {
      return switch (kind) {
        case WEB, FAST -> new Pace(Duration.ZERO, Duration.ZERO);
        case SLOW -> new Pace(Duration.ofSeconds(1), Duration.ZERO);
        case STALLED -> new Pace(Duration.ofSeconds(15), Duration.ofSeconds(3));
      };
    }
  }

  /**
   * Makes the sink of one client.
   *
   * @param received is given each batch when the client has taken it, by the writer's thread
   */
  CrowdSink(Pace pace, Consumer<Batch> received) {
    this.pace = pace;
    this.received = received;
    // The first pause is up to a fifth shorter, so that a crowd does not wake up as one.
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
