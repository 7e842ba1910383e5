package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HelpPageTest {
  private final FakeTerminal terminal = FakeTerminal.of("");

  @Test
  void helpHasDefaultsExamplesAndExitCodes() {
    assertEquals(0, run("--help"));
    String help = terminal.out.text();
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
    assertEquals("", terminal.err.text());
  }

  @ParameterizedTest
  @CsvSource({
    "serve, SSE_BROKER_REDIS_PREFIX, Several demos:",
    "publish, SSE_BROKER_TOKEN, Sending:",
    "subscribe, SSE_BROKER_LAST_EVENT_ID, Printing:",
  })
  void helpOfEachCommandNamesVariablesAndFitsATerminal(
      String command, String variable, String heading) {
    assertEquals(0, run(command, "--help"));

    String help = terminal.out.text();
    for (String part : List.of(variable, "\n" + heading, "Exit codes:", "Examples:")) {
      assertTrue(help.contains(part), () -> part + " is missing in\n" + help);
    }
    assertEquals(List.of(), help.lines().filter(line -> line.length() > 80).toList());
  }

  @Test
  void defaultHelpIsThatOfServeAndNamesTheOtherCommands() {
    run("--help");
    FakeTerminal other = FakeTerminal.of("");
    other.run("serve", "--help");

    assertEquals(other.out.text(), terminal.out.text());
    assertTrue(terminal.out.text().contains("publish --help and subscribe --help"));
  }

  @Test
  void everyOptionHasAVariable() {
    for (String command : List.of("serve", "publish", "subscribe")) {
      FakeTerminal each = FakeTerminal.of("");
      each.run(command, "--help");
      String help = each.out.text();
      Pattern.compile("(?m)^ {6}--([a-z-]+)")
          .matcher(help)
          .results()
          .map(found -> "SSE_BROKER_" + found.group(1).replace('-', '_').toUpperCase(Locale.ROOT))
          .forEach(name -> assertTrue(help.contains("Variable: " + name + "\n"), name));
    }
  }

  @Test
  void helpIsPrintedDespiteAnInvalidVariable() {
    FakeTerminal shell = FakeTerminal.withEnvironment(Map.of("SSE_BROKER_PORT", "x"));

    assertEquals(0, shell.run("--help"));
    assertEquals("", shell.err.text());
  }

  @Test
  void versionNamesTheJavaVersion() {
    assertEquals(0, run("--version"));
    assertTrue(terminal.out.text().matches("sse-broker demo .+, Java .+\\R"), terminal.out::text);
    assertEquals("", terminal.err.text());
  }

  private int run(String... args) {
    return terminal.run(args);
  }
}
