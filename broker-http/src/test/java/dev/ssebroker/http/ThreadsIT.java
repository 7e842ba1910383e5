package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The threads of a server: what they inherit, who creates them, and what they keep alive. */
@Timeout(60)
class ThreadsIT {
  private static final InheritableThreadLocal<String> USER = new InheritableThreadLocal<>();

  private final Broker broker = Broker.open();

  @Test
  void handlerInheritsNothingFromTheThreadThatStartsTheServer() throws Exception {
    CompletableFuture<String> seen = new CompletableFuture<>();
    USER.set("the user of another request");
    try (broker;
        SseServer server =
            SseServer.builder(
                    broker,
                    request -> {
                      seen.complete(String.valueOf(USER.get()));
                      return Decision.refuse(404);
                    })
                .port(0)
                .start();
        RawClient client = new RawClient(server).get("/")) {
      client.readToEnd();
    } finally {
      USER.remove();
    }
    assertEquals("null", seen.join());
  }

  @Test
  void handlerRunsOnAThreadOfTheFactory() throws Exception {
    CompletableFuture<String> seen = new CompletableFuture<>();
    try (broker;
        SseServer server =
            SseServer.builder(
                    broker,
                    request -> {
                      seen.complete(Thread.currentThread().getName());
                      return Decision.refuse(404);
                    })
                .port(0)
                .threads(Thread.ofPlatform().daemon().name("mine-", 1).factory())
                .start();
        RawClient client = new RawClient(server).get("/")) {
      client.readToEnd();
    }
    assertEquals("mine-1", seen.join());
  }

  /** The first three connections are closed; the fourth is served. */
  @Test
  void connectionIsClosedIfTheFactoryFails() throws Exception {
    Queue<ThreadFactory> failures =
        new ArrayDeque<>(
            List.of(
                ThreadsIT::noThread,
                task -> {
                  throw new IllegalStateException("a test's factory");
                },
                task -> {
                  throw new OutOfMemoryError("a test's factory");
                }));
    ThreadFactory threads =
        task -> failures.isEmpty() ? Thread.ofVirtual().unstarted(task) : fail(failures, task);
    try (broker;
        SseServer server =
            SseServer.builder(broker, request -> Decision.answer("text/plain", "a page"))
                .port(0)
                .threads(threads)
                .start()) {
      for (int i = 0; i < 3; i++) {
        try (RawClient client = new RawClient(server)) {
          assertEquals("", client.readToEnd());
        }
      }
      try (RawClient client = new RawClient(server).get("/")) {
        assertTrue(client.readToEnd().endsWith("a page"));
      }
      Condition.await("connections", 0, server.connections()::count);
    }
  }

  private static Thread fail(Queue<ThreadFactory> failures, Runnable task) {
    return failures.remove().newThread(task);
  }

  /** Returns null, as a factory may. */
  @SuppressWarnings("NullAway")
  private static @Nullable Thread noThread(Runnable task) {
    return null;
  }

  @Test
  void openServerKeepsTheJvmAlive() throws Exception {
    Process process = process();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      int port = Integer.parseInt(out.readLine());
      assertEquals("main has returned", out.readLine());
      assertEquals("a page", page(port));
      process.getOutputStream().close();
      assertTrue(process.waitFor(30, TimeUnit.SECONDS));
      assertEquals(0, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void daemonServerDoesNotKeepTheJvmAlive() throws Exception {
    Process process = process("daemon");
    try {
      assertTrue(process.waitFor(30, TimeUnit.SECONDS));
      assertEquals(0, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }

  private static Process process(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(ServerProcess.class.getName());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static String page(int port) throws IOException {
    try (RawClient client =
        new RawClient(new Socket(InetAddress.getLoopbackAddress(), port)).get("/")) {
      String answer = client.readToEnd();
      assertFalse(answer.isEmpty());
      return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }
  }
}
