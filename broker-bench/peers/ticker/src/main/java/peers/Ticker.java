package peers;

import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The events of every peer, at a steady rate. Their data is the time, a number from 1, and a padding:
 * {@code T=<epoch nanoseconds>;N=<number>;xxx}.
 *
 * @param port the port on 127.0.0.1
 * @param rate the events per second
 * @param size the bytes of padding
 */
public record Ticker(int port, int rate, int size) {

  /** Parses PORT RATE SIZE. Exits if they are invalid. */
  public static Ticker of(String[] args) {
    try {
      return new Ticker(
          Integer.parseInt(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]));
    } catch (RuntimeException e) {
      System.err.println("usage: PORT RATE SIZE");
      System.exit(2);
      throw e;
    }
  }

  /**
   * Prints that the server is ready, and starts to publish on a thread of its own. After a delay it
   * catches up at once, to keep the rate.
   *
   * @param publish receives the data of each event, always on the same thread
   */
  public void start(Consumer<String> publish) {
    System.out.println("listening on http://127.0.0.1:" + port + "/events");
    new Thread(() -> run(publish), "ticker").start();
  }

  private void run(Consumer<String> publish) {
    String padding = "x".repeat(size);
    long period = 1_000_000_000L / rate;
    long due = System.nanoTime();
    long time = 0;
    for (long number = 1; ; due += period, number++) {
      for (long early; (early = due - System.nanoTime()) > 0; ) {
        LockSupport.parkNanos(early);
      }
      Instant now = Instant.now();
      time = Math.max(time + 1, now.getEpochSecond() * 1_000_000_000L + now.getNano());
      publish.accept("T=" + time + ";N=" + number + ";" + padding);
    }
  }
}
