package dev.ssebroker;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A program that publishes as fast as it can to 10,000 clients that do not read and 10 that do. It
 * fails unless those that read receive everything. Arguments: the stalled clients' case, and how
 * many events to publish.
 */
final class StalledClients {
  /*
   * What the program needs whatever is published: for each client less than 5 KiB, which are the
   * parked virtual thread, the client, its queue, its batch and its sink. For 10,000 clients that
   * is less than 50 MiB, half of a heap of 96 MiB; the rest is for what comes and goes.
   *
   * BEHIND: a queue is an array of 64 references, 272 bytes, so 3 MiB in all. The events are
   * shared: 64 queued ones and 2,048 in the history are 2.3 MiB. Were each client to have its own
   * copies of what is queued for it, that would be 10,000 * 64 KiB = 640 MiB; were all 20,000 events
   * to be queued, the references alone would be 10,000 * 20,000 * 4 bytes = 763 MiB.
   *
   * DROPPING: 16 KiB in each queue are 10,000 * 16 KiB = 156 MiB, as the broker counts them, of
   * events that are shared.
   */
  enum Case {
    /** The default policy: served from the history, some day. */
    BEHIND,
    /** A queue bounded by bytes, the oldest events dropped. */
    DROPPING
  }

  private static final int STALLED = 10_000;
  private static final int GOOD = 10;
  private static final int QUEUE_EVENTS = 64;
  private static final int QUEUE_BYTES = 16 * 1024;
  private static final int HISTORY_EVENTS = 2048;

  /** How far the publisher may be ahead of any good client: less than the history. */
  private static final int AHEAD = HISTORY_EVENTS / 2;

  private static final String FILL = "x".repeat(1024 - 8);

  private StalledClients() {}

  public static void main(String[] args) throws Exception {
    Case which = Case.valueOf(args[0]);
    int events = Integer.parseInt(args[1]);
    // The deadline would cut the stalled clients, and so help.
    Broker.Builder settings =
        Broker.builder()
            .historyEvents(HISTORY_EVENTS)
            .queueEvents(QUEUE_EVENTS)
            .writeDeadline(Duration.ofHours(1));
    try (Broker broker = settings.open()) {
      CountDownLatch blocked = new CountDownLatch(STALLED);
      for (int i = 0; i < STALLED; i++) {
        stalled(broker, which).open(new StalledSink(blocked));
      }
      Stage.await(blocked, "the stalled clients");
      List<GoodSink> good = IntStream.range(0, GOOD).mapToObj(i -> new GoodSink(events)).toList();
      good.forEach(sink -> broker.subscribe("ticker", sink));

      publish(broker, good, events);

      for (GoodSink sink : good) {
        Stage.await(sink.finished, "a good client's last event");
      }
      List<String> wrong = new ArrayList<>();
      good.forEach(sink -> sink.addWrong(wrong));
      check(broker, which, events, wrong);
      broker.close(Duration.ZERO);
      if (!wrong.isEmpty()) {
        throw new IllegalStateException(String.join("; ", wrong));
      }
    }
  }

  private static Subscription.Builder stalled(Broker broker, Case which) {
    Subscription.Builder client = broker.subscription("ticker");
    return switch (which) {
      case BEHIND -> client;
      case DROPPING ->
          client.overflow(Overflow.DROP_OLDEST).queueEvents(1024).queueBytes(QUEUE_BYTES);
    };
  }

  private static void publish(Broker broker, List<GoodSink> good, int events) throws Exception {
    for (int number = 1; number <= events; number++) {
      for (GoodSink sink : good) {
        if (!sink.ahead.tryAcquire(Stage.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
          throw new IllegalStateException("a good client received nothing before event " + number);
        }
      }
      broker.publish("ticker", Event.of(data(number)));
    }
  }

  private static String data(long number) {
    return "%07d ".formatted(number) + FILL;
  }

  @SuppressWarnings("SystemOut")
  private static void check(Broker broker, Case which, int events, List<String> wrong) {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    long used = runtime.totalMemory() - runtime.freeMemory();
    BrokerStats stats = broker.stats();
    System.out.printf(
        "%s: %d KiB of %d KiB used, %s%n", which, used / 1024, runtime.maxMemory() / 1024, stats);
    expect("clients", STALLED + GOOD, stats.clients().current(), wrong);
    expect("gaps", 0, stats.events().gaps(), wrong);
    switch (which) {
      case BEHIND -> {
        expect("replaying", STALLED, stats.clients().replaying(), wrong);
        expect("longestEvents", QUEUE_EVENTS, stats.queues().longestEvents(), wrong);
        expect("dropped", 0, stats.events().dropped(), wrong);
      }
      case DROPPING -> {
        long perClient = events - stats.queues().longestEvents();
        expect("replaying", 0, stats.clients().replaying(), wrong);
        expect("dropped", STALLED * perClient, stats.events().dropped(), wrong);
        if (stats.queues().bytes() > (long) STALLED * QUEUE_BYTES) {
          wrong.add("queueBytes is over all bounds together");
        }
      }
    }
  }

  private static void expect(String what, long expected, long actual, List<String> wrong) {
    if (actual != expected) {
      wrong.add("%s is %d instead of %d".formatted(what, actual, expected));
    }
  }

  /** Blocks in its first write until it is closed. */
  private static final class StalledSink implements Sink {
    private final CountDownLatch blocked;
    private final CountDownLatch closed = new CountDownLatch(1);

    StalledSink(CountDownLatch blocked) {
      this.blocked = blocked;
    }

    @Override
    public void write(Batch batch) throws IOException {
      blocked.countDown();
      try {
        closed.await();
      } catch (InterruptedException e) {
        throw new InterruptedIOException();
      }
      throw new IOException("the sink is closed");
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }

  /** Reads every event, and lets the publisher go on for each. */
  private static final class GoodSink implements Sink {
    final Semaphore ahead = new Semaphore(AHEAD);
    final CountDownLatch finished = new CountDownLatch(1);
    private final int events;

    /** Written by the client's writer only, as is the next; read when it has finished. */
    private long received;

    private volatile @Nullable String wrong;

    GoodSink(int events) {
      this.events = events;
    }

    @Override
    public void write(Batch batch) throws CharacterCodingException {
      for (EventStreamParser.Dispatched event :
          EventStreamParser.parse(batch.toByteArray()).events()) {
        receive(event);
      }
    }

    private void receive(EventStreamParser.Dispatched event) {
      received++;
      if (wrong == null && !isNext(event)) {
        wrong = "event %d came as %s".formatted(received, event);
        // Nobody is to wait for what cannot come any more.
        ahead.release(events);
        finished.countDown();
      }
      ahead.release();
      if (received == events) {
        finished.countDown();
      }
    }

    private boolean isNext(EventStreamParser.Dispatched event) {
      return event.type().equals(Event.MESSAGE)
          && event.data().equals(data(received))
          && event.lastEventId().endsWith("-" + received);
    }

    void addWrong(List<String> all) {
      String mine = wrong;
      if (mine != null) {
        all.add(mine);
      }
    }

    @Override
    public void close() {}
  }
}
