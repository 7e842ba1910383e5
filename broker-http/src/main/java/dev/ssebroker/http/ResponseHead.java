package dev.ssebroker.http;

import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The first bytes of a response. */
final class ResponseHead {
  private static final Map<Integer, String> REASONS =
      Map.ofEntries(
          Map.entry(200, "OK"),
          Map.entry(204, "No Content"),
          Map.entry(400, "Bad Request"),
          Map.entry(401, "Unauthorized"),
          Map.entry(403, "Forbidden"),
          Map.entry(404, "Not Found"),
          Map.entry(405, "Method Not Allowed"),
          Map.entry(406, "Not Acceptable"),
          Map.entry(408, "Request Timeout"),
          Map.entry(409, "Conflict"),
          Map.entry(410, "Gone"),
          Map.entry(413, "Content Too Large"),
          Map.entry(414, "URI Too Long"),
          Map.entry(415, "Unsupported Media Type"),
          Map.entry(417, "Expectation Failed"),
          Map.entry(429, "Too Many Requests"),
          Map.entry(431, "Request Header Fields Too Large"),
          Map.entry(500, "Internal Server Error"),
          Map.entry(501, "Not Implemented"),
          Map.entry(503, "Service Unavailable"),
          Map.entry(505, "HTTP Version Not Supported"));

  /** RFC 9110 §5.6.7; RFC_1123_DATE_TIME would write the first days of a month with one digit. */
  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US);

  /** What the head of every event stream says, and why: docs/protocol.md. */
  static final List<Map.Entry<String, String>> OF_A_STREAM =
      List.of(
          Map.entry("Content-Type", "text/event-stream"),
          Map.entry("Cache-Control", "no-cache, no-store, no-transform"),
          Map.entry("X-Accel-Buffering", "no"));

  private final StringBuilder text = new StringBuilder(320);

  /**
   * Begins a response.
   *
   * @param last whether the connection is closed behind it (RFC 9112 §9.6)
   */
  ResponseHead(int status, boolean last) {
    text.append("HTTP/1.1 ").append(status).append(' ').append(reason(status)).append("\r\n");
    field("Date", IMF_FIXDATE.format(ZonedDateTime.now(ZoneOffset.UTC)));
    if (last) {
      field("Connection", "close");
    }
  }

  /**
   * Begins an answer, which has all but the fields about origins.
   *
   * @param length the body's, in bytes
   * @param last whether the connection is closed behind it
   */
  static ResponseHead of(Decision.Answer answer, int length, boolean last) {
    ResponseHead head = new ResponseHead(answer.status(), last);
    // RFC 9110 §8.6
    if (answer.status() != 204 && answer.status() != 304) {
      head.field("Content-Type", answer.contentType());
      head.field("Content-Length", Integer.toString(length));
    }
    head.field("X-Content-Type-Options", "nosniff");
    if (answer.fields().keySet().stream().noneMatch("Cache-Control"::equalsIgnoreCase)) {
      head.field("Cache-Control", "no-store");
    }
    answer.fields().forEach(head::field);
    return head;
  }

  ResponseHead field(String name, String value) {
    text.append(name).append(": ").append(value).append("\r\n");
    return this;
  }

  byte[] toBytes() {
    return (text + "\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  /** The phrase may be empty for a status that has none here (RFC 9112 §4). */
  static String reason(int status) {
    return REASONS.getOrDefault(status, "");
  }

  /** A refusal's body is one line, for whoever looks at it with curl. */
  static Decision.Answer refusal(int status, String message) {
    return new Decision.Answer(
        status, "text/plain;charset=utf-8", status + " " + message + "\n", Map.of());
  }
}
