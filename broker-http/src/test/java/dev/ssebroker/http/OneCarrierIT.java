package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What waits in a monitor stops nothing else, on a machine with one processor. Before JDK 24 it
 * holds the only carrier of virtual threads.
 */
@Timeout(60)
class OneCarrierIT {
  @Test
  void usersCodeThatWaitsInAMonitorStopsNoStream() throws Exception {
    try (Child child = new Child();
        RawClient client = new RawClient(child.server).get("/?topic=news").awaitStream();
        RawClient handler = new RawClient(child.server);
        RawClient authorizer = new RawClient(child.server);
        RawClient post = new RawClient(child.server)) {
      handler.get("/wait");
      child.assertPrints("handler");
      authorizer.get("/?topic=wait");
      child.assertPrints("authorizer");
      post.send("POST /posted HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
      child.assertPrints("posted");
      child.publish(3);
      client.readThrough("data: xxx\n");
      try (RawClient late = new RawClient(child.server).get("/?topic=news").awaitStream()) {
        child.publish(4);
        late.readThrough("data: xxxx\n");
      }
    }
  }

  @Test
  void listenerThatWaitsInAMonitorStopsNoStream() throws Exception {
    try (Child child = new Child("listener");
        RawClient client = new RawClient(child.server).get("/?topic=news").awaitStream()) {
      child.assertPrints("listener");
      child.publish(3);
      client.readThrough("data: xxx\n");
    }
  }

  /** The JDK's server writes inside a monitor. */
  @Test
  void clientOfTheJdksServerThatDoesNotReadIsCutAndOthersAreServed() throws Exception {
    try (Child child = new Child();
        RawClient stalled = new RawClient(child.jdksServer)) {
      stalled.get("/?topic=news");
      stalled.readThrough("retry: ");
      for (int i = 0; i < 32; i++) {
        child.publish(1024 * 1024);
      }
      child.assertPrints("WRITE_TIMED_OUT");
      try (RawClient client = new RawClient(child.jdksServer).get("/?topic=news")) {
        client.readThrough(":\n\n");
        child.publish(3);
        client.readThrough("data: xxx\n");
      }
    }
  }

  private static final class Child implements AutoCloseable {
    final InetSocketAddress server;
    final InetSocketAddress jdksServer;
    private final Process process;
    private final BlockingQueue<String> printed = new LinkedBlockingQueue<>();

    Child(String... arguments) throws IOException, InterruptedException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-Djdk.virtualThreadScheduler.parallelism=1");
      command.add("-Djdk.virtualThreadScheduler.maxPoolSize=1");
      command.add("-cp");
      command.add(System.getProperty("java.class.path"));
      command.add(OneCarrier.class.getName());
      command.addAll(List.of(arguments));
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      Thread.ofPlatform().start(() -> process.inputReader().lines().forEach(printed::add));
      server = readAddress();
      jdksServer = readAddress();
    }

    private InetSocketAddress readAddress() throws InterruptedException {
      int port = Integer.parseInt(String.valueOf(printed.poll(10, TimeUnit.SECONDS)));
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    void publish(int characters) throws IOException {
      process.outputWriter().write(characters + "\n");
      process.outputWriter().flush();
    }

    void assertPrints(String line) throws InterruptedException {
      assertEquals(line, printed.poll(10, TimeUnit.SECONDS));
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
