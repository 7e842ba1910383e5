package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AuthorizerIT {
  private final Broker broker = Broker.open();
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());

  @AfterEach
  void closeAndCheck() {
    broker.close();
    assertEquals(0, broker.clientCount());
  }

  private Permission permission(Request request, Access access, List<String> topics) {
    asked.add(access + " " + topics);
    return switch (request.parameters("user").stream().findFirst().orElse("")) {
      case "reader" ->
          Permission.granted(topics.stream().filter(t -> !t.equals("secret")).toList());
      case "writer" -> Permission.granted(List.of("inbox"));
      case "broken" -> throw new IllegalStateException("a test's authorizer");
      case "unwanted" -> Permission.refused(403);
      default -> Permission.refused(401);
    };
  }

  private SseServer server() throws Exception {
    return SseServer.builder(broker, StreamHandler.topicsUnder("/t/"))
        .port(0)
        .authorizer(this::permission)
        .publishing("/t/")
        .start();
  }

  @Test
  void streamHasTheTopicsThatAreGranted() throws Exception {
    try (SseServer server = server();
        RawClient client =
            new RawClient(server).get("/t/open?topic=secret&user=reader").awaitStream()) {
      broker.publish("secret", Event.of("hidden"));
      broker.publish("open", Event.of("seen"));
      assertTrue(client.readThrough("\n\n").contains("data: seen\n"));
      assertEquals(List.of("SUBSCRIBE [open, secret]"), asked);
    }
  }

  @Test
  void refusalIsTheAnswer() throws Exception {
    try (SseServer server = server()) {
      assertEquals(401, status(server, "GET /t/open"));
      assertEquals(403, status(server, "GET /t/open?user=unwanted"));
      assertEquals(403, status(server, "GET /t/secret?user=reader"));
      assertEquals(500, status(server, "GET /t/open?user=broken"));
      assertEquals(401, status(server, "POST /t/open"));
      assertEquals(500, status(server, "POST /t/open?user=broken"));
      assertEquals(403, status(server, "POST /t/secret?user=reader"));
      assertEquals(0, broker.stats().events().published());
      assertEquals(0, broker.stats().clients().added());
    }
  }

  @Test
  void eventGoesToTheTopicThatIsGranted() throws Exception {
    try (SseServer server = server();
        RawClient client = new RawClient(server).get("/t/inbox?user=reader").awaitStream()) {
      assertEquals(200, status(server, "POST /t/anything?user=writer"));
      client.readThrough("data:");
    }
  }

  private static int status(SseServer server, String request) throws Exception {
    try (RawClient client = new RawClient(server)) {
      client.send(request + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      return Integer.parseInt(client.readToEnd().substring(9, 12));
    }
  }

  @Test
  void accessMayBeNamedTwice() {
    Authorizer authorizer = Authorizer.bearer("sixteen-letters-", Access.PUBLISH, Access.PUBLISH);
    Request request =
        new Request(
            "POST",
            "/t/open",
            Optional.empty(),
            "HTTP/1.1",
            new Headers.Builder().build(),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));
    assertEquals(
        Permission.refused(401), authorizer.authorize(request, Access.PUBLISH, List.of("open")));
  }

  @Test
  void tokenThatIsTooShortIsRefused() {
    for (String token :
        List.of("", "fifteen-letters", "sixteen letters!", "sixteen-letters\u00fc")) {
      assertThrows(
          IllegalArgumentException.class, () -> Authorizer.bearer(token, Access.PUBLISH), token);
    }
    assertThrows(IllegalArgumentException.class, () -> Authorizer.bearer("sixteen-letters-"));
  }
}
