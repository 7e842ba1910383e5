package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A sink that keeps what it is given, and what was done to it that no broker may do: two calls at
 * once, half a frame, a write behind the end.
 */
class RecordingSink implements Sink {
  /** The frame every stream begins with. */
  static final String COMMENT = ":";

  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();
  private final Queue<String> misuses = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean busy = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);

  @Override
  public void write(Batch batch) throws IOException {
    enter("write");
    try {
      byte[] bytes = batch.toByteArray();
      String text = new String(bytes, UTF_8);
      if (!text.endsWith("\n\n")) {
        misuse("a write that does not end with a frame: '" + text + "'");
      }
      received.writeBytes(bytes);
      int start = 0;
      for (int end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n", start)) {
        frames.add(text.substring(start, end));
        start = end + 2;
      }
    } finally {
      leave();
    }
  }

  @Override
  public void end() throws IOException {
    enter("end");
    ended.countDown();
    leave();
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
  }

  private void enter(String call) throws IOException {
    if (!busy.compareAndSet(false, true)) {
      misuse(call + " while another call was under way");
    }
    if (isEnded()) {
      misuse(call + " after the end");
    }
    if (isClosed()) {
      leave();
      throw new IOException("the sink is closed");
    }
  }

  private void leave() {
    busy.set(false);
  }

  final void misuse(String what) {
    misuses.add(what);
  }

  /** Waits for these frames, in this order; a frame is given without its blank line. */
  final void expect(String... expected) throws InterruptedException {
    for (String frame : expected) {
      assertEquals(frame, next());
    }
  }

  final List<String> take(int count) throws InterruptedException {
    List<String> taken = new ArrayList<>();
    while (taken.size() < count) {
      taken.add(next());
    }
    return taken;
  }

  private String next() throws InterruptedException {
    String frame = frames.poll(Stage.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    if (frame == null) {
      throw new AssertionError("no frame came; so far: " + new String(bytes(), UTF_8));
    }
    return frame;
  }

  /** Takes what has come and was not expected yet. */
  final List<String> rest() {
    List<String> rest = new ArrayList<>();
    frames.drainTo(rest);
    return rest;
  }

  final byte[] bytes() {
    return received.toByteArray();
  }

  final boolean isEnded() {
    return ended.getCount() == 0;
  }

  final boolean isClosed() {
    return closed.getCount() == 0;
  }

  final void awaitClosed() throws InterruptedException {
    Stage.await(closed, "the sink's close");
  }

  final void assertNothingLeft() {
    assertEquals(List.of(), List.copyOf(misuses));
    assertEquals(List.of(), rest(), "frames that were not expected");
    assertTrue(isClosed(), "the sink was not closed");
  }
}
