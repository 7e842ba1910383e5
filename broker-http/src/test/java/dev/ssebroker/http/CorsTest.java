package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
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
        "https://a.*.example      | ''",
        "https://*app.example     | ''",
        "https://*.*.app.example  | ''",
        "https://*                | ''",
        "*://app.example          | ''",
        "https://app.example:8*   | ''",
        "*                        | ; anyOrigin() allows all origins",
      })
  void textThatIsNotAnOriginIsRefused(String origin, String hint) {
    assertEquals(
        ("origin is '%s'; allowed is scheme://host or scheme://host:port in lower case, with *."
                + " before the host for its subdomains, and * as the port for all%s")
            .formatted(origin, hint),
        assertThrows(IllegalArgumentException.class, () -> Cors.origins(APP, origin)).getMessage());
  }

  /** A pattern selects hosts below its host, and nothing that only ends as it does. */
  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "https://*.app.example      | https://a.app.example        | true",
        "https://*.app.example      | https://a.b.app.example      | true",
        "https://*.app.example      | https://app.example          | false",
        "https://*.app.example      | https://evil-app.example     | false",
        "https://*.app.example      | https://a.app.example.evil   | false",
        "https://*.app.example      | https://evil/.app.example    | false",
        "https://*.app.example      | https://evil#.app.example    | false",
        "https://*.app.example      | https://evil@a.app.example   | false",
        "https://*.app.example      | https://*.app.example        | false",
        "https://*.app.example      | https://.app.example         | false",
        "https://*.app.example      | http://a.app.example         | false",
        "https://*.app.example      | https://a.app.example:8443   | false",
        "https://*.app.example:8443 | https://a.app.example:8443   | true",
        "https://*.app.example:*    | https://a.app.example:8443   | true",
        "http://localhost:*         | http://localhost:5173        | true",
        "http://localhost:*         | http://localhost             | true",
        "http://localhost:*         | http://localhost.evil:5173   | false",
        "http://localhost:*         | http://localhost:5173.evil   | false",
        "http://*.localhost:5173    | http://a.localhost:5173      | true",
        "http://[::1]:*             | http://[::1]:8080            | true",
      })
  void patternSelectsSubdomainsAndPorts(String pattern, String origin, boolean allowed) {
    List<String> fields = added(Cors.origins(pattern), Optional.of(origin));

    assertEquals(allowed, fields.contains("Access-Control-Allow-Origin: " + origin));
    assertEquals(allowed ? 3 : 1, fields.size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"https://*.com", "http://*.0.0.1", "http://*.168.0.1:80", "http://*.[::1]"})
  void patternOfStrangersHostsIsRefused(String pattern) {
    assertEquals(
        "origin is '" + pattern + "'; after *. allowed are two or more labels, or localhost",
        assertThrows(IllegalArgumentException.class, () -> Cors.origins(pattern)).getMessage());
  }

  /** Browsers compare a star literally in requests with credentials. */
  @ParameterizedTest
  @ValueSource(strings = {"*", "", "a b", "a,b", "a:"})
  void textThatIsNotAFieldsNameIsRefused(String name) {
    String message =
        "field is '%s'; allowed is a field's name such as X-Api-Key, and not *".formatted(name);
    for (Executable setting :
        List.<Executable>of(
            () -> Cors.anyOrigin().withAllowedHeaders("a", name),
            () -> Cors.anyOrigin().withExposedHeaders("a", name))) {
      assertEquals(message, assertThrows(IllegalArgumentException.class, setting).getMessage());
    }
  }

  @Test
  void eachSettingLeavesTheOthersAsTheyAre() {
    Cors cors =
        Cors.origins(APP).withExposedHeaders("Retry-After", "X-Total").withAllowedHeaders("a");

    assertEquals(
        List.of(
            "Vary: Origin",
            "Access-Control-Allow-Origin: " + APP,
            "Access-Control-Allow-Credentials: true",
            "Access-Control-Expose-Headers: Retry-After, X-Total"),
        added(cors.withPrivateNetwork(), Optional.of(APP)));
    assertEquals(List.of("Vary: Origin"), added(cors, Optional.of("https://b")));
  }

  /** Returns the fields that the rule adds to an answer. */
  private static List<String> added(Cors cors, Optional<String> origin) {
    ResponseHead head = cors.addTo(new ResponseHead(200, false), origin);
    String text = new String(head.toBytes(), StandardCharsets.US_ASCII);
    return text.lines().skip(2).filter(line -> !line.isEmpty()).toList();
  }
}
