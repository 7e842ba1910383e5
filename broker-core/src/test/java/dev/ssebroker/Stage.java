package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What a test plays on: a broker whose threads are known, and its sinks. When the test is over, the
 * broker is closed with time to drain, and what must hold after every test is checked: no thread is
 * left and none died, no sink holds a frame that was not expected, each client's end was told once.
 */
final class Stage implements AfterEachCallback {
  /** How long to wait for what must happen; a test that runs into it has failed. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  final RecordingListener listener = new RecordingListener();

  private final List<Broker> brokers = new ArrayList<>();
  private final List<RecordingSink> sinks = new ArrayList<>();
  private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();
  private final Queue<Throwable> uncaught = new ConcurrentLinkedQueue<>();
  private final ThreadFactory virtual =
      Thread.ofVirtual().uncaughtExceptionHandler((t, e) -> uncaught.add(e)).factory();

  /**
   * A broker without ids, which ends clients that are too slow: for tests that are not about ids or
   * overflow.
   */
  static Broker.Builder plain() {
    return Broker.builder().historyEvents(0).overflow(Overflow.DISCONNECT);
  }

  static void assertReceipt(int queued, int dropped, Receipt receipt) {
    assertEquals(new Receipt(receipt.id(), queued, 0, dropped), receipt);
  }

  /** Opens a broker that tells {@link #listener}. */
  Broker open() {
    return open(plain().listener(listener));
  }

  /** Opens a broker with queues of this size that tells {@link #listener}. */
  Broker open(int queueEvents) {
    return open(plain().queueEvents(queueEvents).listener(listener));
  }

  Broker open(Broker.Builder builder) {
    return open(builder, task -> task);
  }

  /** Opens a broker whose threads run what the operator makes of their tasks. */
  Broker open(Broker.Builder builder, UnaryOperator<Runnable> tasks) {
    Broker broker = builder.open(task -> newThread(tasks.apply(task)), System::nanoTime);
    brokers.add(broker);
    return broker;
  }

  private Thread newThread(Runnable task) {
    Thread thread = virtual.newThread(task);
    threads.add(thread);
    return thread;
  }

  RecordingSink recording() {
    return add(new RecordingSink());
  }

  GatedSink gated() {
    return add(GatedSink.obedient());
  }

  <S extends RecordingSink> S add(S sink) {
    sinks.add(sink);
    return sink;
  }

  /** The broker's threads that ever were, by name. */
  List<String> threadNames() {
    return threads.stream().map(Thread::getName).distinct().sorted().toList();
  }

  void joinThreads() throws InterruptedException {
    for (Thread thread : threads) {
      join(thread);
    }
  }

  void joinThreads(String name) throws InterruptedException {
    for (Thread thread : threads) {
      if (thread.getName().equals(name)) {
        join(thread);
      }
    }
  }

  private static void join(Thread thread) throws InterruptedException {
    assertTrue(thread.join(PATIENCE), () -> thread.getName() + " is still there");
  }

  /** Takes what a broker's thread died of, once all of them have ended. */
  List<Throwable> takeUncaught() throws InterruptedException {
    joinThreads();
    List<Throwable> taken = List.copyOf(uncaught);
    uncaught.clear();
    return taken;
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    for (RecordingSink sink : sinks) {
      if (sink instanceof GatedSink gated) {
        gated.open();
      }
    }
    for (Broker broker : brokers) {
      // On another thread: a broker that holds its lock for ever is to fail the test, not to hang
      // it.
      Future<Boolean> drained = async(() -> broker.close(PATIENCE.dividedBy(2)));
      assertTrue(await(drained), "the broker could not drain");
    }
    assertEquals(List.of(), takeUncaught());
    sinks.forEach(RecordingSink::assertNothingLeft);
    listener.assertEachToldOnce();
  }

  static void await(CountDownLatch latch, String what) throws InterruptedException {
    assertTrue(
        latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS), () -> "waited in vain for " + what);
  }

  static <T> T await(Future<T> future) throws Exception {
    return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** Runs the body on a thread of its own. */
  static <T> Future<T> async(Callable<T> body) {
    FutureTask<T> task = new FutureTask<>(body);
    Thread.ofPlatform().daemon().start(task);
    return task;
  }

  /** Runs the bodies at the same time and waits for them. */
  static void together(List<? extends Callable<?>> bodies) throws Exception {
    CountDownLatch start = new CountDownLatch(1);
    List<Future<Object>> running = new ArrayList<>();
    for (Callable<?> body : bodies) {
      running.add(
          async(() -> {
            await(start, "the start");
            body.call();
            return true;
          }));
    }
    start.countDown();
    for (Future<Object> future : running) {
      await(future);
    }
  }

  /** Waits until a close that another thread began has ended publishing. */
  static void awaitClosing(Broker broker) {
    await("the broker begins to close", () -> isClosing(broker));
  }

  private static boolean isClosing(Broker broker) {
    try {
      assertReceipt(0, 0, broker.publish("nobody/here", Event.of("")));
      return false;
    } catch (BrokerClosedException e) {
      return true;
    }
  }

  /** Waits for a condition, whose name is in the failure. */
  static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - deadline < 0, what);
      Thread.onSpinWait();
    }
  }
}
