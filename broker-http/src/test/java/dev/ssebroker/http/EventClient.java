package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client program that receives events. */
abstract class EventClient implements AutoCloseable {
  private final BlockingQueue<String> lines;

  /** The id with which the client would reconnect. Written before the event can be read. */
  private volatile String lastId = "";

  private String id = "";
  private String data = "";

  EventClient() {
    this(new LinkedBlockingQueue<>());
  }

  EventClient(BlockingQueue<String> lines) {
    this.lines = lines;
  }

  /**
   * Waits for the next event or end, and returns the first word of the data or how the stream
   * ended.
   */
  String next() throws InterruptedException {
    String line = lines.poll(60, TimeUnit.SECONDS);
    assertNotNull(line, "no event and no end");
    return line;
  }

  /** Reconnects with the last event's id, if the client does not do so by itself. */
  void reconnect() throws Exception {}

  String lastId() {
    return lastId;
  }

  final void received(String id, String data) {
    lastId = id;
    lines.add(data.split(" ", 2)[0]);
  }

  final void ended(String how) {
    lines.add(how);
  }

  /** Parses the fields that the server sends (HTML §9.2.6), for clients that only have lines. */
  final void line(String line) {
    if (line.startsWith("id: ")) {
      id = line.substring(4);
    } else if (line.startsWith("data: ")) {
      data = line.substring(6);
    } else if (line.isEmpty() && !data.isEmpty()) {
      received(id, data);
      data = "";
    }
  }

  /** Discards an event whose blank line is missing. */
  final void discardIncomplete() {
    id = lastId;
    data = "";
  }

  @Override
  public abstract void close();
}
