package dev.ssebroker.bench;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.Receipt;

/**
 * Publishes one event again and again, no further ahead of the slowest client than {@link Bursts}
 * allow, and fails if an event is not queued for each client. Used by one thread.
 */
final class BurstPublisher {
  private final Broker broker;
  private final Event event;
  private final int clients;
  private final Bursts bursts;
  private final CpuTime cpuTime = new CpuTime();

  /**
   * Publishes to all clients of the topic {@link BrokerBenchmark#TOPIC}, of which there are so
   * many.
   */
  BurstPublisher(Broker broker, Event event, int clients, Bursts bursts) {
    this.broker = broker;
    this.event = event;
    this.clients = clients;
    this.bursts = bursts;
  }

  /** To be called before each iteration: what was used of the processors before belongs to none. */
  void begin() {
    cpuTime.restart();
  }

  /** Publishes one burst as soon as there is room, and counts what has arrived meanwhile. */
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

  /** To be called after each iteration: waits for what is on its way, which belongs to none. */
  void settle() throws InterruptedException {
    bursts.awaitAll();
    bursts.newReceptions();
  }
}
