package dev.ssebroker;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;

/**
 * A client that does not read: every write blocks until the gate is opened, or until the sink is
 * closed, which makes the write fail as a socket's does.
 */
final class GatedSink extends RecordingSink {
  private final CountDownLatch blocked = new CountDownLatch(1);
  private final CountDownLatch freed = new CountDownLatch(1);
  private final boolean deaf;

  private GatedSink(boolean deaf) {
    this.deaf = deaf;
  }

  static GatedSink obedient() {
    return new GatedSink(false);
  }

  /** Makes a sink whose blocked write is not freed by its close. */
  static GatedSink deaf() {
    return new GatedSink(true);
  }

  @Override
  public void write(Batch batch) throws IOException {
    blocked.countDown();
    try {
      freed.await();
    } catch (InterruptedException e) {
      misuse("an interrupted write");
      throw new InterruptedIOException();
    }
    super.write(batch);
  }

  @Override
  public void close() throws IOException {
    super.close();
    if (!deaf) {
      freed.countDown();
    }
  }

  /** Lets this write and all later ones through. */
  void open() {
    freed.countDown();
  }

  void awaitBlocked() throws InterruptedException {
    Stage.await(blocked, "a write");
  }
}
