package dev.ssebroker.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.http.Permission;
import dev.ssebroker.http.SseServer;
import dev.ssebroker.http.StreamHandler;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The commands of the jar in their own processes, with pipes. */
@Timeout(60)
@SuppressWarnings("try") // The tests close pipes explicitly.
class ShellIT {

  @Test
  void subscribePrintsWhatPublishPublishes() throws Exception {
    try (Broker broker = Broker.open();
        SseServer server = server(broker)) {
      String url = "localhost:" + server.port();
      Process subscribe = jar("subscribe", "--url", url + "/events/news", "--count=2", "--json");
      Process publish = jar("publish", "--url", url, "--topic", "news", "--type", "line");
      try (BufferedReader events = subscribe.inputReader(UTF_8);
          BufferedReader messages = subscribe.errorReader(UTF_8);
          BufferedReader summary = publish.inputReader(UTF_8);
          OutputStream pipe = publish.getOutputStream()) {
        assertTrue(messages.readLine().startsWith("Connected to http://localhost:"));
        pipe.write("früh\n".getBytes(UTF_8));
        pipe.flush();
        assertTrue(events.readLine().endsWith("\"type\":\"line\",\"data\":\"früh\"}"));
        pipe.write("sp\"ät".getBytes(UTF_8));
        pipe.close();
        assertTrue(events.readLine().endsWith("\"type\":\"line\",\"data\":\"sp\\\"ät\"}"));
        assertEquals(0, exit(subscribe));
        assertEquals(0, exit(publish));
        assertTrue(summary.readLine().startsWith("Published 2 events to 'news' in "));
      } finally {
        subscribe.destroyForcibly();
        publish.destroyForcibly();
      }
    }
  }

  @Test
  void subscribeEndsQuietlyWhenItsOutputIsClosed() throws Exception {
    try (Broker broker = Broker.open();
        SseServer server = server(broker)) {
      Process subscribe = jar("subscribe", "--url", "localhost:" + server.port() + "/events/news");
      try (BufferedReader events = subscribe.inputReader(UTF_8);
          BufferedReader messages = subscribe.errorReader(UTF_8)) {
        messages.readLine();
        broker.publish("news", Event.of("1"));
        events.readLine();
        events.close();
        broker.publish("news", Event.of("2"));
        assertEquals(0, exit(subscribe));
        assertEquals(List.of(), messages.lines().toList());
      } finally {
        subscribe.destroyForcibly();
      }
    }
  }

  private static SseServer server(Broker broker) throws IOException {
    return SseServer.builder(broker, StreamHandler.topicsUnder("/events/"))
        .port(0)
        .publishing("/publish/")
        .authorizer((request, access, topics) -> Permission.granted(topics))
        .start();
  }

  private static Process jar(String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-jar");
    command.add(System.getProperty("demo.jar", "target/broker-demo.jar"));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("SSE_BROKER_"));
    return builder.start();
  }

  private static int exit(Process process) throws InterruptedException {
    assertTrue(process.waitFor(20, TimeUnit.SECONDS), "the process is still running");
    return process.exitValue();
  }
}
