package dev.ssebroker.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.http.Decision;
import dev.ssebroker.http.SseServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command line, the output and the exit codes of the load client. */
class LoadCommandIT {
  @TempDir private Path directory;

  @Test
  void jsonHasResultsOfResumingOnlyWithTheOption() throws Exception {
    try (TickerServer server = TickerServer.start(0, 200, 64)) {
      StringWriter out = new StringWriter();
      StringWriter err = new StringWriter();
      int status = LoadTrial.command(out, err, server.port(), "--json=-", "--resume=10");

      assertEquals(0, status, err::toString);
      Map<String, Object> json = Json.read(out.toString());
      assertEquals(10L, json.get("resumed"));
      assertEquals(3L, json.get("complete"));
      assertTrue((double) Objects.requireNonNull(json.get("caughtUpSeconds")) > 0);
      assertTrue(err.toString().contains("caught up after"), err::toString);

      StringWriter plain = new StringWriter();
      LoadTrial.command(plain, new StringWriter(), server.port(), "--json=-");

      assertFalse(plain.toString().contains("resumed"), plain::toString);
      assertFalse(plain.toString().contains("complete"), plain::toString);
      assertFalse(plain.toString().contains("caughtUpSeconds"), plain::toString);
    }
  }

  @Test
  void jsonGoesToStdoutAndTheTableToStderr() throws Exception {
    try (TickerServer server = TickerServer.start(0, 200, 64)) {
      StringWriter out = new StringWriter();
      StringWriter err = new StringWriter();
      int status = LoadTrial.command(out, err, server.port(), "--json", "-");

      assertEquals(0, status, err::toString);
      assertTrue(out.toString().startsWith("{\"url\":\"http://127.0.0.1:"), out::toString);
      assertTrue(out.toString().endsWith("\"warnings\":[]}\n"), out::toString);
      assertTrue(out.toString().contains("\"lost\":0,"), out::toString);
      assertTrue(err.toString().contains("p99.9"), err::toString);
    }
  }

  @Test
  void jsonFileHasOneLine() throws Exception {
    try (TickerServer server = TickerServer.start(0, 200, 64)) {
      Path file = directory.resolve("report.json");
      StringWriter out = new StringWriter();
      LoadTrial.command(out, new StringWriter(), server.port(), "--json", file.toString());

      assertEquals(1, Files.readAllLines(file).size());
      assertTrue(out.toString().contains("p99.9"), out::toString);
    }
  }

  @Test
  void lossHasItsOwnExitCode() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(ScriptedServer.HEAD);
          for (int i = 0; !client.isGone(); i += 2) {
            client.sendEvent(i);
            client.pause();
          }
        })) {
      assertEquals(3, LoadTrial.command(new StringWriter(), new StringWriter(), server.port()));
    }
  }

  @Test
  void streamWithoutMarksIsAFailure() throws Exception {
    try (ScriptedServer server =
        ScriptedServer.start(client -> {
          client.send(ScriptedServer.HEAD);
          while (!client.isGone()) {
            client.send("data: hello\n\n");
            client.pause();
          }
        })) {
      StringWriter out = new StringWriter();

      assertEquals(1, LoadTrial.command(out, new StringWriter(), server.port()));
      assertTrue(out.toString().contains("no event was received"), out::toString);
    }
  }

  @Test
  void wrongStatusIsAFailure() throws Exception {
    try (Broker broker = Broker.open();
        SseServer server =
            SseServer.builder(broker, request -> Decision.refuse(404))
                .host("127.0.0.1")
                .port(0)
                .start()) {
      StringWriter err = new StringWriter();

      assertEquals(1, LoadTrial.command(new StringWriter(), err, server.port()));
      assertTrue(
          err.toString().contains("the server answered '404 Not Found' instead of 200"),
          err::toString);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--clients, 0",
    "--clients, x",
    "--threads, 3",
    "--seconds, 0",
    "--url, https://127.0.0.1/",
    "--url, nonsense",
    "--header, nonsense",
    "--resume, -1",
    "--pace, 0",
    "--nonsense, 1",
  })
  void invalidOptionIsReported(String option, String value) {
    StringWriter err = new StringWriter();

    assertEquals(
        2,
        Load.run(new PrintWriter(new StringWriter()), new PrintWriter(err), false, option, value));
    assertTrue(err.toString().contains(option), err::toString);
  }

  @Test
  void helpExplainsExitCodesAndFields() {
    StringWriter out = new StringWriter();

    assertEquals(0, Load.run(new PrintWriter(out), new PrintWriter(out), false, "--help"));
    assertTrue(out.toString().contains("Exit codes"), out::toString);
    assertTrue(out.toString().contains("serverCpuMicrosPerDelivery"), out::toString);
    assertTrue(out.toString().contains("caughtUpSeconds"), out::toString);
  }
}
