package dev.ssebroker.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Event;
import dev.ssebroker.EventId;
import dev.ssebroker.EventLog;
import dev.ssebroker.EventLogException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;

/** Passwords, users and TLS, with every server program. */
@ParameterizedClass
@MethodSource("dev.ssebroker.redis.RedisServer#programs")
class RedisAccessIT {
  private static final String PASSWORD = "s3cr3t ü@:/#?%";
  private static final String ENCODED = "s3cr3t%20%C3%BC%40%3A%2F%23%3F%25";

  @Parameter Path program;

  private RedisServer server;

  @BeforeEach
  void start() throws IOException {
    server = RedisServer.start(program);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void passwordIsSent() throws Exception {
    requirePassword();

    assertWorks(builder("redis://:" + ENCODED + "@localhost:" + server.port()));
    assertWorks(builder("redis://default:" + ENCODED + "@localhost:" + server.port()));
  }

  @Test
  void wrongPasswordFailsAtOnceAndIsNotShown() throws Exception {
    requirePassword();
    try (RedisLog log =
        builder("redis://me:hunter22@localhost:" + server.port())
            .timeout(Duration.ofMinutes(1))
            .open()) {
      String reason =
          "Redis at localhost:%d refused the user and password of the uri: WRONGPASS invalid"
              .formatted(server.port());

      assertFailsWith(reason, log);
      assertFalse(log.toString().contains("hunter22"), log::toString);
    }
  }

  @Test
  void missingPasswordFailsAtOnce() throws Exception {
    requirePassword();
    try (RedisLog log = builder(server.uri()).timeout(Duration.ofMinutes(1)).open()) {
      assertFailsWith(
          "Redis at 127.0.0.1:%d requires a password, and the uri has none: NOAUTH"
              .formatted(server.port()),
          log);
    }
  }

  @Test
  void userNeedsNoMoreThanTheDocumentedPermissions() throws Exception {
    addUser(
        "broker",
        "~{ssebroker}:*",
        "+hello +select +evalsha +eval +get +set +del +hget +hset +hmget +lindex +llen +lpush"
            + " +rpop +time +xadd +xrange +xread +xtrim"
            + (isOlderThan7() ? " +xinfo" : " +xinfo|stream"));

    assertWorks(builder("redis://broker:" + ENCODED + "@localhost:" + server.port()));
    assertWorks(builder("redis://broker:" + ENCODED + "@localhost:" + server.port() + "/3"));
  }

  @Test
  void missingPermissionFailsWithItsReason() throws Exception {
    addUser("broker", "~{ssebroker}:*", "+@all -xadd");
    try (RedisLog log =
        builder("redis://broker:" + ENCODED + "@localhost:" + server.port()).open()) {
      String message = message(() -> append(log, "x"));

      assertTrue(
          message.startsWith(
              "Redis at localhost:%d does not grant a permission that the log needs: "
                  .formatted(server.port())),
          message);
      assertTrue(message.endsWith("; the event may have been stored"), message);
    }
  }

  @Test
  void fullMemoryFailsAndStoresNothing() {
    try (RedisLog log = builder(server.uri()).maxEvents(10).open();
        Jedis client = server.client()) {
      EventId last = append(log, "x");
      client.configSet("maxmemory", "1");

      String message = message(() -> append(log, "y"));

      assertTrue(
          message.startsWith("Redis at 127.0.0.1:%d refused: ".formatted(server.port())), message);
      assertTrue(message.contains("OOM"), message);
      assertTrue(message.endsWith("; the event was not stored"), message);
      assertEquals(1, client.xlen("{ssebroker}:events"));
      assertEquals(last, log.end());
    }
  }

  @Test
  void otherKeysAreNotPermitted() throws Exception {
    addUser("broker", "~{other}:*", "+@all");
    try (RedisLog log =
        builder("redis://broker:" + ENCODED + "@localhost:" + server.port()).open()) {
      assertFailsWith(
          "Redis at localhost:%d does not grant a permission that the log needs: NOPERM"
              .formatted(server.port()),
          log);
    }
  }

  @Test
  void tlsNeedsATrustedCertificateOfTheHost() throws Exception {
    HeldCertificate root =
        new HeldCertificate.Builder().commonName("root").certificateAuthority(0).build();
    HeldCertificate leaf =
        new HeldCertificate.Builder().addSubjectAlternativeName("localhost").signedBy(root).build();
    HandshakeCertificates served =
        new HandshakeCertificates.Builder().heldCertificate(leaf, root.certificate()).build();
    HandshakeCertificates trusting =
        new HandshakeCertificates.Builder().addTrustedCertificate(root.certificate()).build();
    requirePassword();
    try (TlsProxy proxy = new TlsProxy(server, served.sslContext())) {
      String named = "rediss://:" + ENCODED + "@localhost:" + proxy.port();
      assertWorks(builder(named).sslContext(trusting.sslContext()));

      String untrusted = "Redis at %s:%d has a certificate that is not trusted: ";
      try (RedisLog log = builder(named).timeout(Duration.ofMinutes(1)).open()) {
        assertFailsWith(untrusted.formatted("localhost", proxy.port()), log);
      }
      String numbered = "rediss://:" + ENCODED + "@127.0.0.1:" + proxy.port();
      try (RedisLog log =
          builder(numbered)
              .sslContext(trusting.sslContext())
              .timeout(Duration.ofMinutes(1))
              .open()) {
        assertFailsWith(untrusted.formatted("127.0.0.1", proxy.port()), log);
      }
    }
  }

  @Test
  void databaseIsSelected() {
    try (RedisLog third = builder(server.uri() + "/3").open();
        RedisLog first = builder(server.uri()).open()) {
      EventId id = append(third, "x");

      assertEquals(0, first.end().sequence());
      assertEquals(id, third.end());
    }
  }

  @Test
  void missingDatabaseFailsWithItsReason() {
    try (RedisLog log = builder(server.uri() + "/99").open()) {
      String message = message(log::end);
      assertTrue(message.contains("DB index is out of range"), message);
    }
  }

  @Test
  void serverThatIsNotRedisIsNamed() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> answerOk(other));
      String reason =
          "the server at 127.0.0.1:%d does not answer as Redis does"
              .formatted(other.getLocalPort());
      try (RedisLog log = builder("redis://127.0.0.1:" + other.getLocalPort()).open()) {
        assertFailsWith(reason, log);
        // The thread that appends is still there.
        assertFailsWith(reason, log);
      }
    }
  }

  /** Answers each connection as no Redis does, until the listener is closed. */
  private static void answerOk(ServerSocket listener) {
    try {
      while (true) {
        Socket client = listener.accept();
        client.getOutputStream().write("+OK\r\n+OK\r\n".getBytes(StandardCharsets.US_ASCII));
      }
    } catch (IOException e) {
      // The test is over.
    }
  }

  /** Uses all commands that a log sends to Redis. */
  private static void assertWorks(RedisLog.Builder builder) {
    try (RedisLog log = builder.open()) {
      EventId begin = log.end();
      EventId id =
          log.append("t", List.of(Event.of("x").withId("own" + begin.sequence()))).getFirst();
      List<EventLog.Entry> read = log.follow(begin, 1, Duration.ofSeconds(30));
      assertEquals(id, read.getFirst().id());
      assertEquals(Optional.of(id), log.find("own" + begin.sequence()));
      assertEquals(id, log.end());
    }
  }

  private static void assertFailsWith(String reason, RedisLog log) {
    for (Runnable body :
        List.<Runnable>of(
            log::end,
            () -> append(log, "x"),
            () -> log.follow(new EventId("x", 1), 1, Duration.ofSeconds(30)))) {
      EventLogException thrown = assertThrows(EventLogException.class, body::run);
      String message = String.valueOf(thrown.getMessage());
      assertTrue(message.startsWith(reason), message);
      StringWriter trace = new StringWriter();
      thrown.printStackTrace(new PrintWriter(trace));
      assertFalse(trace.toString().contains("hunter22"), trace::toString);
      assertFalse(trace.toString().contains("s3cr3t"), trace::toString);
    }
  }

  private static String message(Runnable body) {
    return String.valueOf(assertThrows(EventLogException.class, body::run).getMessage());
  }

  private void requirePassword() {
    try (Jedis client = server.client()) {
      client.configSet("requirepass", PASSWORD);
    }
  }

  private void addUser(String name, String keys, String commands) {
    List<String> rules = new ArrayList<>(List.of("on", ">" + PASSWORD, keys));
    rules.addAll(List.of(commands.split(" ", -1)));
    try (Jedis client = server.client()) {
      client.aclSetUser(name, rules.toArray(new String[0]));
    }
  }

  private boolean isOlderThan7() {
    try (Jedis client = server.client()) {
      return client.info("server").contains("redis_version:6.");
    }
  }

  private static RedisLog.Builder builder(String uri) {
    return RedisLog.builder().uri(uri);
  }

  private static EventId append(RedisLog log, String data) {
    return log.append("t", List.of(Event.of(data))).getFirst();
  }
}
