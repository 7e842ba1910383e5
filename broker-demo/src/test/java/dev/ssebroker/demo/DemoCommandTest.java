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

/** What is wrong with a command line, or with a variable, is told in words. */
class DemoCommandTest {
  private final FakeTerminal terminal = FakeTerminal.of("");

  private static final String USER =
      "it has a user's name before the '@', which is not supported; write http://host:port";

  private static final String ADDRESS_WITH_USER =
      "it is not an address; write http://user:password@host:port, with all but letters and digits"
          + " of user and password percent-encoded";

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
            "hi\uD800"),
        wrong("Unknown argument 'publsh'. Did you mean publish?", "publsh", "--topic", "x"),
        wrong("Unknown argument 'Subscribe'. Did you mean subscribe?", "Subscribe"),
        wrong("Unknown argument 'publish'. Did you mean publish?", "serve", "publish"),
        wrong(of("--interval", time("1d", "from 1ms to 1h")), "serve", "--interval", "1d"),
        wrong(of("--drain", time("1", "from 0ms to 1h")), "--drain", "1"),
        wrong(of("--heartbeat", bounds("99ms", "from 100ms to 1h")), "--heartbeat", "99ms"),
        wrong(of("--retry", bounds("2h", "from 100ms to 1h")), "--retry", "2h"),
        wrong(of("--max-age", bounds("0s", "from 1s to 8760h")), "--max-age", "0s"),
        wrong(of("--write-deadline", bounds("1ms", "from 100ms to 1h")), "--write-deadline=1ms"),
        wrong(of("--history-age", bounds("8761h", "from 1s to 8760h")), "--history-age=8761h"),
        wrong(of("--history-events", number("-1", "0 to 16777216")), "--history-events=-1"),
        wrong(
            of("--history-events", number("16777217", "0 to 16777216")),
            "--history-events=16777217"),
        wrong(of("--history-bytes", size("64MB", "from 64KiB to 1TiB")), "--history-bytes=64MB"),
        wrong(of("--history-bytes", bounds("2TiB", "from 64KiB to 1TiB")), "--history-bytes=2TiB"),
        wrong(
            of("--history-bytes", bounds("65535", "from 64KiB to 1TiB")), "--history-bytes=65535"),
        wrong(of("--queue-bytes", bounds("1B", "from 1KiB to 1GiB")), "--queue-bytes=1B"),
        wrong(of("--queue-events", number("0", "1 to 1048576")), "--queue-events", "0"),
        wrong(of("--max-connections", number("many", "1 to 2147483647")), "--max-connections=many"),
        wrong(
            of("--max-connections-per-address", number("2147483648", "1 to 2147483647")),
            "--max-connections-per-address=2147483648"),
        wrong(
            of("--max-accepts-per-second", number("1000001", "1 to 1000000")),
            "--max-accepts-per-second=1000001"),
        wrong(of("--max-body", bounds("2GiB", "from 0 to 1GiB")), "--max-body=2GiB"),
        wrong(of("--max-idle", bounds("9ms", "from 10ms to 1h")), "--max-idle=9ms"),
        wrong(
            of(
                "--overflow",
                "'drop' is not a policy; allowed are replay, drop-oldest, drop-newest, latest,"
                    + " disconnect and await=250ms (from 1ms to 1m)"),
            "--overflow",
            "drop"),
        wrong(of("--overflow", bounds("61s", "from 1ms to 1m")), "--overflow", "await=61s"),
        wrong(of("--cors-origins", origin("app.example")), "--cors-origins=app.example"),
        wrong(of("--cors-origins", origin("")), "--cors-origins", "https://app.example,"),
        wrong(
            of(
                "--publish-token",
                "it has 6 characters; allowed are 16 or more, all of them visible" + " ASCII"),
            "--publish-token",
            "secret"),
        wrong(
            of("--tls-cert", "'c.pem' needs --tls-key, too; allowed are both or none"),
            "--tls-cert",
            "c.pem"),
        wrong(
            of("--tls-key", "'k.pem' needs --tls-cert, too; allowed are both or none"),
            "--tls-key",
            "k.pem"),
        wrong(
            "Option '--topic' needs --relay: it says what the relay publishes to",
            "--topic",
            "news"),
        wrong(of("--redis", redis("begins neither with redis:// nor with rediss://")), "--redis=a"),
        wrong(
            of("--redis", redis("has no valid host and port")),
            "--redis",
            "redis://a:6379,redis://me:secret@"),
        wrong(
            of(
                "--redis-prefix",
                "prefix is 'a b'; allowed are 1 to 64 letters, digits and . _ : / -"),
            "--redis=redis://a",
            "--redis-prefix=a b"),
        wrong(
            "Option '--redis-prefix' needs --redis: it says which keys are used there",
            "--redis-prefix=a"),
        wrong(
            of("--history-events", "'0' keeps no events; with --redis at least 1 has to be kept"),
            "--redis=redis://a",
            "--history-events=0"),
        wrong(of("--relay", address("ftp://a/b")), "--relay", "ftp://a/b"),
        wrong(of("--relay", address("http://")), "--relay", "http://"),
        wrong(of("--relay", address("http://a:65536/")), "--relay", "http://a:65536/"),
        wrong(of("--relay", ADDRESS_WITH_USER), "--relay", "http://me:se cret@a/"),
        wrong(of("--relay", ADDRESS_WITH_USER), "--relay", "http://me:se/cret@a/"),
        wrong(of("--relay", ADDRESS_WITH_USER), "--relay", "me:secret@a:0"),
        wrong(of("--topic", topic("a//b")), "--relay", "http://a/", "--topic", "a//b"),
        wrong(
            "Missing option '--topic' (<name>), which may also be given by SSE_BROKER_TOPIC",
            "publish"),
        wrong(of("--topic", topic("news/*")), "publish", "--topic", "news/*"),
        wrong(of("--topic", topic("a/../b")), "publish", "--topic", "a/../b"),
        wrong(of("--url", USER), "subscribe", "--url", "http://me:secret@a/"),
        wrong(of("--url", USER), "publish", "--topic=a", "--url=me:se cret@a"),
        wrong(of("--url", address("http:/x")), "publish", "--topic", "a", "--url", "http:/x"),
        wrong(
            of(
                "--url",
                "'a?b' has a query; allowed is the server's address, with a path if need be"),
            "publish",
            "--topic",
            "a",
            "--url",
            "a?b"),
        wrong(
            of(
                "--type",
                "type 'gap' is the broker's own notice of missing events; choose another name"),
            "publish",
            "--topic",
            "a",
            "--type",
            "gap"),
        wrong(
            of("--id", "'a b' is not allowed; write 1 to 44 letters, digits and . _ ~ -"),
            "publish",
            "--topic",
            "a",
            "--id",
            "a b"),
        wrong(
            of("--token", "it has 3 characters; allowed are 1 or more, all of them visible ASCII"),
            "publish",
            "--topic",
            "a",
            "--token",
            "a b"),
        wrong(
            of("--retries", number("1001", "0 to 1000")), "publish", "--topic=a", "--retries=1001"),
        wrong(
            "Invalid value for FILE: 'no/such.txt' cannot be read; allowed is a file, or - for"
                + " standard input",
            "publish",
            "--topic=a",
            "no/such.txt"),
        wrong(
            "Invalid value for FILE: '.' cannot be read; allowed is a file, or - for standard input",
            "publish",
            "--topic=a",
            "."),
        wrong("Unknown argument 'b'.", "publish", "--topic=a", "a", "b"),
        wrong(of("--url", address("localhost:x")), "subscribe", "--url", "localhost:x"),
        wrong(of("--count", number("0", "1 to 2147483647")), "subscribe", "--count", "0"),
        wrong(
            of("--colour", "'yes' is not allowed; write auto, always or never"),
            "subscribe",
            "--colour",
            "yes"),
        wrong(of("--silence", bounds("25h", "from 1s to 24h")), "subscribe", "--silence", "25h"),
        wrong(
            of(
                "--last-event-id",
                "'' is not an id; allowed is one or more characters, no control characters"),
            "subscribe",
            "--last-event-id="),
        wrong("Unknown option '--port'.", "subscribe", "--port", "1"));
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
        + " https://app.example,http://localhost:5173, in lower case";
  }

  private static String address(String text) {
    return "'"
        + text
        + "' is not an address; write http://host:port or https://host:port, with a path if need"
        + " be";
  }

  private static String redis(String what) {
    return "uri "
        + what
        + "; allowed is redis://[user[:password]@]host[:port][/database], or rediss:// for TLS, with"
        + " all but letters and digits of user and password percent-encoded";
  }

  private static String topic(String text) {
    return "'"
        + text
        + "' is not a topic; write a name such as news or news/sport: visible characters without"
        + " '*', at most 255, no segment '.' or '..'";
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
    assertEquals(List.of(line, "Try --help."), terminal.err.list());
    assertEquals("", terminal.out.text());
  }

  static Stream<Arguments> wrongVariables() {
    return Stream.of(
        wrongVariable("PORT", "x", "'x' is not a port; allowed is a number from 0 to 65535"),
        wrongVariable("HISTORY_BYTES", "1", bounds("1", "from 64KiB to 1TiB")),
        wrongVariable("RELAY", "ftp://a", address("ftp://a")),
        wrongVariable("PRINT_CONFIG", "1", "'1' is not allowed; write true or false"),
        wrongVariable("TLS_CERT", "c", "'c' needs --tls-key, too; allowed are both or none"),
        wrongVariable(
            "PUBLISH_TOKEN",
            "secret",
            "it has 6 characters; allowed are 16 or more, all of them visible ASCII"));
  }

  private static Arguments wrongVariable(String name, String value, String reason) {
    return Arguments.of("SSE_BROKER_" + name, value, reason);
  }

  @ParameterizedTest
  @MethodSource("wrongVariables")
  void wrongValueInAVariableIsToldByItsName(String name, String value, String reason) {
    FakeTerminal shell = FakeTerminal.withEnvironment(Map.of(name, value));

    assertEquals(2, shell.run());
    assertEquals(
        List.of("Invalid value for " + name + ": " + reason, "Try --help."), shell.err.list());
    assertEquals("", shell.out.text());
  }

  @Test
  void missingCertificateIsToldByItsName() {
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
