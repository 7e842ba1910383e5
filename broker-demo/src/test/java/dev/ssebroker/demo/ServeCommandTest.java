package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Overflow;
import dev.ssebroker.http.Limits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServeCommandTest {
  private final FakeTerminal terminal = FakeTerminal.of("");

  @Test
  void portInUseIsReportedInOneLine() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
      assertEquals(1, run("--port", Integer.toString(taken.getLocalPort())));
      String line = "Port %d is in use. ".formatted(taken.getLocalPort());
      assertTrue(terminal.err.text().startsWith(line), terminal.err::text);
    }
    assertOneLine();
  }

  @Test
  void unknownHostIsReportedInOneLine() {
    assertEquals(1, run("--port", "0", "--host", "no-such-host.invalid"));
    assertTrue(terminal.err.text().startsWith("The host 'no-such-host.invalid' is unknown. "));
    assertOneLine();
  }

  /** 192.0.2.0/24 is reserved for documentation (RFC 5737). */
  @Test
  void addressOfAnotherMachineIsReportedInOneLine() {
    assertEquals(1, run("--port", "0", "--host", "192.0.2.1"));
    assertTrue(terminal.err.text().startsWith("'192.0.2.1' is not an address of this machine. "));
    assertOneLine();
  }

  @Test
  void configurationShowsTheSourceOfEachValue() {
    FakeTerminal shell =
        FakeTerminal.withEnvironment(
            Map.of(
                "SSE_BROKER_PORT", "1234",
                "SSE_BROKER_HOST", "",
                "SSE_BROKER_MESSAGE", "two\nlines",
                "SSE_BROKER_PUBLISH_TOKEN", "not-to-be-shown-1",
                "SSE_BROKER_REDIS", "redis://me:secret@a:1,rediss://:other@b/3,redis://c",
                "SSE_BROKER_TOPIC", "elsewhere",
                "SSE_BROKER_INTERVAL", "invalid, but the option takes precedence"));

    assertEquals(0, shell.run("--print-config", "--interval", "5s", "--overflow=await=2s"));
    assertEquals("", shell.err.text());
    assertEquals(
        List.of(
            "host = localhost  # default",
            "port = 1234  # environment SSE_BROKER_PORT",
            "tls-cert = (none)  # default",
            "tls-key = (none)  # default",
            "cors-origins = *  # default",
            "drain = 500ms  # default",
            "interval = 5s  # option --interval",
            "message = two\\u000alines  # environment SSE_BROKER_MESSAGE",
            "overflow = await=2s  # option --overflow",
            "queue-events = 1024  # default",
            "queue-bytes = 1MiB  # default",
            "heartbeat = 15s  # default",
            "retry = 3s  # default",
            "max-age = (none)  # default",
            "write-deadline = 30s  # default",
            "history-events = 10000  # default",
            "history-bytes = 64MiB  # default",
            "history-age = 10m  # default",
            "max-streams = 50000  # default",
            "max-streams-per-address = 50000  # default",
            "max-accepts-per-second = 10000  # default",
            "max-body = 1MiB  # default",
            "max-idle = 75s  # default",
            "publish-token = ********  # environment SSE_BROKER_PUBLISH_TOKEN",
            "redis = redis://a:1,rediss://b/3,redis://c  # environment SSE_BROKER_REDIS",
            "redis-prefix = ssebroker  # default",
            "relay = (none)  # default",
            "topic = elsewhere  # environment SSE_BROKER_TOPIC"),
        shell.out.list());
  }

  @ParameterizedTest
  @CsvSource({
    "http://a/b?token=c, http://a/b?********",
    "http://me:secret@a/b, http://a/b",
    "me:secret@a/b?c=d@e, a/b?********",
    "a/b@c, a/b@c",
  })
  void secretsInTheAddressOfTheRelayAreNotShown(String url, String shown) {
    FakeTerminal shell = FakeTerminal.withEnvironment(Map.of());

    assertEquals(0, shell.run("--print-config", "--relay", url));
    assertTrue(
        shell.out.list().contains("relay = " + shown + "  # option --relay"), shell.out::text);
  }

  @Test
  void userOfTheRelayIsNeverShown() {
    ServeSettings settings = DemoSettings.of("--relay=me:se%40cret@a/b");
    RelaySettings relay = settings.relay().orElseThrow();

    assertEquals("me", relay.url().username());
    assertEquals("se@cret", relay.url().password());
    assertFalse((settings + " " + relay).contains("cret"), relay::toString);
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
  void printedUrlCanBeOpened(String host, String url) {
    assertEquals(url, ServeCommand.url("http", host, 3000));
  }

  /** All values differ, so that mixed-up options are noticed. */
  @Test
  void everyOptionSetsItsSetting() {
    ServeSettings settings =
        DemoSettings.of(
            "--host=127.0.0.9",
            "--port=1001",
            "--drain=2s",
            "--interval=3s",
            "--message=four",
            "--overflow=drop-newest",
            "--queue-events=5",
            "--queue-bytes=6KiB",
            "--heartbeat=7s",
            "--retry=8s",
            "--max-age=9s",
            "--write-deadline=10s",
            "--history-events=11",
            "--history-bytes=12MiB",
            "--history-age=13s",
            "--max-streams=14",
            "--max-streams-per-address=15",
            "--max-accepts-per-second=16",
            "--max-body=17KiB",
            "--max-idle=18s",
            "--publish-token=nineteen-characters",
            "--redis=redis://twenty",
            "--redis-prefix=twenty-one",
            "--relay=http://twenty-two/",
            "--topic=twenty-three");

    assertEquals(
        new ServeSettings(
            "127.0.0.9",
            1001,
            Optional.empty(),
            settings.cors(),
            Limits.builder()
                .streams(14)
                .streamsPerAddress(15)
                .acceptsPerSecond(16)
                .bodyBytes(17 << 10)
                .idle(Duration.ofSeconds(18))
                .build(),
            Duration.ofSeconds(2),
            Duration.ofSeconds(3),
            "four",
            Overflow.DROP_NEWEST,
            5,
            6L << 10,
            Duration.ofSeconds(7),
            Duration.ofSeconds(8),
            Optional.of(Duration.ofSeconds(9)),
            Duration.ofSeconds(10),
            11,
            12L << 20,
            Duration.ofSeconds(13),
            Optional.of("nineteen-characters"),
            Optional.of(new SharedLog(List.of("redis://twenty"), "twenty-one")),
            Optional.of(RelaySettings.of("http://twenty-two/", "twenty-three"))),
        settings);
  }

  private int run(String... args) {
    return terminal.run(args);
  }

  private void assertOneLine() {
    assertEquals(1, terminal.err.list().size(), terminal.err::text);
    assertEquals("", terminal.out.text());
  }
}
