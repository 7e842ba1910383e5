package dev.ssebroker.bench;

import dev.ssebroker.Batch;
import dev.ssebroker.Broker;
import dev.ssebroker.CloseReason;
import dev.ssebroker.Event;
import dev.ssebroker.Sink;
import dev.ssebroker.Subscription;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * How many clients per second can subscribe, receive an event and end, one after the other, while
 * other clients of the same topic stay. The result should not depend on their number.
 *
 * <p>The client replays the event from the history, since a published event would also be delivered
 * to the other clients. The run fails if a client does not receive exactly one event.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class ChurnBenchmark extends BrokerBenchmark {
  private static final Event EVENT = Event.of("x".repeat(64));
  private static final int TIMEOUT_SECONDS = 60;

  /** Longer than any run. */
  private static final Duration HISTORY_AGE = Duration.ofDays(1);

  /** The number of clients that stay. */
  @Param({"0", "10000"})
  int present;

  private final CpuTime cpuTime = new CpuTime();
  private String lastEventId = "";

  @Setup
  public void subscribe() {
    broker = Broker.builder().historyAge(HISTORY_AGE).open();
    lastEventId = broker.publish(TOPIC, EVENT).id();
    broker.publish(TOPIC, EVENT);
    for (int i = 0; i < present; i++) {
      broker.subscribe(TOPIC, new DiscardingSink());
    }
  }

  @Setup(Level.Iteration)
  public void begin() {
    cpuTime.restart();
  }

  @Benchmark
  public void comeAndGo(Received received) throws InterruptedException {
    Visitor visitor = new Visitor();
    Subscription subscription = broker.subscription(TOPIC).lastEventId(lastEventId).open(visitor);
    boolean arrived = visitor.firstEvent.await(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    subscription.close();
    CloseReason reason = subscription.awaitEnd();
    if (!arrived || visitor.events != 1 || reason != CloseReason.UNSUBSCRIBED) {
      throw new IllegalStateException(
          "a client received %d events and ended: %s".formatted(visitor.events, reason));
    }
    received.deliveries += visitor.events;
    received.cpuNanos += cpuTime.newNanos();
  }

  @TearDown(Level.Iteration)
  public void checkPresentClients() {
    checkClients(present);
  }

  private static final class Visitor implements Sink {
    private final CountDownLatch firstEvent = new CountDownLatch(1);

    /** Written by the client's writer only, and read after the client has ended. */
    private int events;

    @Override
    public void write(Batch batch) {
      events += batch.events();
      if (events > 0) {
        firstEvent.countDown();
      }
    }

    @Override
    public void close() {}
  }
}
