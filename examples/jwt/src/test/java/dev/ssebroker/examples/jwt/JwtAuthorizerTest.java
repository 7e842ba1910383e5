package dev.ssebroker.examples.jwt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.ssebroker.Broker;
import dev.ssebroker.http.SseServer;
import dev.ssebroker.http.StreamHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class JwtAuthorizerTest {
  private final ECKey key = new ECKeyGenerator(Curve.P_256).keyID("1").generate();
  private final HttpServer issuer =
      HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  private final Broker broker = Broker.open();
  private final SseServer server =
      SseServer.builder(broker, StreamHandler.topicsUnder("/events/"))
          .port(0)
          .publishing("/events/")
          .authorizer(new JwtAuthorizer(publishedKeys(), "https://issuer", "broker"))
          .start();
  private final OkHttpClient http = new OkHttpClient();

  JwtAuthorizerTest() throws Exception {}

  private JWKSource<SecurityContext> publishedKeys() throws Exception {
    issuer.createContext("/.well-known/jwks.json", this::publishKeys);
    issuer.start();
    String url = "http://localhost:" + issuer.getAddress().getPort() + "/.well-known/jwks.json";
    return JWKSourceBuilder.<SecurityContext>create(URI.create(url).toURL()).build();
  }

  private void publishKeys(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] keys = new JWKSet(key.toPublicJWK()).toString().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, keys.length);
      exchange.getResponseBody().write(keys);
    }
  }

  @AfterEach
  void close() {
    issuer.stop(0);
    server.close();
    broker.close();
  }

  private static JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder()
        .issuer("https://issuer")
        .audience("broker")
        .expirationTime(Date.from(Instant.now().plusSeconds(300)))
        .claim("subscribe", List.of("news", "sport/*"))
        .claim("publish", List.of("inbox"));
  }

  private static String signed(ECKey key, JWTClaimsSet.Builder claims) throws Exception {
    SignedJWT token =
        new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("1").build(), claims.build());
    token.sign(new ECDSASigner(key));
    return "Bearer " + token.serialize();
  }

  @Test
  void tokenOpensTheTopicsThatItLists() throws Exception {
    String token = signed(key, claims());
    assertEquals(200, subscribe("news", token));
    assertEquals(200, subscribe("news?topic=sport/*", token));
    assertEquals(403, subscribe("news?topic=secret", token));
    assertEquals(403, subscribe("inbox", token));
    assertEquals(200, publish("inbox", token));
    assertEquals(403, publish("news", token));
    assertEquals(403, subscribe("news", signed(key, claims().claim("subscribe", null))));
  }

  @Test
  void tokenThatIsNotTheIssuersIsNone() throws Exception {
    ECKey otherKey = new ECKeyGenerator(Curve.P_256).keyID("1").generate();
    Date past = Date.from(Instant.now().minusSeconds(300));
    for (String token :
        List.of(
            "",
            "Bearer",
            "Bearer nonsense",
            "Basic dTpw",
            signed(key, claims()).replace('.', '-'),
            signed(otherKey, claims()),
            signed(key, claims().expirationTime(past)),
            signed(key, claims().expirationTime(null)),
            signed(key, claims().issuer("https://other")),
            signed(key, claims().audience("other")),
            signed(key, claims().claim("subscribe", 7)),
            "Bearer " + new PlainJWT(claims().build()).serialize())) {
      assertEquals(401, subscribe("news", token), token);
    }
  }

  private int subscribe(String path, String token) throws Exception {
    return status(request(path, token).build());
  }

  private int publish(String path, String token) throws Exception {
    return status(request(path, token).post(RequestBody.create(new byte[] {'a'})).build());
  }

  private Request.Builder request(String path, String token) {
    return new Request.Builder()
        .url("http://localhost:" + server.port() + "/events/" + path)
        .header("Authorization", token);
  }

  private int status(Request request) throws Exception {
    try (Response response = http.newCall(request).execute()) {
      return response.code();
    }
  }
}
