package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameQueueTest {
  /** The frames of several chunks. */
  private static final int MANY = 100;

  private static final int MANY_BYTES = 1 << 20;

  private final FrameQueue queue = new FrameQueue(MANY, MANY_BYTES);

  @Test
  void newQueueIsEmpty() {
    assertTrue(queue.isEmpty());
    assertEquals(0, queue.size());
    assertEquals(0, queue.events());
    assertEquals(0, queue.bytes());
    assertEquals(MANY, queue.remainingCapacity());
    assertNull(queue.peek());
    assertNull(queue.poll());
    assertEquals(new Lag(0, 0, Duration.ZERO), queue.lag(1));
  }

  @Test
  void framesAreTakenInTheOrderInWhichTheyWereOffered() {
    offer(1, MANY);

    for (long sequence = 1; sequence <= MANY; sequence++) {
      int left = (int) (MANY - sequence + 1);
      assertFalse(queue.isEmpty());
      assertEquals(left, queue.size());
      assertEquals(left, queue.events());
      assertEquals(left, queue.bytes());
      assertEquals(MANY - left, queue.remainingCapacity());
      assertEquals(sequence, sequence(queue.peek()));
      assertEquals(sequence, sequence(queue.poll()));
    }
    assertTrue(queue.isEmpty());
    assertNull(queue.peek());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 17, 100})
  void queueHoldsExactlyItsEvents(int bound) {
    FrameQueue queue = new FrameQueue(bound, MANY_BYTES);

    for (int i = 1; i <= bound; i++) {
      assertEquals(bound - i + 1, queue.remainingCapacity());
      assertTrue(queue.fits(1));
      assertTrue(queue.offer(Frames.event(i)));
    }

    assertEquals(0, queue.remainingCapacity());
    assertFalse(queue.fits(1));
    assertFalse(queue.offer(Frames.event(bound + 1)));
    assertThrows(IllegalStateException.class, () -> queue.add(Frames.event(bound + 1)));
    assertEquals(bound, queue.size());
    assertEquals(bound, queue.bytes());
    assertEquals(1, sequence(queue.poll()));
    assertTrue(queue.offer(Frames.event(bound + 1)));
  }

  @Test
  void queueHoldsExactlyItsBytes() {
    FrameQueue queue = new FrameQueue(MANY, 10);

    assertTrue(queue.offer(Frames.event(1, 5)));
    assertFalse(queue.fits(6));
    assertFalse(queue.offer(Frames.event(2, 6)));
    assertTrue(queue.fits(5));
    assertTrue(queue.offer(Frames.event(3, 5)));
    assertFalse(queue.offer(Frames.event(4, 1)));

    assertEquals(10, queue.bytes());
    assertEquals(List.of(1L, 3L), drained(queue));
    assertEquals(0, queue.bytes());
    assertTrue(queue.offer(Frames.event(5, 10)));
  }

  @Test
  void emptyQueueHoldsOneEventOfAnySize() {
    FrameQueue queue = new FrameQueue(MANY, 10);
    for (int round = 0; round < 2; round++) {
      assertTrue(queue.fits(1000));
      assertTrue(queue.offer(Frames.event(1, 1000)));
      assertFalse(queue.fits(1));
      assertFalse(queue.offer(Frames.event(2, 1)));
      assertEquals(1000, queue.bytes());
      assertEquals(1, sequence(queue.poll()));
    }
  }

  /** A gap notice has bytes, but no sequence. */
  @Test
  void framesThatAreNoEventsPassTheBoundsAndCountToNone() {
    FrameQueue queue = new FrameQueue(1, 10);
    List<Frame> frames =
        List.of(
            EventStreamEncoder.comment(),
            Frame.REPLAY,
            Frames.event(1, 100),
            Frame.HEARTBEAT,
            new GapNotice(3, GapReason.OVERFLOW),
            Frame.END);

    frames.forEach(frame -> assertTrue(queue.offer(frame)));

    assertEquals(6, queue.size());
    assertEquals(1, queue.events());
    assertEquals(100, queue.bytes());
    assertEquals(0, queue.remainingCapacity());
    assertFalse(queue.offer(Frames.event(2)));
    List<Frame> drained = new ArrayList<>();
    assertEquals(6, queue.drainTo(drained));
    assertEquals(frames, drained);
    assertEquals(0, queue.bytes());
    assertEquals(0, queue.events());
    assertTrue(queue.offer(Frames.event(2)));
  }

  @Test
  void drainToTakesAtMostAsManyAsAreWanted() {
    offer(1, 40);
    List<Frame> drained = new ArrayList<>();

    assertEquals(0, queue.drainTo(drained, -1));
    assertEquals(0, queue.drainTo(drained, 0));
    assertEquals(1, queue.drainTo(drained, 1));
    assertEquals(20, queue.drainTo(drained, 20));
    assertEquals(LongStream.rangeClosed(1, 21).boxed().toList(), Frames.sequences(drained));
    assertEquals(19, queue.size());
    assertEquals(19, queue.drainTo(drained));
    assertEquals(LongStream.rangeClosed(1, 40).boxed().toList(), Frames.sequences(drained));
    assertEquals(0, queue.drainTo(drained));
  }

  @ParameterizedTest
  @MethodSource
  void methodThatMakesNoSenseIsNotSupported(Consumer<FrameQueue> method) {
    Exception refusal =
        assertThrows(UnsupportedOperationException.class, () -> method.accept(queue));
    assertTrue(refusal.toString().contains("use "), refusal::toString);
  }

  static List<Consumer<FrameQueue>> methodThatMakesNoSenseIsNotSupported() {
    return List.of(
        queue -> queue.put(Frames.event(1)),
        queue -> assertFalse(queue.offer(Frames.event(1), 1, TimeUnit.SECONDS)),
        queue -> assertNull(queue.poll(1, TimeUnit.SECONDS)));
  }

  @Test
  void sixteenFramesShareAChunk() throws Exception {
    offer(1, MANY);

    assertEquals(Math.ceilDiv(MANY, 16), chunks().size());
  }

  /** An idle client keeps one chunk, and no frame. */
  @Test
  void chunksAndFramesThatWereTakenAreGivenBack() throws Exception {
    for (int round = 0; round < 3; round++) {
      offer(1, MANY);
      drained(queue);

      List<Object[]> chunks = chunks();
      assertEquals(1, chunks.size());
      assertTrue(Arrays.stream(chunks.getFirst()).allMatch(Objects::isNull));
    }
  }

  /** A collector may have promoted the first chunk. It must not keep all later ones alive then. */
  @Test
  void chunkThatWasTakenLeadsToNoOther() throws Exception {
    offer(1, MANY);
    List<Object[]> chunks = chunks();
    assertTrue(chunks.size() > 2);
    drained(queue);

    for (Object[] chunk : chunks.subList(0, chunks.size() - 1)) {
      assertNull(chunk[chunk.length - 1]);
    }
  }

  /** The chunks from the consumer's on; the last place of each has the next one. */
  private List<Object[]> chunks() throws ReflectiveOperationException {
    List<Object[]> chunks = new ArrayList<>();
    Object taken = Objects.requireNonNull(read(FrameQueue.class, "taken", queue));
    Object chunk = read(taken.getClass(), "chunk", taken);
    while (chunk instanceof Object[] found) {
      chunks.add(found);
      chunk = found[found.length - 1];
    }
    return chunks;
  }

  private static @Nullable Object read(Class<?> type, String name, Object owner)
      throws ReflectiveOperationException {
    Field field = type.getDeclaredField(name);
    field.setAccessible(true);
    return field.get(owner);
  }

  @Test
  void queueBehavesLikeADeque() {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    FrameQueue queue = new FrameQueue(10_000, MANY_BYTES);
    Deque<Long> model = new ArrayDeque<>();
    long next = 1;
    for (int step = 0; step < 10_000; step++) {
      if (random.nextInt(100) < 52) {
        assertTrue(queue.offer(Frames.event(next)));
        model.add(next++);
      } else if (model.isEmpty()) {
        assertNull(queue.poll());
      } else {
        assertEquals(model.peek(), sequence(queue.peek()), () -> "seed " + seed);
        assertEquals(model.remove(), sequence(queue.poll()), () -> "seed " + seed);
      }
      assertEquals(model.isEmpty(), queue.isEmpty(), () -> "seed " + seed);
      assertEquals(model.size(), queue.size(), () -> "seed " + seed);
      assertEquals(model.size(), queue.bytes(), () -> "seed " + seed);
    }
    assertEquals(List.copyOf(model), drained(queue), () -> "seed " + seed);
  }

  @Test
  void takeReturnsTheOldestFrame() throws Exception {
    offer(1, 2);

    assertEquals(1, queue.take().sequence());
    assertEquals(2, queue.take().sequence());
  }

  @Test
  void takeParksUntilAFrameIsOffered() throws Exception {
    for (int round = 1; round <= 20; round++) {
      Taker taker = new Taker(queue);
      taker.awaitParked();

      offer(round, round);

      assertEquals(round, taker.taken().sequence());
    }
  }

  @Test
  void markerEndsTheWaitOfATake() throws Exception {
    Taker taker = new Taker(queue);
    taker.awaitParked();

    assertTrue(queue.offer(Frame.END));

    assertSame(Frame.END, taker.taken());
  }

  @Test
  void takeParksAgainIfItWasUnparkedForNothing() throws Exception {
    Taker taker = new Taker(queue, () -> LockSupport.unpark(Thread.currentThread()));
    taker.awaitParked();

    offer(1, 1);

    assertEquals(1, taker.taken().sequence());
  }

  @Test
  void interruptEndsATakeAndLeavesTheQueueAsItIs() throws Exception {
    Taker taker = new Taker(queue);
    taker.awaitParked();

    taker.thread.interrupt();

    assertTrue(taker.wasInterrupted());
    offer(1, 2);
    assertEquals(1, queue.take().sequence());
    assertEquals(List.of(2L), drained(queue));
  }

  @Test
  void takeOfAnInterruptedThreadFailsUnlessThereIsAFrame() throws Exception {
    offer(1, 1);
    Taker first = new Taker(queue, () -> Thread.currentThread().interrupt());
    assertEquals(1, first.taken().sequence());

    Taker second = new Taker(queue, () -> Thread.currentThread().interrupt());
    assertTrue(second.wasInterrupted());
  }

  /** A thread that takes one frame. */
  private static final class Taker {
    private final CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    private final FutureTask<Frame> take;
    final Thread thread;

    Taker(FrameQueue queue) {
      this(queue, () -> {});
    }

    Taker(FrameQueue queue, Runnable before) {
      this.take =
          new FutureTask<>(() -> {
            before.run();
            try {
              return queue.take();
            } catch (InterruptedException e) {
              interrupted.complete(!Thread.currentThread().isInterrupted());
              throw e;
            }
          });
      this.thread = Thread.ofPlatform().daemon().start(take);
    }

    void awaitParked() {
      long deadline = System.nanoTime() + Stage.PATIENCE.toNanos();
      while (thread.getState() != Thread.State.WAITING) {
        assertTrue(System.nanoTime() - deadline < 0, "the thread did not park");
        Thread.onSpinWait();
      }
    }

    Frame taken() throws Exception {
      return Stage.await(take);
    }

    /** Returns whether the take was interrupted, and cleared the thread's status. */
    boolean wasInterrupted() throws Exception {
      return Stage.await(interrupted);
    }
  }

  /** The producer sees room late, never too early. */
  @Test
  void twoThreadsShareAQueueWithoutALock() throws Exception {
    int events = 20_000;
    FrameQueue queue = new FrameQueue(20, 100);
    Future<List<Long>> taken =
        Stage.async(() -> {
          List<Long> sequences = new ArrayList<>();
          for (Frame frame = queue.take(); frame != Frame.END; frame = queue.take()) {
            sequences.add(frame.sequence());
          }
          return sequences;
        });
    Random random = new Random(42);

    for (long sequence = 1; sequence <= events; sequence++) {
      Frame frame = Frames.event(sequence, 1 + random.nextInt(10));
      while (!queue.offer(frame)) {
        Thread.onSpinWait();
      }
      assertTrue(queue.events() <= 20);
      assertTrue(queue.bytes() <= 100);
    }
    assertTrue(queue.offer(Frame.END));

    assertEquals(LongStream.rangeClosed(1, events).boxed().toList(), Stage.await(taken));
    assertEquals(0, queue.bytes());
    assertEquals(0, queue.events());
  }

  @Test
  void lagIsThatOfTheOldestEvent() {
    assertTrue(queue.offer(Frames.event(1, 2, 100)));
    assertTrue(queue.offer(Frames.event(2, 3, 200)));

    assertEquals(new Lag(2, 5, Duration.ofNanos(300)), queue.lag(400));
    assertEquals(1, sequence(queue.poll()));
    assertEquals(new Lag(1, 3, Duration.ofNanos(200)), queue.lag(400));
  }

  @Test
  void markerIsNoLag() {
    assertTrue(queue.offer(Frame.REPLAY));

    assertEquals(new Lag(0, 0, Duration.ZERO), queue.lag(400));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15, 16, 17, MANY})
  void iteratorReturnsWhatWasQueuedWhenItWasMade(int count) {
    offer(1, count);
    assertEquals(Math.min(count, 1), queue.drainTo(new ArrayList<>(), 1));

    Iterator<Frame> frames = queue.iterator();
    queue.clear();

    for (long sequence = 2; sequence <= count; sequence++) {
      assertEquals(sequence, frames.next().sequence());
    }
    assertFalse(frames.hasNext());
  }

  /** The frames of each chunk, and where two of them meet. */
  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 17, 32, 50, MANY - 1})
  void frameIsReplacedInItsSlotAndHasNoIdThen(int place) {
    offer(1, place - 1);
    FrameQueue.Slot slot = queue.nextSlot();
    offer(place, MANY);

    assertTrue(queue.replace(slot, withId(999)));

    assertEquals(999, slot.frame().sequence());
    assertEquals("data: x\n\n", Frames.text(slot.frame()));
    assertEquals(MANY - 1 + slot.frame().length(), queue.bytes());
    assertEquals(999, drained(queue).get(place - 1));
    assertEquals(0, queue.bytes());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16, 17})
  void newestFrameKeepsItsIdWhenItIsReplaced(int place) {
    offer(1, place - 1);
    FrameQueue.Slot slot = queue.nextSlot();
    offer(place, place);
    Frame newer = withId(999);

    assertTrue(queue.replace(slot, newer));

    assertSame(newer, slot.frame());
  }

  private static Frame withId(long sequence) {
    byte[] idPrefix = EventStreamEncoder.idPrefix("e");
    Frame frame = EventStreamEncoder.encode("t", Event.of("x"), idPrefix);
    frame.complete(idPrefix, sequence, 0);
    return frame;
  }

  @Test
  void replacementFitsIfItsGrowthDoesOrItIsTheOnlyEvent() {
    FrameQueue queue = new FrameQueue(MANY, 10);
    FrameQueue.Slot slot = queue.nextSlot();
    assertTrue(queue.offer(Frames.event(1, 4)));
    assertTrue(queue.replace(slot, Frames.event(2, 1000)));
    assertTrue(queue.replace(slot, Frames.event(3, 4)));
    assertTrue(queue.offer(Frames.event(4, 5)));

    assertFalse(queue.replace(slot, Frames.event(5, 6)));
    assertEquals(3, slot.frame().sequence());
    assertTrue(queue.replace(slot, Frames.event(6, 5)));

    assertEquals(10, queue.bytes());
    assertEquals(List.of(6L, 4L), drained(queue));
  }

  private void offer(long first, long last) {
    for (long sequence = first; sequence <= last; sequence++) {
      assertTrue(queue.offer(Frames.event(sequence)));
    }
  }

  private static List<Long> drained(FrameQueue queue) {
    List<Frame> frames = new ArrayList<>();
    queue.drainTo(frames);
    return Frames.sequences(frames);
  }

  private static long sequence(@Nullable Frame frame) {
    return frame == null ? -1 : frame.sequence();
  }
}
