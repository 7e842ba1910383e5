package dev.ssebroker.redis;

import dev.ssebroker.EventId;
import dev.ssebroker.EventLogException;
import dev.ssebroker.RefusedIdException;
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

/** Appends the events of many callers on one thread. Sends the waiting calls as one batch. */
final class Appender implements AutoCloseable {
  /*
   * Batches. One thread sends. The calls that arrive while it waits for an answer are the next
   * batch. So an append to an idle log takes one round trip, and a busy log needs few round trips.
   *
   * Exactly once. Each batch has a number. If its answer is missing, the thread sends it again with
   * the same number, as long as one of its callers waits. The script does not store it twice, and
   * repeats its answer. It refuses a batch that arrives after a later one.
   *
   * Timeout. Each caller waits for the timeout, then gives up. The caller and the thread change the
   * state of the Call atomically. So a caller knows whether its events were sent, and the thread
   * never sends events of a caller that has given up.
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

  /** The reason why nothing can be sent now, for callers that give up; null if there is none. */
  private volatile @Nullable Fault fault;

  /** Used by the append thread only. The members may close it. */
  private @Nullable Link link;

  /** The number of the last batch. Used by the append thread only. */
  private long number;

  /** The pauses since the last stored batch. Used by the append thread only. */
  private int failures;

  Appender(Members members, Keys names, Duration timeout, long maxEvents, Duration maxAge) {
    this.members = members;
    this.names = names;
    this.timeout = timeout;
    this.retention = List.of(Link.bytes(maxEvents), Link.bytes(maxAge.toMillis()));
    // A platform thread: each wait of a virtual thread costs more, and pinned carrier threads would
    // delay it.
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
      String reason = fault == null ? "Redis did not answer within " + timeout : fault.text();
      throw new EventLogException(reason + "; " + call.giveUp(), fault == null ? e : fault);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EventLogException("the thread was interrupted; " + call.giveUp(), e);
    }
  }

  /** Returns a new exception, whose stack trace is that of the caller. */
  private static RuntimeException rethrown(ExecutionException e) {
    Throwable failure = Objects.requireNonNull(e.getCause());
    if (failure instanceof RefusedIdException refusal) {
      String message = String.valueOf(refusal.getMessage());
      var again = new RefusedIdException(message, refusal.index(), refusal.publishedBefore());
      again.initCause(refusal);
      return again;
    }
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

  /** Waits until there are calls to send. Returns false if the log is closed. */
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

  /** Returns the connection; null if there is none. Fails all calls if a retry does not help. */
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

  /** Takes the next calls within the bounds of a batch, and at least one, however large. */
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

  /** Sends the batch until it is stored or refused, or all its callers have given up. */
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
        // Half of the timeout, so that there is time for another attempt if the connection is dead.
        int millis = (int) (timeout.toMillis() / 2);
        complete(batch, Link.text(Script.APPEND.run(link, millis, keys, arguments)));
        failures = 0;
        return;
      } catch (Fault fault) {
        this.fault = fault;
        closeLink();
        link = null;
        maybeStored |= fault.kind() == Fault.Kind.NO_ANSWER || fault.kind() == Fault.Kind.FAILED;
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
        LOG.log(System.Logger.Level.ERROR, "Redis sent an unexpected answer", e);
        closeLink();
        fail(batch, "Redis sent an unexpected answer: " + e, true);
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

  /** Returns the arguments of the script; the number is 0 for a call that stores nothing. */
  List<byte[]> arguments(long number, List<Call> batch) {
    List<byte[]> arguments = new ArrayList<>();
    arguments.add(Link.bytes(Token.next()));
    arguments.add(Link.bytes(Token.next()));
    arguments.add(Link.bytes(number));
    arguments.addAll(retention);
    batch.forEach(call -> arguments.addAll(call.arguments()));
    return arguments;
  }

  /** Reads the answer: incarnation, generation, last sequence, and one word per call. */
  private static void complete(List<Call> batch, String answer) {
    String[] words = answer.split(" ", -1);
    for (int i = 0; i < batch.size(); i++) {
      batch.get(i).complete(words[0], Long.parseLong(words[1]), words[3 + i]);
    }
  }

  /** Puts the calls back at the head of the queue, except those that have given up. */
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

  private static void fail(List<Call> calls, String reason, boolean maybeStored) {
    for (Call call : calls) {
      call.result()
          .completeExceptionally(new EventLogException(reason + "; " + call.outcome(maybeStored)));
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

  /** Pauses after a failure: twice as long as before, with a random part. */
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
      // No code interrupts this thread. An interrupt would only end the pause.
    } finally {
      lock.unlock();
    }
  }

  /** Ends the thread. The members must be closed before, which ends its wait for an answer. */
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
