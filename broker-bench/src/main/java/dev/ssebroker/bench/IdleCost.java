package dev.ssebroker.bench;

import dev.ssebroker.Broker;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The cost of clients that receive nothing: the scans of the housekeeper, and heartbeats. Prints
 * the CPU time per second, without clients and with the given number.
 */
public final class IdleCost {
  private static final String USAGE =
      """
      usage: IdleCost CLIENTS SECONDS HEARTBEAT
        CLIENTS    the number of clients, from 1 to 1000000
        SECONDS    how long to measure, from 1 to 3600
        HEARTBEAT  the heartbeat in milliseconds, from 100 to 3600000
      example: IdleCost 10000 20 15000\
      """;

  private IdleCost() {}

  /**
   * Measures once without clients and once with them.
   *
   * @param args CLIENTS SECONDS HEARTBEAT
   * @throws InterruptedException if the main thread is interrupted
   */
  public static void main(String[] args) throws InterruptedException {
    if (args.length != 3) {
      System.err.println(USAGE);
      System.exit(2);
    }
    try {
      int clients = TickerCommand.number("CLIENTS", args[0], 1, 1_000_000);
      int seconds = TickerCommand.number("SECONDS", args[1], 1, 3600);
      int heartbeat = TickerCommand.number("HEARTBEAT", args[2], 100, 3_600_000);
      measure(0, seconds, heartbeat);
      measure(clients, seconds, heartbeat);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.println(USAGE);
      System.exit(2);
    }
  }

  private static void measure(int clients, int seconds, int heartbeat) throws InterruptedException {
    try (Broker broker = Broker.builder().heartbeat(Duration.ofMillis(heartbeat)).open()) {
      for (int i = 0; i < clients; i++) {
        broker.subscribe("idle", new DiscardingSink());
      }
      TimeUnit.SECONDS.sleep(2);
      CpuTime time = new CpuTime();
      time.restart();
      TimeUnit.SECONDS.sleep(seconds);
      long micros = time.newNanos() / 1000 / seconds;
      System.out.printf("%d clients: %d us of CPU time per second%n", clients, micros);
    }
  }
}
