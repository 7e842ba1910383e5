package dev.ssebroker.bench;

import java.io.IOException;
import java.util.regex.Pattern;

/** The command line that all tickers share: {@code PORT RATE SIZE}. */
final class TickerCommand {
  /** Starts a ticker that listens. */
  @FunctionalInterface
  interface Start {
    /**
     * Starts the ticker and returns the port on which it listens.
     *
     * @param port the port; 0 for a free one
     * @param rate the events per second
     * @param size the bytes of padding in each event
     */
    int start(int port, int rate, int size) throws IOException;
  }

  private TickerCommand() {}

  /** Starts a ticker. If the arguments are invalid, prints the reason and exits. */
  static void run(String name, String[] args, Start ticker) {
    String usage =
        """
        usage: %1$s PORT RATE SIZE
          PORT  the port on 127.0.0.1; 0 for a free one
          RATE  the events per second, from 1 to 1000000
          SIZE  the bytes of padding in each event, from 0 to 10000000
        example: %1$s 8080 100 64, then curl -N http://127.0.0.1:8080/events\
        """
            .formatted(name);
    if (args.length != 3) {
      fail(usage, 2);
      return;
    }
    try {
      int port =
          ticker.start(
              number("PORT", args[0], 0, 65_535),
              number("RATE", args[1], 1, 1_000_000),
              number("SIZE", args[2], 0, 10_000_000));
      System.out.println("listening on http://127.0.0.1:" + port + "/events");
    } catch (IllegalArgumentException e) {
      fail(e.getMessage() + System.lineSeparator() + usage, 2);
    } catch (IOException e) {
      fail("cannot listen on 127.0.0.1:" + args[0] + ": " + e.getMessage(), 1);
    }
  }

  private static void fail(String message, int exitCode) {
    System.err.println(message);
    System.exit(exitCode);
  }

  /** Parses a number. Throws an IllegalArgumentException whose message contains the bounds. */
  static int number(String name, String text, int min, int max) {
    if (Pattern.matches("\\d{1,9}", text)) {
      int number = Integer.parseInt(text);
      if (number >= min && number <= max) {
        return number;
      }
    }
    throw new IllegalArgumentException(
        "%s is '%s'; allowed is from %d to %d".formatted(name, text, min, max));
  }
}
