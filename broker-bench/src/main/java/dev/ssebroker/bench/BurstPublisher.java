package dev.ssebroker.bench;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.Receipt;

/**
 * Publishes one event repeatedly, no further ahead of the slowest client than {@link Bursts}
 * allows. Fails if an event is not queued for every client. Used by one thread.
 */
final class BurstPublisher {
  private final Broker broker;
  private final Event event;
  private final int clients;
  private final Bursts bursts;
  private final CpuTime cpuTime = new CpuTime();

  /**
   * Creates a publisher to the topic {@link BrokerBenchmark#TOPIC}.
   *
   * @param clients the number of clients of the topic
   */
  BurstPublisher(Broker broker, Event event, int clients, Bursts bursts) {
    this.broker = broker;
    this.event = event;
    this.clients = clients;
    this.bursts = bursts;
  }

  /** Resets the CPU time. Must be called before each iteration. */
  void begin() {
    cpuTime.restart();
  }

  /** Waits for room, publishes one burst, and adds the new receptions to the counters. */
  void publish(Received received) throws InterruptedException {
    bursts.awaitRoom();
    for (int i = 0; i < bursts.events(); i++) {
      Receipt receipt = broker.publish(BrokerBenchmark.TOPIC, event);
      if (receipt.dropped() != 0 || receipt.queued() != clients) {
        throw new IllegalStateException("%s for %d clients".formatted(receipt, clients));
      }
    }
    received.deliveries += bursts.newReceptions();
    received.cpuNanos += cpuTime.newNanos();
  }

  /**
   * Waits for all events in flight and discards their receptions. Must be called after each
   * iteration.
   */
  void settle() throws InterruptedException {
    bursts.awaitAll();
    bursts.newReceptions();
  }
}
