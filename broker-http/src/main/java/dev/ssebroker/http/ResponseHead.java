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
   * @param length the length of the body, in bytes
   * @param last whether the connection is closed after it
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

  /** Returns the reason phrase; empty if there is none for the status (RFC 9112 §4). */
  static String reason(int status) {
    return REASONS.getOrDefault(status, "");
  }

  /** Returns an answer with an error status. The body is one line, for people who use curl. */
  static Decision.Answer error(int status, String message) {
    return new Decision.Answer(
        status, "text/plain;charset=utf-8", status + " " + message + "\n", Map.of());
  }
}
