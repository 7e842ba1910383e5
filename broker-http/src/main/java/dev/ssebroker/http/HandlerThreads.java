package dev.ssebroker.http;

import java.io.Closeable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Chooses the thread that runs users' code. Thread-safe. */
final class HandlerThreads implements Closeable {
  /*
   * Before JDK 24 a virtual thread that waits in a monitor holds its carrier (JEP 491). As many such
   * waits as there are processors would stop all streams. So a connection's virtual thread does not
   * call users' code there. It parks until a platform thread of a bounded pool has called it. Later
   * JDKs need no pool, nor does a connection whose thread is a platform thread.
   */
  private static final int FIRST_WITHOUT_PINNING = 24;
  private static final int THREADS = 256;
  private static final int WAITING = 10_000;
  private static final long IDLE_SECONDS = 10;

  private final boolean monitorsPin;
  private final ThreadPoolExecutor pool;

  /** Creates what this JDK needs. No thread is started before the first call. */
  HandlerThreads() {
    this(Runtime.version().feature() < FIRST_WITHOUT_PINNING, THREADS, WAITING);
  }

  HandlerThreads(boolean monitorsPin, int threads, int waiting) {
    this.monitorsPin = monitorsPin;
    this.pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(waiting),
            Thread.ofPlatform()
                .daemon()
                .inheritInheritableThreadLocals(false)
                .name("sse-handler-", 1)
                .factory());
    pool.allowCoreThreadTimeOut(true);
  }

  /**
   * Returns the result of the call, or that of the refusal if too many calls wait for a thread.
   * Throws what the call throws.
   */
  <T> T call(Supplier<T> call, Supplier<? extends T> refusal) {
    if (!monitorsPin || !Thread.currentThread().isVirtual()) {
      return call.get();
    }
    CompletableFuture<T> result;
    try {
      result = CompletableFuture.supplyAsync(call, pool);
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      return refusal.get();
    }
    return join(result);
  }

  private static <T> T join(CompletableFuture<T> result) {
    try {
      return result.join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case Error error -> throw error;
        case RuntimeException exception -> throw exception;
        case null, default -> throw e;
      }
    }
  }

  /** Ends idle threads, and the others after their call. Later calls are refused. */
  @Override
  public void close() {
    pool.shutdown();
  }
}
