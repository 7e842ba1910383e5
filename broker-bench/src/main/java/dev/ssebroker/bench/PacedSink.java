package dev.ssebroker.bench;

import dev.ssebroker.Batch;
import dev.ssebroker.Sink;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A slow client: each write of events is passed to another sink, and blocks for some time. */
final class PacedSink implements Sink {
  private final Sink sink;
  private final long periodMillis;
  private final CountDownLatch closed = new CountDownLatch(1);

  PacedSink(Sink sink, long periodMillis) {
    this.sink = sink;
    this.periodMillis = periodMillis;
  }

  @Override
  public void write(Batch batch) throws IOException {
    sink.write(batch);
    try {
      if (batch.events() > 0 && closed.await(periodMillis, TimeUnit.MILLISECONDS)) {
        throw new IOException("closed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    sink.close();
  }
}
