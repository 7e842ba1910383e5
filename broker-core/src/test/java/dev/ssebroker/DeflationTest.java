package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DeflationTest {
  private static final String TEXT = "all work and no play ".repeat(50);

  @RegisterExtension final Stage stage = new Stage();

  private final Deflation deflation = new Deflation();

  @AfterEach
  void close() {
    deflation.close();
  }

  @Test
  void frameIsDeflatedOnceForAllBatches() throws Exception {
    Frame frame = frame(TEXT);
    Batch first = batchOf(frame);
    Batch second = batchOf(frame);

    byte[] deflated = first.deflated(0);

    byte[] kept = frame.deflated;
    assertArrayEquals(deflated, kept);
    assertArrayEquals(deflated, second.deflated(0));
    assertSame(kept, frame.deflated);
    assertEquals(TEXT, inflated(second.deflated(0)));
  }

  @Test
  void callerMayChangeWhatItIsGiven() throws Exception {
    Batch batch = batchOf(frame(TEXT));

    batch.deflated(0)[0]++;

    assertEquals(TEXT, inflated(batch.deflated(0)));
  }

  @Test
  void nothingIsDeflatedThatNobodyAskedFor() {
    Frame frame = frame(TEXT);
    Batch batch = batchOf(frame);

    batch.toByteArray();
    batch.deflated(TEXT.length() + 1);

    assertNull(frame.deflated);
  }

  @Test
  void frameThatDoesNotBecomeSmallerIsTriedOnce() {
    byte[] noise = new byte[1_000];
    new Random(1).nextBytes(noise);
    Frame frame = new Frame(noise);

    assertSame(Deflation.NOTHING, deflation.deflated(frame));
    assertSame(Deflation.NOTHING, frame.deflated);
  }

  @Test
  void frameWithoutItsIdIsDeflatedByItself() throws Exception {
    byte[] idPrefix = EventStreamEncoder.idPrefix("e");
    Frame frame = EventStreamEncoder.encode("t", Event.of(TEXT), idPrefix);
    frame.complete(idPrefix, 7, 0);
    assertEquals("data: " + TEXT + "\nid: e-7\n\n", inflated(deflation.deflated(frame)));

    Frame withoutId = frame.withoutId();

    assertEquals("data: " + TEXT + "\n\n", inflated(deflation.deflated(withoutId)));
  }

  @Test
  void writersThatAskAtTheSameTimeShareOneResult() throws Exception {
    int writers = 4;
    List<Frame> frames = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      frames.add(frame(i + TEXT));
    }
    List<List<byte[]>> taken = new ArrayList<>();
    List<Callable<?>> bodies = new ArrayList<>();
    for (int i = 0; i < writers; i++) {
      List<byte[]> own = new ArrayList<>();
      taken.add(own);
      bodies.add(() -> own.addAll(frames.stream().map(deflation::deflated).toList()));
    }

    Stage.together(bodies);

    for (int i = 0; i < frames.size(); i++) {
      for (List<byte[]> own : taken) {
        assertSame(frames.get(i).deflated, own.get(i));
      }
      assertEquals(i + TEXT, inflated(taken.getFirst().get(i)));
    }
  }

  @Test
  void closedDeflationStoresWhatIsNotDeflatedYet() throws Exception {
    Frame early = frame("early " + TEXT);
    Frame late = frame("late " + TEXT);
    deflation.deflated(early);

    deflation.close();

    assertEquals("early " + TEXT, inflated(deflation.deflated(early)));
    assertEquals(late.length() + 5, batchOf(late).deflated(0).length);
    assertEquals("late " + TEXT, inflated(batchOf(late).deflated(0)));
    deflation.close();
  }

  @Test
  void deflationThatWasNeverUsedMayBeClosed() {
    deflation.close();

    assertSame(Deflation.NOTHING, deflation.deflated(frame(TEXT)));
  }

  @Test
  void writersThatOutliveTheirBrokerHaveWhatWasDeflatedAndStoreTheRest() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    DeflatingSink prompt = new DeflatingSink(new CountDownLatch(0));
    DeflatingSink late = new DeflatingSink(gate);
    DeflatingSink alone = new DeflatingSink(gate);
    try (Broker broker = stage.open(Stage.plain())) {
      broker.subscribe("shared", prompt);
      broker.subscribe("shared", late);
      broker.subscribe("alone", alone);
      for (DeflatingSink sink : List.of(prompt, late, alone)) {
        Stage.await(sink.opened, "the opening");
      }
      broker.publish("shared", Event.of(TEXT));
      broker.publish("alone", Event.of(TEXT));
      byte[] deflated = prompt.next();
      late.awaitWriting();
      alone.awaitWriting();

      assertFalse(broker.close(Duration.ZERO));
      gate.countDown();

      String frame = "data: " + TEXT + "\n\n";
      assertTrue(deflated.length < frame.length() / 4);
      assertArrayEquals(deflated, late.next());
      byte[] stored = alone.next();
      assertEquals(frame.length() + 5, stored.length);
      assertEquals(frame, inflated(stored));
    }
  }

  /** Does not write the first event before the gate is open. */
  private static final class DeflatingSink implements Sink {
    private final CountDownLatch gate;
    private final CountDownLatch opened = new CountDownLatch(1);
    private final CountDownLatch writing = new CountDownLatch(1);
    private final BlockingQueue<byte[]> written = new LinkedBlockingQueue<>();

    DeflatingSink(CountDownLatch gate) {
      this.gate = gate;
    }

    @Override
    public void write(Batch batch) throws IOException {
      if (batch.events() > 0) {
        writing.countDown();
        try {
          gate.await();
        } catch (InterruptedException e) {
          throw new InterruptedIOException();
        }
        written.add(batch.deflated(100));
      }
      opened.countDown();
    }

    @Override
    public void close() {}

    void awaitWriting() throws InterruptedException {
      Stage.await(writing, "a write");
    }

    byte[] next() throws InterruptedException {
      byte[] next = written.poll(Stage.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      return Objects.requireNonNull(next, "nothing was written");
    }
  }

  private Batch batchOf(Frame frame) {
    Batch batch = new Batch(deflation);
    batch.add(frame);
    return batch;
  }

  private static Frame frame(String text) {
    return new Frame(text.getBytes(UTF_8));
  }

  private static String inflated(byte[] blocks) throws Exception {
    return new String(new Inflating().read(blocks), UTF_8);
  }
}
