package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A program that receives events, as a test sees it. */
abstract class EventClient implements AutoCloseable {
  private final BlockingQueue<String> lines;

  /** What the client would say if it came back now. Written before the event can be read. */
  private volatile String lastId = "";

  private String id = "";
  private String data = "";

  EventClient() {
    this(new LinkedBlockingQueue<>());
  }

  EventClient(BlockingQueue<String> lines) {
    this.lines = lines;
  }

  /** The first word of an event's data, or what became of the stream; waits for it. */
  String next() throws InterruptedException {
    String line = lines.poll(60, TimeUnit.SECONDS);
    assertNotNull(line, "the client has nothing more to say");
    return line;
  }

  /** Comes back with the last event's id, if it does not do so by itself. */
  void comeBack() throws Exception {}

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

  /** An event without its blank line does not count. */
  final void forgetWhatIsIncomplete() {
    id = lastId;
    data = "";
  }

  @Override
  public abstract void close();
}
