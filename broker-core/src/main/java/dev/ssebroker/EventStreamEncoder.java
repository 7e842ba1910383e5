package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/** Writes events as {@code text/event-stream}: the only place that knows the field names. */
final class EventStreamEncoder {
  /*
   * Line ends. LF, CR and CRLF each end a line (HTML §9.2.5), so each inside the data starts a new data
   * line; the client joins the lines with LF. Some clients do not accept a lone CR, so only LF is written.
   * A client removes one space after the colon, so one is written and data may begin with a space.
   *
   * Speed. Most data is one line, and indexOf finds that at a fraction of the cost of a replace.
   *
   * Order. The id comes last, since it is known last. Clients accept a block's fields in any order.
   */
  private static final byte[] NOTHING = {};
  private static final int MAX_DIGITS = 19;

  private EventStreamEncoder() {}

  /** Returns a comment without text: it is invisible to an EventSource and keeps a stream alive. */
  static Frame comment() {
    return new Frame(":\n\n".getBytes(UTF_8));
  }

  /** Returns what precedes the sequence in the id lines of an epoch; the empty epoch has no ids. */
  static byte[] idPrefix(String epoch) {
    return epoch.isEmpty() ? NOTHING : ("id: " + epoch + "-").getBytes(UTF_8);
  }

  /** Returns the bytes of a gap notice; a count below 0 is unknown. */
  static byte[] gap(long missed, GapReason reason) {
    String count = missed < 0 ? "null" : Long.toString(missed);
    return "event: %s\ndata: {\"missed\":%s,\"reason\":\"%s\"}\n\n"
        .formatted(Event.GAP, count, reason.wireName())
        .getBytes(UTF_8);
  }

  /** Returns an event that lacks its sequence and, if the broker makes it, its id. */
  static Frame encode(String topic, Event event, byte[] idPrefix) {
    String type = event.type().equals(Event.MESSAGE) ? "" : "event: " + event.type() + '\n';
    String retry = event.retry().map(r -> "retry: " + r.toMillis() + '\n').orElse("");
    String ownId = event.id().orElse(null);
    byte[] head = (type + retry + "data: ").getBytes(UTF_8);
    byte[] data = dataLines(event.data()).getBytes(UTF_8);
    byte[] end = ownId == null ? NOTHING : ("id: " + ownId + "\n\n").getBytes(UTF_8);
    int length = head.length + data.length + 1;
    int endSize = ownId == null ? idPrefix.length + MAX_DIGITS + 2 : end.length;
    byte[] bytes = Arrays.copyOf(head, length + endSize);
    System.arraycopy(data, 0, bytes, head.length, data.length);
    bytes[length - 1] = '\n';
    System.arraycopy(end, 0, bytes, length, end.length);
    String key = event.key().map(k -> topic + ' ' + k).orElse(null);
    return new Frame(bytes, length, key, ownId);
  }

  /** Returns a frame for an event of a shared log, complete but for its place. */
  static Frame encode(EventLog.Entry entry) {
    return encode(entry.topic(), entry.event(), idPrefix(entry.id().epoch()));
  }

  /** Returns the data with the field's name after each line break. */
  private static String dataLines(String data) {
    String text = data.indexOf('\r') < 0 ? data : data.replace("\r\n", "\n").replace('\r', '\n');
    return text.indexOf('\n') < 0 ? text : text.replace("\n", "\ndata: ");
  }

  /** Writes the id line, if there are ids, and the empty line. Returns the frame's length. */
  static int writeId(byte[] target, int offset, byte[] idPrefix, long sequence) {
    int at = offset;
    if (idPrefix.length > 0) {
      System.arraycopy(idPrefix, 0, target, at, idPrefix.length);
      at = writeDigits(target, at + idPrefix.length, sequence);
      target[at++] = '\n';
    }
    target[at++] = '\n';
    return at;
  }

  private static int writeDigits(byte[] target, int offset, long number) {
    int at = number < 10 ? offset : writeDigits(target, offset, number / 10);
    target[at] = (byte) ('0' + number % 10);
    return at + 1;
  }
}
