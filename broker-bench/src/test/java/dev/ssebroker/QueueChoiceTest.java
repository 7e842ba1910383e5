package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InterruptedIOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@NullMarked
class QueueChoiceTest {
  private static final int QUEUE_EVENTS = 4;
  private static final String TOPIC = "topic";

  @ParameterizedTest
  @MethodSource("jdkQueues")
  void eventsBeyondTheBoundAreRefusedAndMarkersAreNot(BlockingQueue<Frame> queue) {
    for (int i = 0; i < QUEUE_EVENTS; i++) {
      assertTrue(queue.offer(event()));
    }

    assertFalse(queue.offer(event()));
    assertEquals(0, queue.remainingCapacity());
    assertTrue(queue.offer(Frame.REPLAY));
    assertTrue(queue.offer(Frame.END));
    assertFalse(queue.offer(event()));
    assertEquals(QUEUE_EVENTS + 2, queue.size());
  }

  @ParameterizedTest
  @MethodSource("jdkQueues")
  void takenEventsMakeRoom(BlockingQueue<Frame> queue) {
    for (int i = 0; i < 10 * QUEUE_EVENTS; i++) {
      Frame event = event();
      assertTrue(queue.offer(event));
      assertSame(event, queue.poll());
    }

    assertEquals(QUEUE_EVENTS, queue.remainingCapacity());
  }

  @ParameterizedTest
  @MethodSource("jdkQueues")
  void markerThatDoesNotFitIsAnError(BlockingQueue<Frame> queue) {
    while (queue.size() < QUEUE_EVENTS + 16) {
      queue.offer(Frame.HEARTBEAT);
    }

    assertThrows(IllegalStateException.class, () -> queue.offer(Frame.END));
  }

  static Stream<BlockingQueue<Frame>> jdkQueues() {
    return Stream.of(
        new QueueChoice.LinkedQueue(QUEUE_EVENTS), new QueueChoice.ArrayQueue(QUEUE_EVENTS));
  }

  private static Frame event() {
    Frame frame = new Frame(new byte[64], 0, null, null);
    frame.complete(new byte[0], 1, 0);
    return frame;
  }

  /** The queue overflows, so the client replays; its end is a marker, too. */
  @ParameterizedTest
  @EnumSource
  @Timeout(60)
  void clientThatOverflowsReceivesAllEventsAndItsEnd(QueueChoice choice)
      throws InterruptedException {
    int events = 10 * QUEUE_EVENTS;
    GatedSink sink = new GatedSink();
    try (Broker broker = choice.open(Broker.builder().queueEvents(QUEUE_EVENTS))) {
      Subscription subscription = broker.subscribe(TOPIC, sink);
      for (int i = 0; i < events; i++) {
        broker.publish(TOPIC, Event.of("x"));
      }
      assertEquals(1, broker.stats().clients().replaying());
      sink.gate.countDown();
      subscription.close();
      assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
    }

    assertEquals(events, sink.events);
    assertTrue(sink.ended);
  }

  @ParameterizedTest
  @EnumSource(names = {"LINKED", "ARRAY"})
  void policyThatDropsTheOldestIsRefused(QueueChoice choice) {
    Broker.Builder builder = Broker.builder().overflow(Overflow.DROP_OLDEST);
    try (Broker broker = choice.open(builder)) {
      assertThrows(IllegalArgumentException.class, () -> broker.subscribe(TOPIC, new GatedSink()));
    }
  }

  private static final class GatedSink implements Sink {
    private final CountDownLatch gate = new CountDownLatch(1);

    // Written by the client's writer only, and read when that has ended.
    private int events;
    private boolean ended;

    @Override
    public void write(Batch batch) throws InterruptedIOException {
      try {
        gate.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException();
      }
      events += batch.events();
    }

    @Override
    public void end() {
      ended = true;
    }

    @Override
    public void close() {}
  }
}
