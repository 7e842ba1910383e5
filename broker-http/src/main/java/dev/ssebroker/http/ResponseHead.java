package dev.ssebroker.http;

import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Builds the head of a response. */
final class ResponseHead {
  private static final Map<Integer, String> REASONS =
      Map.ofEntries(
          Map.entry(200, "OK"),
          Map.entry(201, "Created"),
          Map.entry(202, "Accepted"),
          Map.entry(204, "No Content"),
          Map.entry(205, "Reset Content"),
          Map.entry(301, "Moved Permanently"),
          Map.entry(302, "Found"),
          Map.entry(303, "See Other"),
          Map.entry(304, "Not Modified"),
          Map.entry(307, "Temporary Redirect"),
          Map.entry(308, "Permanent Redirect"),
          Map.entry(400, "Bad Request"),
          Map.entry(401, "Unauthorized"),
          Map.entry(403, "Forbidden"),
          Map.entry(404, "Not Found"),
          Map.entry(405, "Method Not Allowed"),
          Map.entry(406, "Not Acceptable"),
          Map.entry(408, "Request Timeout"),
          Map.entry(409, "Conflict"),
          Map.entry(410, "Gone"),
          Map.entry(412, "Precondition Failed"),
          Map.entry(413, "Content Too Large"),
          Map.entry(414, "URI Too Long"),
          Map.entry(415, "Unsupported Media Type"),
          Map.entry(417, "Expectation Failed"),
          Map.entry(422, "Unprocessable Content"),
          Map.entry(429, "Too Many Requests"),
          Map.entry(431, "Request Header Fields Too Large"),
          Map.entry(500, "Internal Server Error"),
          Map.entry(501, "Not Implemented"),
          Map.entry(503, "Service Unavailable"),
          Map.entry(505, "HTTP Version Not Supported"));

  /** RFC 9110 §5.6.7. RFC_1123_DATE_TIME would write the first days of a month with one digit. */
  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US);

  /** The fields of every event stream's head. docs/protocol.md gives the reasons. */
  static final List<Map.Entry<String, String>> STREAM_FIELDS =
      List.of(
          Map.entry("Content-Type", "text/event-stream"),
          Map.entry("Cache-Control", "no-cache, no-store, no-transform"),
          Map.entry("X-Accel-Buffering", "no"));

  private final StringBuilder text = new StringBuilder(320);

  /**
   * Begins a response.
   *
   * @param last whether the connection is closed after it (RFC 9112 §9.6)
   */
  ResponseHead(int status, boolean last) {
    text.append("HTTP/1.1 ").append(status).append(' ').append(reason(status)).append("\r\n");
    field("Date", IMF_FIXDATE.format(ZonedDateTime.now(ZoneOffset.UTC)));
    if (last) {
      field("Connection", "close");
    }
  }

  /**
   * Begins an answer with all fields except those about origins.
   *
   * @param last whether the connection is closed after it
   */
  static ResponseHead of(Decision.Answer answer, boolean last) {
    ResponseHead head = new ResponseHead(answer.status(), last);
    // RFC 9110 §8.6
    if (answer.status() != 204 && answer.status() != 304) {
      head.field("Content-Length", Integer.toString(answer.bodyBytes().length));
    }
    fields(answer).forEach(head::field);
    return head;
  }

  /** Returns an answer's fields without those that depend on the connection. */
  static Headers fields(Decision.Answer answer) {
    Headers.Builder fields = new Headers.Builder();
    if (answer.status() != 204 && answer.status() != 304) {
      fields.add("Content-Type", answer.contentType());
    }
    fields.add("X-Content-Type-Options", "nosniff");
    if (answer.headers().first("Cache-Control").isEmpty()) {
      fields.add("Cache-Control", "no-store");
    }
    answer.headers().forEach(fields::add);
    return fields.build();
  }

  ResponseHead field(String name, String value) {
    text.append(name).append(": ").append(value).append("\r\n");
    return this;
  }

  byte[] toBytes() {
    return (text + "\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  /** Returns the reason phrase; empty if there is none for the status (RFC 9112 §4). */
  static String reason(int status) {
    return REASONS.getOrDefault(status, "");
  }

  /** Returns an answer with an error status. The body is one line, for people who use curl. */
  static Decision.Answer error(int status, String message) {
    return Decision.answer("text/plain;charset=utf-8", status + " " + message + "\n")
        .withStatus(status);
  }
}
