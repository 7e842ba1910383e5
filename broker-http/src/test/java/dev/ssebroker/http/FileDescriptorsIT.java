package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A server that has no free file descriptor still serves its clients. */
class FileDescriptorsIT {
  private static final int DESCRIPTORS = 100;

  private final Process child;
  private final BufferedReader answers;
  private final BlockingQueue<String> logLines = new LinkedBlockingQueue<>();
  private final InetSocketAddress address;

  private final List<RawClient> clients = new ArrayList<>();
  private final BlockingQueue<RawClient> begun = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

  FileDescriptorsIT() throws IOException {
    child =
        new ProcessBuilder(
                "sh",
                "-c",
                "ulimit -n " + DESCRIPTORS + "; exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                FewFileDescriptors.class.getName())
            .start();
    Thread.ofVirtual().start(() -> child.errorReader().lines().forEach(logLines::add));
    answers = child.inputReader();
    address = new InetSocketAddress(InetAddress.getLoopbackAddress(), readNumber());
  }

  @AfterEach
  void close() throws IOException {
    for (RawClient client : clients) {
      client.close();
    }
    child.destroy();
  }

  @Test
  void serverWithoutFreeDescriptorsServesItsClientsAndAcceptsAgainLater() throws Exception {
    for (int i = 0; i < 3 * DESCRIPTORS; i++) {
      connect();
    }
    awaitLogLine("Too many open files");

    int served = 0;
    for (int i = 0; i < 100; i++) {
      served = publish("event " + i);
      for (int j = 0; j < served; j++) {
        assertEquals("data: event " + i, received.poll(10, TimeUnit.SECONDS));
      }
    }
    assertTrue(served > DESCRIPTORS / 4 && served < DESCRIPTORS, served + " clients are served");
    assertEquals(served, begun.size());

    Set<RawClient> closed = ConcurrentHashMap.newKeySet();
    begun.drainTo(closed, 10);
    begun.clear();
    for (RawClient client : closed) {
      client.close();
    }
    for (int i = 0; i < closed.size(); i++) {
      assertNotNull(begun.poll(10, TimeUnit.SECONDS), "a waiting client is served");
    }

    for (RawClient client : clients) {
      client.close();
    }
    try (RawClient late = new RawClient(address).get("/")) {
      late.awaitStream();
      publish("last");
      late.readThrough("data: last\n");
    }
  }

  private void connect() throws IOException {
    RawClient client = new RawClient(address).get("/");
    client.socket.setSoTimeout(0);
    clients.add(client);
    Thread.ofVirtual().start(() -> read(client));
  }

  private void read(RawClient client) {
    try {
      // The first chunk may contain events as well.
      client.readThrough("\n:\n\n");
      begun.add(client);
      while (true) {
        client.readThrough("data: ");
        received.add("data: " + client.readThrough("\n").strip());
      }
    } catch (IOException e) {
      // The client is closed.
    }
  }

  private void awaitLogLine(String part) throws InterruptedException {
    String line = "";
    while (!line.contains(part)) {
      line = Objects.requireNonNull(logLines.poll(30, TimeUnit.SECONDS), "no '" + part + "'");
    }
  }

  /** Returns the number of clients that the event was queued for. */
  private int publish(String data) throws IOException {
    child.outputWriter().write(data + "\n");
    child.outputWriter().flush();
    return readNumber();
  }

  private int readNumber() throws IOException {
    String line = answers.readLine();
    assertNotNull(line, () -> "the server has ended: " + logLines);
    return Integer.parseInt(line);
  }
}
