package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestTest {
  private static final InetSocketAddress REMOTE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

  /** RFC 9110 §12.5.1. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*/*                                  | 1   | 1",
        "text/html                            | 1   | 0",
        "TEXT/HTML                            | 1   | 0",
        "text/event-stream                    | 0   | 1",
        "text/html,application/xml;q=0.9,*/*;q=0.8 | 1 | 0.8",
        "text/*;q=0.3, text/html;q=0.7        | 0.7 | 0.3",
        "text/html;q=0, */*                   | 0   | 1",
        "text/html;level=1;q=0.4              | 0.4 | 0",
        "text/html;q=nonsense                 | 0   | 0",
        "text/html ; q=0.5 , text/event-stream| 0.5 | 1",
        "text/html ;\tQ = 0.5                 | 0.5 | 0",
        "text/html;q=0                        | 0   | 0",
        "text/html;q=0.000                    | 0   | 0",
        "text/html;q=1.000                    | 1   | 0",
        "text/html;q=.2                       | 0.2 | 0",
        "text/html;q=0.1234                   | 0.1234 | 0",
        "text/html;q=1.1                      | 0   | 0",
        "text/html;q=10                       | 0   | 0",
        "text/html;q=-0.5                     | 0   | 0",
        "text/html;q=1e-1                     | 0   | 0",
        "text/html;q=                         | 0   | 0",
        "text/html;q=.                        | 0   | 0",
        "text/html;q                          | 0   | 0",
        "text/html;q=\"1\"                    | 0   | 0",
        "text/html;q=0=1                      | 0   | 0",
        "text/html;q=99999999999999999999     | 0   | 0",
        "text/html, image/gif, *; q=.2, */*; q=.2 | 1 | 0.2",
        "*                                    | 1   | 1",
        "text/html;a=\",text/event-stream;q=1;\";q=0.5 | 0.5 | 0",
        "text/html;a=\"\\\",\";q=0.5          | 0.5 | 0",
        "text/html;a=\",text/event-stream     | 1   | 0",
        "text/html;level=1;q=0, text/html;q=0.5 | 0.5 | 0",
        "text/html;;q=0.5                     | 0.5 | 0",
        ", ,text/html,                        | 1   | 0",
        ",                                    | 1   | 1",
        "text                                 | 0   | 0",
        "image/png                            | 0   | 0",
        "''                                   | 1   | 1",
      })
  void mostSpecificRangeDecides(String accept, double html, double stream) {
    assertEquals(html, request(accept).quality("text/html"));
    assertEquals(stream, request(accept).quality("text/event-stream"));
  }

  @Test
  void clientWithoutAcceptAcceptsEverything() {
    assertEquals(1, request(new Headers.Builder().build()).quality("text/html"));
  }

  @Test
  void rangesOfSeveralFieldsCount() {
    Headers.Builder headers = new Headers.Builder();
    headers.add("Accept", "image/png");
    headers.add("accept", "text/html;q=0.5");
    assertEquals(0.5, request(headers.build()).quality("text/html"));
  }

  private static Request request(String accept) {
    Headers.Builder headers = new Headers.Builder();
    headers.add("Accept", accept);
    return request(headers.build());
  }

  private static Request request(Headers headers) {
    return new Request("GET", "/", Optional.empty(), "HTTP/1.1", headers, REMOTE);
  }

  /** URL §5.1. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a=1&b=2&a=3       | a   | [1, 3]",
        "a=1               | b   | []",
        "a                 | a   | ['']",
        "a=                | a   | ['']",
        "a=b%20c+d%2B      | a   | [b c d+]",
        "a=%C3%BC          | a   | [ü]",
        "%61=1             | a   | [1]",
        "a=b=c             | a   | [b=c]",
        "&&a=1&            | a   | [1]",
      })
  void parametersAreDecoded(String query, String name, String values) {
    assertEquals(
        values.replace("''", ""), get(query, new Headers.Builder()).parameters(name).toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "7  | ''                   | 7",
        "'' | lastEventId=8        | 8",
        "'' | last_event_id=9      | 9",
        "'' | evs_last_event_id=10 | 10",
        "7  | lastEventId=8        | 7",
        "'' | lastEventID=11       | 11",
        "'' | Last-Event-ID=12     | 12",
        "'' | last-event-id=13     | 13",
        "'' | LASTEVENTID=14       | 14",
        "'' | last%45vent_id=15    | 15",
        "'' | lastEventId=&Last-Event-ID=16 | 16",
        "'' | last_event_id=17&lastEventId=18 | 17",
        "'' | lastEventIds=19      | none",
        "'' | event-id=20          | none",
        "'' | lastEventId=         | none",
        "'' | ''                   | none",
      })
  void lastEventIdIsTheFieldOrElseAParameter(String field, String query, String id) {
    Headers.Builder headers = new Headers.Builder();
    headers.add("last-event-id", field);
    assertEquals(id, get(query, headers).lastEventId().orElse("none"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET     | text/event-stream                   | true",
        "GET     | text/html, TEXT/Event-Stream;q=0.1  | true",
        "HEAD    | text/event-stream                   | true",
        "POST    | text/event-stream                   | false",
        "OPTIONS | text/event-stream                   | false",
        "GET     | text/event-stream;q=0               | false",
        "GET     | text/event-stream;q=.2              | true",
        "GET     | text/event-stream;q=x               | false",
        "GET     | text/event-stream;charset=utf-8     | true",
        "GET     | text/event-streams                  | false",
        "GET     | a/b;c=\",text/event-stream\"        | false",
        "GET     | */*                                 | false",
        "GET     | ''                                  | false",
      })
  void onlyGetAndHeadAskForEvents(String method, String accept, boolean wanted) {
    Headers.Builder headers = new Headers.Builder();
    headers.add("Accept", "image/png");
    headers.add("Accept", accept);
    Request request =
        new Request(method, "/", Optional.empty(), "HTTP/1.1", headers.build(), REMOTE);
    assertEquals(wanted, request.wantsEvents());
  }

  /** RFC 9110 §12.5.3. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gzip                    | true",
        "deflate, GZIP;q=0.5     | true",
        "gzip;q=0                | false",
        "*                       | true",
        "*;q=0                   | false",
        "gzip;q=0, *             | false",
        "*, gzip;q=0.000         | false",
        "gzip ; Q = 0            | false",
        "gzip;q=.5               | true",
        "gzip;q=x                | false",
        "br;q=x, gzip            | true",
        "identity                | false",
        "x-gzip                  | false",
        "''                      | false",
      })
  void codingIsAccepted(String field, boolean accepted) {
    Headers.Builder headers = new Headers.Builder();
    headers.add("Accept-Encoding", field);
    assertEquals(accepted, get("", headers).accepts("gzip"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text/event-stream            | true",
        "text/html, Text/Event-Stream | true",
        "*/*                          | false",
        "''                           | false",
      })
  void clientAsksForEventsByName(String accept, boolean asks) {
    assertEquals(asks, request(accept).wantsEvents());
  }

  /** RFC 9110 §5.6.1. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "close               | true",
        "keep-alive , CLOSE  | true",
        ",close              | true",
        "keep-alive          | false",
        "closed              | false",
        "''                  | false",
      })
  void elementOfAListIsFoundInAnyCase(String field, boolean found) {
    Headers.Builder headers = new Headers.Builder();
    headers.add("Connection", field);
    assertEquals(found, get("", headers).lists("connection", "close"));
  }

  private static Request get(String query, Headers.Builder headers) {
    return new Request("GET", "/", Optional.of(query), "HTTP/1.1", headers.build(), REMOTE);
  }
}
