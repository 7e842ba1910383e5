package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which pattern a method and a path get, and what is refused. */
class RoutesTest {
  private static final InetSocketAddress REMOTE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

  private static final List<String> ADDED =
      List.of(
          "GET /",
          "GET /rooms/{room}",
          "GET /rooms/new",
          "GET /rooms/{room}/{user_2}",
          "GET /rooms/{room}/users",
          "GET /rooms/new/users",
          "GET /caf%C3%A9",
          "POST /rooms/{name}",
          "POST /rooms",
          "POST /rooms/",
          "PUT /{a}/{b}/{c}/{d}",
          "PATCH /rooms/{room}",
          "DELETE /rooms/{room}");

  private static Routes routes(List<String> routes) {
    Routes all = Routes.NONE;
    for (String route : routes) {
      String[] parts = route.split(" ", -1);
      all = all.with(parts[0], parts[1], (request, body) -> Decision.answer("text/plain", route));
    }
    return all;
  }

  private static Request request(String method, String path) {
    return new Request(method, path, Optional.empty(), "HTTP/1.1", Headers.NONE, REMOTE);
  }

  /** Returns the pattern and the values. */
  private static String match(Routes routes, String method, String path) {
    return routes.match(request(method, path)).map(RoutesTest::text).orElse("none");
  }

  private static String text(Routes.Match match) {
    Decision.Answer answer = (Decision.Answer) match.handler().handle(match.request(), new byte[0]);
    return answer.text() + " " + new TreeMap<>(match.request().pathValues());
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "GET    | /                      | GET / {}",
        "GET    | /rooms/7               | GET /rooms/{room} {room=7}",
        "HEAD   | /rooms/7               | GET /rooms/{room} {room=7}",
        "POST   | /rooms/7               | POST /rooms/{name} {name=7}",
        "PATCH  | /rooms/7               | PATCH /rooms/{room} {room=7}",
        "DELETE | /rooms/7               | DELETE /rooms/{room} {room=7}",
        "PUT    | /rooms/7               | none",
        "GET    | /rooms/new             | GET /rooms/new {}",
        "POST   | /rooms/new             | POST /rooms/{name} {name=new}",
        "GET    | /rooms/New             | GET /rooms/{room} {room=New}",
        "GET    | /rooms/a/b             | GET /rooms/{room}/{user_2} {room=a, user_2=b}",
        "GET    | /rooms/a/users         | GET /rooms/{room}/users {room=a}",
        "GET    | /rooms/new/b           | GET /rooms/{room}/{user_2} {room=new, user_2=b}",
        "GET    | /rooms/new/users       | GET /rooms/new/users {}",
        "PUT    | /a/b/c/d               | PUT /{a}/{b}/{c}/{d} {a=a, b=b, c=c, d=d}",
        "GET    | /caf%C3%A9             | GET /caf%C3%A9 {}",
        "GET    | /caf%c3%a9             | none",
        "POST   | /rooms                 | POST /rooms {}",
        "POST   | /rooms/                | POST /rooms/ {}",
        "GET    | /rooms                 | none",
        "GET    | /rooms/                | none",
        "GET    | /rooms/7/              | none",
        "GET    | //7                    | none",
        "GET    | /Rooms/7               | none",
        "GET    | /rooms/a%20b+c         | GET /rooms/{room} {room=a b+c}",
        "GET    | /rooms/a%2Fb           | GET /rooms/{room} {room=a/b}",
        "GET    | /rooms/..              | GET /rooms/{room} {room=..}",
        "GET    | /rooms/**              | GET /rooms/{room} {room=**}",
        "GET    | /rooms/{room}          | GET /rooms/{room} {room={room}}",
        "GET    | /rooms/gr%C3%BC%C3%9Fe | GET /rooms/{room} {room=grüße}",
      })
  void literalSegmentsTakePrecedenceOverNames(String method, String path, String expected) {
    assertEquals(expected, match(routes(ADDED), method, path));
    assertEquals(expected, match(routes(ADDED.reversed()), method, path));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "/rooms/7   | [DELETE, GET, PATCH, POST]",
        "/rooms/new | [DELETE, GET, PATCH, POST]",
        "/rooms     | [POST]",
        "/a/b/c/d   | [PUT]",
        "/elsewhere | []",
        "*          | [DELETE, GET, PATCH, POST, PUT]",
      })
  void methodsOfAPathAreThoseOfItsPatterns(String path, String methods) {
    assertEquals(methods, routes(ADDED).methods(path).toString());
  }

  @Test
  void routesThatAreAddedToStayAsTheyWere() {
    Routes first = routes(List.of("GET /a"));
    Routes second = first.with("GET", "/b", (request, body) -> Decision.answer(204));

    assertEquals("none", match(first, "GET", "/b"));
    assertEquals("GET /a {}", match(second, "GET", "/a"));
  }

  @ParameterizedTest(name = "{0} and {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "/a            | /a            | /a",
        "/rooms/{room} | /rooms/{name} | /rooms/room",
        "/a/{b}        | /{a}/b        | /a/b",
        "/a/{b}/{c}/d  | /a/{b}/c/{d}  | /a/b/c/d",
      })
  void ambiguousPatternIsRefused(String first, String second, String path) {
    Routes routes = routes(List.of("POST " + first));
    String expected =
        "POST %s is ambiguous: POST %s matches %s as well, and is not less specific"
            .formatted(second, first, path);

    assertEquals(expected, refusal(routes, "POST", second));
    assertEquals("none", match(routes(List.of("GET " + second)), "PUT", path));
  }

  @Test
  void patternsOfSeveralMethodsAreNotAmbiguous() {
    Routes routes = routes(List.of("POST /a/{b}", "PUT /{a}/b"));

    assertEquals("POST /a/{b} {b=b}", match(routes, "POST", "/a/b"));
    assertEquals("PUT /{a}/b {a=a}", match(routes, "PUT", "/a/b"));
  }

  private static String refusal(Routes routes, String method, String path) {
    return String.valueOf(
        assertThrows(
                IllegalArgumentException.class,
                () -> routes.with(method, path, (request, body) -> Decision.answer(204)))
            .getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "echo", "*", "/*", "/a/**", "/a b", "/a?b", "/a#b", "/ü", "/a%", "/a%2", "/a%zz", "/{}",
        "/{a", "/a}", "/a{b}", "/{a}b", "/{a}{b}", "/{a/b}", "/{a-b}", "/{1}", "/{a*}", "/{ü}"
      })
  void textThatIsNotAPatternIsRefused(String path) {
    String message = refusal(Routes.NONE, "POST", path);

    assertTrue(message.startsWith("path is '" + path + "'; allowed are segments after"), message);
  }

  @Test
  void nameMayBeInAPatternOnce() {
    assertEquals(
        "path is '/{a}/b/{a}'; allowed is each name once",
        refusal(Routes.NONE, "POST", "/{a}/b/{a}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "get", "HEAD", "OPTIONS", "CONNECT", "TRACE", "*"})
  void otherMethodIsRefused(String method) {
    assertEquals(
        "method is '%s'; allowed are [DELETE, GET, PATCH, POST, PUT]".formatted(method),
        refusal(Routes.NONE, method, "/a"));
  }

  @Test
  void valueIsAskedForByAName() {
    Request request = routes(ADDED).match(request("GET", "/rooms/a/b")).orElseThrow().request();

    assertEquals("b", request.pathValue("user_2"));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> request.pathValue("user"));
    assertEquals("name is 'user'; the pattern of the path has [room, user_2]", e.getMessage());
  }
}
