package dev.ssebroker.http;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * A server in a process of its own. It prints its port. It publishes each line of its input and
 * prints the number of clients that the event was queued for. It ends with its input.
 */
final class FewFileDescriptors {
  private FewFileDescriptors() {}

  public static void main(String[] args) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (Broker broker = Broker.open();
        SseServer server =
            SseServer.builder(broker, request -> Decision.stream("ticker")).port(0).start()) {
      System.out.println(server.port());
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        System.out.println(broker.publish("ticker", Event.of(line)).queued());
      }
    }
  }
}
