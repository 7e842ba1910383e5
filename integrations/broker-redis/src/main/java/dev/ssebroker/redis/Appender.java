package dev.ssebroker.redis;

import dev.ssebroker.EventId;
import dev.ssebroker.EventLogException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Stores what callers append, all that wait at a time in one go. */
final class Appender implements AutoCloseable {
  /*
   * One thread sends; what gathers while it waits for an answer is the next call of the script. So
   * an idle log answers after one round trip, and a busy one needs few.
   *
   * Each call of the script has a number. If its answer does not come, it is sent again under the
   * same number, for as long as any of its callers waits; the script stores nothing twice, and
   * repeats its answer. A request that the network delivers late, when a later one is done, is
   * refused by its number.
   *
   * A caller waits for the same time whatever the server does, and then gives up; the state of its
   * Call, changed atomically by both, says whether its events have been sent by then. What was given
   * up unsent is never sent.
   */
  private static final int MAX_EVENTS = 512;
  private static final int MAX_BYTES = 1024 * 1024;
  private static final long MIN_PAUSE_MILLIS = 10;
  private static final long MAX_PAUSE_MILLIS = 500;

  private static final System.Logger LOG = System.getLogger(Appender.class.getName());

  private final Members members;
  private final Keys names;
  private final Duration timeout;
  private final String writer = Token.next();
  private final List<byte[]> retention;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Guarded by {@link #lock}. */
  private final Deque<Call> waiting = new ArrayDeque<>();

  /** Guarded by {@link #lock}. */
  private boolean closed;

  /** Why nothing can be sent at present; for those who give up. */
  private volatile @Nullable Fault fault;

  /** Used by the sending thread only, and closed by the members. */
  private @Nullable Link link;

  /** Used by the sending thread only. */
  private long number;

  /** Used by the sending thread only. */
  private int failures;

  Appender(Members members, Keys names, Duration timeout, long maxEvents, Duration maxAge) {
    this.members = members;
    this.names = names;
    this.timeout = timeout;
    this.retention = List.of(Link.bytes(maxEvents), Link.bytes(maxAge.toMillis()));
    // A platform thread: each wait of a virtual one costs more, and code that holds all carrier
    // threads would delay it. It inherits nothing from the thread that opens the log.
    Thread.ofPlatform()
        .daemon()
        .inheritInheritableThreadLocals(false)
        .name("sse-redis-append")
        .start(this::run);
  }

  List<EventId> append(Call call) {
    lock.lock();
    try {
      if (closed) {
        throw new EventLogException("the log is closed; " + call.outcome(false));
      }
      waiting.addLast(call);
      changed.signal();
    } finally {
      lock.unlock();
    }
    return await(call);
  }

  private List<EventId> await(Call call) {
    try {
      return call.result().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw rethrown(e);
    } catch (TimeoutException e) {
      Fault fault = this.fault;
      String why = fault == null ? "Redis has not answered within " + timeout : fault.text();
      throw new EventLogException(why + "; " + call.giveUp(), fault == null ? e : fault);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EventLogException("interrupted; " + call.giveUp(), e);
    }
  }

  /** A new one, so that its stack trace is that of the caller. */
  private static RuntimeException rethrown(ExecutionException e) {
    if (e.getCause() instanceof IllegalArgumentException refusal) {
      return new IllegalArgumentException(refusal.getMessage(), refusal);
    }
    Throwable failure = Objects.requireNonNull(e.getCause());
    return new EventLogException(String.valueOf(failure.getMessage()), failure);
  }

  private void run() {
    while (awaitCalls()) {
      Link link = connected();
      if (link == null) {
        continue;
      }
      List<Call> batch = takeBatch();
      if (!batch.isEmpty()) {
        store(link, batch);
      }
    }
    failWaiting(new Fault(Fault.Kind.NOT_CONNECTED, "the log is closed"));
  }

  /** Returns false if the log has been closed. */
  private boolean awaitCalls() {
    lock.lock();
    try {
      waiting.removeIf(Call::isGivenUp);
      while (waiting.isEmpty() && !closed) {
        changed.awaitUninterruptibly();
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** Null if there is no connection; those who cannot be helped by waiting are told. */
  private @Nullable Link connected() {
    Link link = this.link;
    if (link != null) {
      return link;
    }
    try {
      return connect();
    } catch (Fault fault) {
      this.fault = fault;
      if (fault.kind() == Fault.Kind.REFUSED) {
        failWaiting(fault);
      }
      pause();
      return null;
    }
  }

  private Link connect() throws Fault {
    Link link = members.connect(System.nanoTime() + timeout.toNanos());
    this.link = link;
    fault = null;
    return link;
  }

  /** At least one call if there is any, however large. */
  private List<Call> takeBatch() {
    List<Call> batch = new ArrayList<>();
    int events = 0;
    long bytes = 0;
    lock.lock();
    try {
      while (!waiting.isEmpty()) {
        Call next = waiting.getFirst();
        events += next.size();
        bytes += next.bytes();
        if (!batch.isEmpty() && (events > MAX_EVENTS || bytes > MAX_BYTES)) {
          break;
        }
        waiting.removeFirst();
        if (next.markSent()) {
          batch.add(next);
        }
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  /** Until the batch is stored, or refused, or nobody waits for it any more. */
  private void store(Link first, List<Call> batch) {
    number++;
    List<byte[]> keys = keys(batch);
    List<byte[]> arguments = arguments(number, batch);
    Link link = first;
    boolean maybeStored = false;
    while (!batch.stream().allMatch(Call::isGivenUp)) {
      try {
        if (link == null) {
          link = connect();
        }
        // Half of the time, so that a connection that has silently gone leaves time for another.
        int millis = (int) (timeout.toMillis() / 2);
        complete(batch, Link.text(Script.APPEND.run(link, millis, keys, arguments)));
        failures = 0;
        return;
      } catch (Fault fault) {
        this.fault = fault;
        closeLink();
        link = null;
        maybeStored |=
            fault.kind() == Fault.Kind.NO_ANSWER || fault.kind() == Fault.Kind.FAILED;
        switch (fault.kind()) {
          case REFUSED, FAILED -> {
            fail(batch, fault.text(), maybeStored);
            return;
          }
          case NOT_READY, NOT_CONNECTED, NO_ANSWER -> {
            if (!maybeStored) {
              requeue(batch);
              pause();
              return;
            }
            if (members.isClosed()) {
              fail(batch, "the log is closed", true);
              return;
            }
            pause();
          }
        }
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.ERROR, "what Redis answered was not understood", e);
        closeLink();
        fail(batch, "what Redis answered was not understood: " + e, true);
        return;
      }
    }
  }

  List<byte[]> keys(List<Call> batch) {
    List<byte[]> keys = new ArrayList<>();
    keys.add(Link.bytes(names.state()));
    keys.add(Link.bytes(names.events()));
    keys.add(Link.bytes(names.marks()));
    keys.add(Link.bytes(names.writer(writer)));
    batch.forEach(call -> keys.addAll(call.keys()));
    return keys;
  }

  /** The number 0 is for a call that stores nothing. */
  List<byte[]> arguments(long number, List<Call> batch) {
    List<byte[]> arguments = new ArrayList<>();
    arguments.add(Link.bytes(Token.next()));
    arguments.add(Link.bytes(Token.next()));
    arguments.add(Link.bytes(number));
    arguments.addAll(retention);
    batch.forEach(call -> arguments.addAll(call.arguments()));
    return arguments;
  }

  /** The answer is incarnation, generation, last sequence, and one word for each call. */
  private static void complete(List<Call> batch, String answer) {
    String[] words = answer.split(" ", -1);
    for (int i = 0; i < batch.size(); i++) {
      batch.get(i).complete(words[0], Long.parseLong(words[1]), words[3 + i]);
    }
  }

  /** Who has given up in the meantime was told what was true then, and is left out. */
  private void requeue(List<Call> batch) {
    lock.lock();
    try {
      for (Call call : batch.reversed()) {
        if (call.markUnsent()) {
          waiting.addFirst(call);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void closeLink() {
    if (link != null) {
      link.close();
      link = null;
    }
  }

  private static void fail(List<Call> calls, String why, boolean maybeStored) {
    for (Call call : calls) {
      call.result()
          .completeExceptionally(new EventLogException(why + "; " + call.outcome(maybeStored)));
    }
  }

  private void failWaiting(Fault fault) {
    List<Call> calls;
    lock.lock();
    try {
      calls = List.copyOf(waiting);
      waiting.clear();
    } finally {
      lock.unlock();
    }
    fail(calls, fault.text(), false);
  }

  /** Twice as long after each failure, and never the same for all brokers. */
  private void pause() {
    long max = Math.min(MAX_PAUSE_MILLIS, timeout.toMillis() / 4);
    long millis = Math.min(max, MIN_PAUSE_MILLIS << Math.min(failures++, 10));
    long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
    long left = ThreadLocalRandom.current().nextLong(nanos / 2, nanos);
    lock.lock();
    try {
      while (left > 0 && !closed) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread; if somebody does, the pause is short.
    } finally {
      lock.unlock();
    }
  }

  /** The members must have been closed: that frees the thread if it waits for an answer. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
