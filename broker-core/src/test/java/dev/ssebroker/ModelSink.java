package dev.ssebroker;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A client's end of the line that stalls, is slow or fails at a write known beforehand. */
final class ModelSink extends RecordingSink {
  /** What a sink does at which of its writes, the first being 1; at 0 it never does. */
  record Temper(int stallAt, int failAt, boolean failsUnchecked, int pauses) {}

  /** One write that succeeded; the tick is from before anything of it was done. */
  record Write(long tick, int length) {}

  /** An Error, since of thousands of exceptions the log would tell. */
  @SuppressWarnings("serial")
  static final class Failure extends Error {
    private Failure() {
      super("a failing sink", null, false, false);
    }
  }

  private final ModelLog log;
  private final Temper temper;
  private final CountDownLatch gate = new CountDownLatch(1);

  // Written by the client's writer only; read when it has ended.
  final List<Write> writes = new ArrayList<>();
  long endTick;
  private int attempts;

  private volatile int succeeded;
  private volatile boolean failed;

  ModelSink(ModelLog log, Temper temper) {
    this.log = log;
    this.temper = temper;
  }

  @Override
  public void write(Batch batch) throws IOException {
    long tick = log.tick();
    attempts++;
    for (int i = 0; i < temper.pauses; i++) {
      Thread.onSpinWait();
    }
    if (attempts == temper.stallAt) {
      awaitGate();
    }
    if (attempts == temper.failAt) {
      failed = true;
      if (temper.failsUnchecked) {
        throw new Failure();
      }
      throw new IOException("a broken connection");
    }
    super.write(batch);
    writes.add(new Write(tick, batch.length()));
    succeeded = writes.size();
  }

  private void awaitGate() throws IOException {
    try {
      gate.await();
    } catch (InterruptedException e) {
      misuse("an interrupted write");
      throw new InterruptedIOException();
    }
  }

  @Override
  public void end() throws IOException {
    endTick = log.tick();
    super.end();
  }

  @Override
  public void close() throws IOException {
    super.close();
    gate.countDown();
  }

  void openGate() {
    gate.countDown();
  }

  /** How many writes have succeeded so far. */
  int succeeded() {
    return succeeded;
  }

  boolean hasFailed() {
    return failed;
  }

  boolean failsUnchecked() {
    return temper.failsUnchecked;
  }

  @Override
  public String toString() {
    return temper.toString();
  }
}
