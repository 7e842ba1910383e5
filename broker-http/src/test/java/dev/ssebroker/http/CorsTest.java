package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of the Fetch standard's CORS protocol. */
class CorsTest {
  private static final String APP = "https://app.example";

  @Test
  void anyOriginIsAllowedWithoutCredentials() {
    List<String> added = List.of("Access-Control-Allow-Origin: *");

    assertEquals(added, added(Cors.anyOrigin(), Optional.of(APP)));
    assertEquals(added, added(Cors.anyOrigin(), Optional.empty()));
  }

  @Test
  void listedOriginIsAllowedWithCredentials() {
    assertEquals(
        List.of(
            "Vary: Origin",
            "Access-Control-Allow-Origin: " + APP,
            "Access-Control-Allow-Credentials: true"),
        added(Cors.origins("http://localhost:5173", APP), Optional.of(APP)));
  }

  /**
   * A cache must not give its answer to a page of another origin that is allowed (Fetch, CORS
   * protocol and HTTP caches).
   */
  @Test
  void answerToAnotherOriginOnlyVariesByOrigin() {
    assertEquals(List.of("Vary: Origin"), added(Cors.origins(APP), Optional.of("https://b")));
    assertEquals(List.of("Vary: Origin"), added(Cors.origins(APP), Optional.empty()));
  }

  @Test
  void nothingIsAddedIfNoOriginIsAllowed() {
    assertEquals(List.of(), added(Cors.NONE, Optional.of(APP)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://app.example",
        "http://localhost:5173",
        "http://127.0.0.1:80",
        "http://[::1]:8080",
        "moz-extension://b0d1"
      })
  void originIsASchemeAndAHostAndAnOptionalPort(String origin) {
    assertEquals(3, added(Cors.origins(origin), Optional.of(origin)).size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https://app.example/     | ''",
        "HTTPS://app.example      | ''",
        "app.example              | ''",
        "null                     | ''",
        "https://                 | ''",
        "https://app.example:     | ''",
        "*                        | ; anyOrigin() allows all",
      })
  void textThatIsNotAnOriginIsRefused(String origin, String hint) {
    assertEquals(
        "origin is '%s'; allowed is scheme://host or scheme://host:port in lower case%s"
            .formatted(origin, hint),
        assertThrows(IllegalArgumentException.class, () -> Cors.origins(APP, origin)).getMessage());
  }

  @Test
  void preflightAllowsTheFieldsOfClientsAndPublishers() {
    assertEquals(
        Decision.answer(204)
            .with("Access-Control-Allow-Methods", "GET, POST")
            .with(
                "Access-Control-Allow-Headers",
                "Accept, Authorization, Cache-Control, Content-Type, Event-Id, Event-Key,"
                    + " Event-Retry, Event-Type, Last-Event-ID")
            .with("Access-Control-Max-Age", "7200"),
        Cors.preflight("GET, POST"));
  }

  /** Returns the fields that the rule adds to an answer. */
  private static List<String> added(Cors cors, Optional<String> origin) {
    ResponseHead head = cors.addTo(new ResponseHead(200, false), origin);
    String text = new String(head.toBytes(), StandardCharsets.US_ASCII);
    return text.lines().skip(2).filter(line -> !line.isEmpty()).toList();
  }
}
