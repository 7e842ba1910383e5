package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The messages for invalid command lines and variables. */
class DemoCommandTest {
  private final FakeTerminal terminal = FakeTerminal.of("");

  private static final String USER =
      "it has a user name before the '@', which is not supported; write http://host:port";

  private static final String ADDRESS_WITH_USER =
      "it is not an address; write http://user:password@host:port, with all characters of user and"
          + " password but letters and digits percent-encoded";

  static Stream<Arguments> invalidCommandLines() {
    return Stream.of(
        invalid("Unknown option '--ports'. Did you mean --port?", "--ports", "1"),
        invalid("Unknown option '--intervall=2s'. Did you mean --interval?", "--intervall=2s"),
        invalid("Unknown option '-x'.", "-x"),
        invalid("Unknown argument 'now'.", "now"),
        invalid("Unknown argument '@file'.", "@file"),
        invalid("Missing required parameter for option '--port' (<number>)", "--port"),
        invalid("Missing required parameter for option '--interval' (<time>)", "--interval"),
        invalid(
            "Expected parameter for option '--message' but found '--port'", "--message", "--port"),
        invalid(port("abc"), "--port", "abc"),
        invalid(port("-1"), "--port=-1"),
        invalid(port("65536"), "--port", "65536"),
        invalid(port("99999999999"), "--port", "99999999999"),
        invalid(port(""), "--port="),
        invalid(
            "Invalid value for option '--interval': '2' is not a time; write 500ms, 2s, 1m or 1h,"
                + " from 1ms to 1h",
            "--interval",
            "2"),
        invalid(
            "Invalid value for option '--interval': '2h' is out of bounds; allowed is from 1ms to"
                + " 1h",
            "--interval",
            "2h"),
        invalid(
            "Invalid value for option '--host': it is empty; write a name or an address of this"
                + " machine",
            "--host="),
        invalid(
            "Invalid value for option '--message': data has an unpaired surrogate at index 2, which"
                + " UTF-8 cannot carry",
            "--message",
            "hi\uD800"),
        invalid("Unknown argument 'publsh'. Did you mean publish?", "publsh", "--topic", "x"),
        invalid("Unknown argument 'Subscribe'. Did you mean subscribe?", "Subscribe"),
        invalid("Unknown argument 'publish'. Did you mean publish?", "serve", "publish"),
        invalid(of("--interval", time("1d", "from 1ms to 1h")), "serve", "--interval", "1d"),
        invalid(of("--drain", time("1", "from 0ms to 1h")), "--drain", "1"),
        invalid(of("--heartbeat", bounds("99ms", "from 100ms to 1h")), "--heartbeat", "99ms"),
        invalid(of("--retry", bounds("2h", "from 100ms to 1h")), "--retry", "2h"),
        invalid(of("--max-age", bounds("0s", "from 1s to 8760h")), "--max-age", "0s"),
        invalid(of("--write-deadline", bounds("1ms", "from 100ms to 1h")), "--write-deadline=1ms"),
        invalid(of("--history-age", bounds("8761h", "from 1s to 8760h")), "--history-age=8761h"),
        invalid(of("--history-events", number("-1", "0 to 16777216")), "--history-events=-1"),
        invalid(
            of("--history-events", number("16777217", "0 to 16777216")),
            "--history-events=16777217"),
        invalid(of("--history-bytes", size("64MB", "from 64KiB to 1TiB")), "--history-bytes=64MB"),
        invalid(
            of("--history-bytes", bounds("2TiB", "from 64KiB to 1TiB")), "--history-bytes=2TiB"),
        invalid(
            of("--history-bytes", bounds("65535", "from 64KiB to 1TiB")), "--history-bytes=65535"),
        invalid(of("--queue-bytes", bounds("1B", "from 1KiB to 1GiB")), "--queue-bytes=1B"),
        invalid(of("--queue-events", number("0", "1 to 1048576")), "--queue-events", "0"),
        invalid(of("--max-streams", number("many", "1 to 2147483647")), "--max-streams=many"),
        invalid(
            of("--max-streams-per-address", number("2147483648", "1 to 2147483647")),
            "--max-streams-per-address=2147483648"),
        invalid(
            of("--max-accepts-per-second", number("1000001", "1 to 1000000")),
            "--max-accepts-per-second=1000001"),
        invalid(of("--max-body", bounds("2GiB", "from 0 to 1GiB")), "--max-body=2GiB"),
        invalid(of("--max-idle", bounds("9ms", "from 10ms to 1h")), "--max-idle=9ms"),
        invalid(
            of(
                "--overflow",
                "'drop' is not a policy; allowed are replay, drop-oldest, drop-newest, latest,"
                    + " disconnect and await=250ms (from 1ms to 1m)"),
            "--overflow",
            "drop"),
        invalid(of("--overflow", bounds("61s", "from 1ms to 1m")), "--overflow", "await=61s"),
        invalid(of("--cors-origins", origin("app.example")), "--cors-origins=app.example"),
        invalid(of("--cors-origins", origin("")), "--cors-origins", "https://app.example,"),
        invalid(of("--cors-origins", origin("https://*.com")), "--cors-origins=https://*.com"),
        invalid(
            of("--publish-token", "it has 6 characters; write 16 or more visible ASCII characters"),
            "--publish-token",
            "secret"),
        invalid(
            of("--tls-cert", "'c.pem' requires --tls-key as well; set both or neither"),
            "--tls-cert",
            "c.pem"),
        invalid(
            of("--tls-key", "'k.pem' requires --tls-cert as well; set both or neither"),
            "--tls-key",
            "k.pem"),
        invalid(
            "Option '--topic' requires --relay: it sets the topic of the relayed events",
            "--topic",
            "news"),
        invalid(of("--redis", redis("starts with neither redis:// nor rediss://")), "--redis=a"),
        invalid(
            of("--redis", redis("has no valid host and port")),
            "--redis",
            "redis://a:6379,redis://me:secret@"),
        invalid(
            of(
                "--redis-prefix",
                "prefix is 'a b'; allowed are 1 to 64 letters, digits and . _ : / -"),
            "--redis=redis://a",
            "--redis-prefix=a b"),
        invalid(
            "Option '--redis-prefix' requires --redis: it sets the prefix of the Redis keys",
            "--redis-prefix=a"),
        invalid(
            of(
                "--history-events",
                "'0' disables the history; with --redis it must keep at least 1 event"),
            "--redis=redis://a",
            "--history-events=0"),
        invalid(of("--relay", address("ftp://a/b")), "--relay", "ftp://a/b"),
        invalid(of("--relay", address("http://")), "--relay", "http://"),
        invalid(of("--relay", address("http://a:65536/")), "--relay", "http://a:65536/"),
        invalid(of("--relay", ADDRESS_WITH_USER), "--relay", "http://me:se cret@a/"),
        invalid(of("--relay", ADDRESS_WITH_USER), "--relay", "http://me:se/cret@a/"),
        invalid(of("--relay", ADDRESS_WITH_USER), "--relay", "me:secret@a:0"),
        invalid(of("--topic", topic("a//b")), "--relay", "http://a/", "--topic", "a//b"),
        invalid(
            "Missing option '--topic' (<name>); it can also be set by SSE_BROKER_TOPIC", "publish"),
        invalid(of("--topic", topic("news/*")), "publish", "--topic", "news/*"),
        invalid(of("--topic", topic("a/../b")), "publish", "--topic", "a/../b"),
        invalid(of("--url", USER), "subscribe", "--url", "http://me:secret@a/"),
        invalid(of("--url", USER), "publish", "--topic=a", "--url=me:se cret@a"),
        invalid(of("--url", address("http:/x")), "publish", "--topic", "a", "--url", "http:/x"),
        invalid(
            of(
                "--url",
                "'a?b' has a query; write the address of the server, with a path if needed"),
            "publish",
            "--topic",
            "a",
            "--url",
            "a?b"),
        invalid(
            of(
                "--type",
                "type 'gap' is the broker's own notice of missing events; choose another name"),
            "publish",
            "--topic",
            "a",
            "--type",
            "gap"),
        invalid(
            of("--id", "'a b' is not allowed; write 1 to 44 letters, digits and . _ ~ -"),
            "publish",
            "--topic",
            "a",
            "--id",
            "a b"),
        invalid(
            of("--token", "it has 3 characters; write 1 or more visible ASCII characters"),
            "publish",
            "--topic",
            "a",
            "--token",
            "a b"),
        invalid(
            of("--retries", number("1001", "0 to 1000")), "publish", "--topic=a", "--retries=1001"),
        invalid(
            "Invalid value for FILE: 'no/such.txt' cannot be read; write a file, or - for standard"
                + " input",
            "publish",
            "--topic=a",
            "no/such.txt"),
        invalid(
            "Invalid value for FILE: '.' cannot be read; write a file, or - for standard input",
            "publish",
            "--topic=a",
            "."),
        invalid("Unknown argument 'b'.", "publish", "--topic=a", "a", "b"),
        invalid(of("--url", address("localhost:x")), "subscribe", "--url", "localhost:x"),
        invalid(of("--count", number("0", "1 to 2147483647")), "subscribe", "--count", "0"),
        invalid(
            of("--colour", "'yes' is not allowed; write auto, always or never"),
            "subscribe",
            "--colour",
            "yes"),
        invalid(of("--silence", bounds("25h", "from 1s to 24h")), "subscribe", "--silence", "25h"),
        invalid(
            of(
                "--last-event-id",
                "'' is not an id; write one or more characters, no control characters"),
            "subscribe",
            "--last-event-id="),
        invalid("Unknown option '--port'.", "subscribe", "--port", "1"));
  }

  private static String of(String option, String reason) {
    return "Invalid value for option '" + option + "': " + reason;
  }

  private static String time(String text, String bounds) {
    return "'" + text + "' is not a time; write 500ms, 2s, 1m or 1h, " + bounds;
  }

  private static String size(String text, String bounds) {
    return "'"
        + text
        + "' is not a size; write 64MiB, 512KiB, 1GiB or a number of bytes, "
        + bounds;
  }

  private static String bounds(String text, String bounds) {
    return "'" + text + "' is out of bounds; allowed is " + bounds;
  }

  private static String number(String text, String bounds) {
    return "'" + text + "' is not allowed; write a whole number from " + bounds;
  }

  private static String origin(String text) {
    return "'"
        + text
        + "' is not an origin; allowed are *, none, or a list such as"
        + " https://app.example,https://*.app.example,http://localhost:*, in lower case";
  }

  private static String address(String text) {
    return "'"
        + text
        + "' is not an address; write http://host:port or https://host:port, with a path if"
        + " needed";
  }

  private static String redis(String what) {
    return "uri "
        + what
        + "; allowed is redis://[user[:password]@]host[:port][/database], or rediss:// for TLS,"
        + " where user and password are percent-encoded except for letters and digits";
  }

  private static String topic(String text) {
    return "'"
        + text
        + "' is not a topic; write a name such as news or news/sport: visible characters without"
        + " '*', at most 255, no segment '.' or '..'";
  }

  private static Arguments invalid(String line, String... args) {
    return Arguments.of(line, List.of(args));
  }

  private static String port(String text) {
    return "Invalid value for option '--port': '"
        + text
        + "' is not a port; write a number from 0 to 65535";
  }

  @ParameterizedTest
  @MethodSource("invalidCommandLines")
  void invalidCommandLineIsReportedInTwoLines(String line, List<String> args) {
    assertEquals(2, run(args.toArray(String[]::new)));
    assertEquals(List.of(line, "Try --help."), terminal.err.list());
    assertEquals("", terminal.out.text());
  }

  static Stream<Arguments> invalidVariables() {
    return Stream.of(
        invalidVariable("PORT", "x", "'x' is not a port; write a number from 0 to 65535"),
        invalidVariable("HISTORY_BYTES", "1", bounds("1", "from 64KiB to 1TiB")),
        invalidVariable("RELAY", "ftp://a", address("ftp://a")),
        invalidVariable("PRINT_CONFIG", "1", "'1' is not allowed; write true or false"),
        invalidVariable("TLS_CERT", "c", "'c' requires --tls-key as well; set both or neither"),
        invalidVariable(
            "PUBLISH_TOKEN",
            "secret",
            "it has 6 characters; write 16 or more visible ASCII characters"));
  }

  private static Arguments invalidVariable(String name, String value, String reason) {
    return Arguments.of("SSE_BROKER_" + name, value, reason);
  }

  @ParameterizedTest
  @MethodSource("invalidVariables")
  void invalidVariableIsReportedByItsName(String name, String value, String reason) {
    FakeTerminal shell = FakeTerminal.withEnvironment(Map.of(name, value));

    assertEquals(2, shell.run());
    assertEquals(
        List.of("Invalid value for " + name + ": " + reason, "Try --help."), shell.err.list());
    assertEquals("", shell.out.text());
  }

  @Test
  void missingCertificateIsReportedByItsName() {
    assertEquals(2, run("--tls-cert", "no/cert.pem", "--tls-key", "no/key.pem"));

    String line = terminal.err.list().getFirst();
    assertTrue(line.startsWith("Invalid value for options '--tls-cert', '--tls-key': "), line);
    assertTrue(line.contains("'no/cert.pem'"), line);
    assertEquals(2, terminal.err.list().size());
  }

  private int run(String... args) {
    return terminal.run(args);
  }
}
