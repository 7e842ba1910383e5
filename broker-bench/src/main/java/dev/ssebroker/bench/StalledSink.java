package dev.ssebroker.bench;

import dev.ssebroker.Batch;
import dev.ssebroker.Sink;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;

/** The sink of a client that does not read. Every write blocks until the sink is closed. */
final class StalledSink implements Sink {
  private final CountDownLatch closed = new CountDownLatch(1);

  @Override
  public void write(Batch batch) throws IOException {
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
    throw new IOException("closed");
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
