package dev.ssebroker.http;

import dev.ssebroker.Broker;
import java.io.IOException;
import java.util.Arrays;

/**
 * A server in a process of its own, whose {@code main} returns at once. It prints its port, and a
 * line when {@code main} has returned. It closes the server when its input ends.
 */
final class ServerProcess {
  private ServerProcess() {}

  @SuppressWarnings("MustBeClosed")
  public static void main(String[] args) throws IOException {
    Thread main = Thread.currentThread();
    SseServer server =
        SseServer.builder(Broker.open(), request -> Decision.answer("text/plain", "a page"))
            .port(0)
            .daemon(Arrays.asList(args).contains("daemon"))
            .start();
    System.out.println(server.port());
    // Virtual threads are daemon threads.
    Thread.ofVirtual()
        .start(() -> {
          awaitEnd(main);
          System.out.println("main has returned");
        });
    Thread.ofVirtual().start(() -> closeAtEndOfInput(server));
  }

  private static void awaitEnd(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void closeAtEndOfInput(SseServer server) {
    try {
      while (System.in.read() >= 0) {}
      server.close();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
