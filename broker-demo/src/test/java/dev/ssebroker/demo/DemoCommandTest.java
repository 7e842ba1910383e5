package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DemoCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  static Stream<Arguments> wrongCommandLines() {
    return Stream.of(
        wrong("Unknown option '--ports'. Did you mean --port?", "--ports", "1"),
        wrong("Unknown option '--intervall=2s'. Did you mean --interval?", "--intervall=2s"),
        wrong("Unknown option '-x'.", "-x"),
        wrong("Unknown argument 'now'.", "now"),
        wrong("Unknown argument '@file'.", "@file"),
        wrong("Missing required parameter for option '--port' (<number>)", "--port"),
        wrong("Missing required parameter for option '--interval' (<time>)", "--interval"),
        wrong(
            "Expected parameter for option '--message' but found '--port'", "--message", "--port"),
        wrong(port("abc"), "--port", "abc"),
        wrong(port("-1"), "--port=-1"),
        wrong(port("65536"), "--port", "65536"),
        wrong(port("99999999999"), "--port", "99999999999"),
        wrong(port(""), "--port="),
        wrong(
            "Invalid value for option '--interval': '2' is not a time; write 500ms, 2s, 1m or 1h,"
                + " from 1ms to 1h",
            "--interval",
            "2"),
        wrong(
            "Invalid value for option '--interval': '2h' is out of bounds; allowed is from 1ms to"
                + " 1h",
            "--interval",
            "2h"),
        wrong(
            "Invalid value for option '--host': it is empty; allowed is a name or an address of"
                + " this machine",
            "--host="),
        wrong(
            "Invalid value for option '--message': data has an unpaired surrogate at index 2, which"
                + " UTF-8 cannot carry",
            "--message",
            "hi\uD800"));
  }

  private static Arguments wrong(String line, String... args) {
    return Arguments.of(line, List.of(args));
  }

  private static String port(String text) {
    return "Invalid value for option '--port': '"
        + text
        + "' is not a port; allowed is a number from 0 to 65535";
  }

  @ParameterizedTest
  @MethodSource("wrongCommandLines")
  void wrongCommandLineIsToldInTwoLines(String line, List<String> args) {
    assertEquals(2, run(args.toArray(String[]::new)));
    assertEquals(List.of(line, "Try --help."), err.toString().lines().toList());
    assertEquals("", out.toString());
  }

  @Test
  void portInUseIsToldInOneLine() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
      assertEquals(1, run("--port", Integer.toString(taken.getLocalPort())));
      String line = "Port %d is in use. ".formatted(taken.getLocalPort());
      assertTrue(err.toString().startsWith(line), err::toString);
    }
    assertOneLine();
  }

  @Test
  void unknownHostIsToldInOneLine() {
    assertEquals(1, run("--port", "0", "--host", "no-such-host.invalid"));
    assertTrue(err.toString().startsWith("The host 'no-such-host.invalid' is not known. "));
    assertOneLine();
  }

  /** 192.0.2.0/24 is nobody's (RFC 5737). */
  @Test
  void addressOfAnotherMachineIsToldInOneLine() {
    assertEquals(1, run("--port", "0", "--host", "192.0.2.1"));
    assertTrue(err.toString().startsWith("'192.0.2.1' is not an address of this machine. "));
    assertOneLine();
  }

  @Test
  void helpTeaches() {
    assertEquals(0, run("--help"));
    String help = out.toString();
    for (String part :
        List.of(
            "--host=<name>",
            "Default: localhost",
            "Default: 3000",
            "Default: 2s",
            "Default: the time is {time}",
            "Examples:",
            "curl -N http://localhost:3000/",
            "Exit codes:",
            "130   stopped by Ctrl-C")) {
      assertTrue(help.contains(part), () -> part + " is missing in\n" + help);
    }
    assertEquals("", err.toString());
  }

  @Test
  void helpFitsATerminal() {
    run("--help");

    assertEquals(List.of(), out.toString().lines().filter(line -> line.length() > 80).toList());
  }

  @Test
  void versionNamesTheJava() {
    assertEquals(0, run("--version"));
    assertTrue(out.toString().matches("sse-broker demo .+, Java .+\\R"), out::toString);
    assertEquals("", err.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, http://localhost:3000",
    "127.0.0.1, http://127.0.0.1:3000",
    "0.0.0.0, http://localhost:3000",
    "::, http://localhost:3000",
    "::1, http://[::1]:3000",
    "[::1], http://[::1]:3000",
    "box.example, http://box.example:3000",
  })
  void urlCanBeOpened(String host, String url) {
    assertEquals(url, DemoCommand.url(host, 3000));
  }

  private int run(String... args) {
    return DemoCommand.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  private void assertOneLine() {
    assertEquals(1, err.toString().lines().count(), err::toString);
    assertEquals("", out.toString());
  }
}
