package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HandlerThreadsTest {
  private final HandlerThreads pinning = new HandlerThreads(true, 1, 1);

  @AfterEach
  void close() {
    pinning.close();
  }

  @Test
  void callRunsOnAPlatformThreadIfMonitorsPin() throws Exception {
    assertEquals("sse-handler-1", onVirtualThread(() -> call(pinning)));
    assertEquals("sse-handler-1", onVirtualThread(() -> call(pinning)));
  }

  @Test
  void callRunsOnThePlatformThreadOfItsConnection() {
    assertEquals(Thread.currentThread().getName(), call(pinning));
  }

  @Test
  void callRunsOnTheConnectionsThreadIfMonitorsDoNotPin() throws Exception {
    try (HandlerThreads direct = new HandlerThreads(false, 1, 1)) {
      assertEquals("sse-conn-1", onVirtualThread(() -> call(direct)));
    }
  }

  @Test
  void callBeyondTheQueueIsRefusedAndWaitingOnesAreNot() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    BlockingQueue<String> results = new LinkedBlockingQueue<>();
    for (int i = 0; i < 3; i++) {
      Thread.startVirtualThread(
          () -> results.add(pinning.call(() -> await(release), () -> "refused")));
    }
    assertEquals("refused", results.take());
    release.countDown();
    assertEquals("called", results.take());
    assertEquals("called", results.take());
  }

  @Test
  void callAfterTheEndIsRefused() throws Exception {
    pinning.close();
    assertEquals("refused", onVirtualThread(() -> call(pinning)));
  }

  @Test
  void exceptionOfTheCallIsThrown() throws Exception {
    for (Throwable thrown : new Throwable[] {new IllegalStateException(), new AssertionError()}) {
      Throwable caught =
          onVirtualThread(() ->
              assertThrows(Throwable.class, () -> pinning.call(() -> fail(thrown), () -> "")));
      assertSame(thrown, caught);
    }
  }

  private static String call(HandlerThreads threads) {
    return threads.call(() -> Thread.currentThread().getName(), () -> "refused");
  }

  private static String await(CountDownLatch latch) {
    try {
      latch.await();
      return "called";
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static String fail(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) thrown;
  }

  private static <T> T onVirtualThread(Supplier<T> call) throws Exception {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("sse-conn-1")
        .start(() -> {
          try {
            result.complete(call.get());
          } catch (Throwable e) {
            result.completeExceptionally(e);
          }
        });
    return result.get();
  }
}
