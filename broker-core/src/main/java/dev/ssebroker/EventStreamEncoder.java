package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/** Writes events as {@code text/event-stream}: the only place that knows the field names. */
final class EventStreamEncoder {
  /*
   * HTML §9.2.5 takes LF, CR and CRLF for a line end alike, so each of them inside the data starts a
   * new data line; the client joins the lines with LF. We ourselves write LF only: some clients do
   * not accept a lone CR. A client removes exactly one space after the colon, so one is written and
   * data that begins with a space survives.
   *
   * Most data is one line, and indexOf sees that at a fraction of the cost of a replace that finds
   * nothing: so each replace is asked for only where there is something to replace.
   *
   * The id comes last, since it is known last. Clients take a block's fields in any order.
   */
  private static final byte[] ID = "id: ".getBytes(UTF_8);
  private static final byte[] NOTHING = {};
  private static final int MAX_DIGITS = 19;

  private EventStreamEncoder() {}

  /** Returns a comment without text: it is invisible to an EventSource and keeps a stream alive. */
  static Frame comment() {
    return Frame.unnumbered(":\n\n".getBytes(UTF_8));
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

  /** Returns a frame that lacks its id and its closing empty line, and has room for both. */
  static Frame encode(String topic, Event event, byte[] idPrefix) {
    String type = event.type().equals(Event.MESSAGE) ? "" : "event: " + event.type() + '\n';
    String retry = event.retry().map(r -> "retry: " + r.toMillis() + '\n').orElse("");
    byte[] head = (type + retry + "data: ").getBytes(UTF_8);
    byte[] data = dataLines(event.data()).getBytes(UTF_8);
    int length = head.length + data.length + 1;
    String ownId = event.id().orElse(null);
    int idSize = ownId == null ? idPrefix.length + MAX_DIGITS : ID.length + ownId.length();
    byte[] bytes = Arrays.copyOf(head, length + idSize + 2);
    System.arraycopy(data, 0, bytes, head.length, data.length);
    bytes[length - 1] = '\n';
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

  /** Writes the line of an id that the publisher chose, and the empty line. */
  static int writeOwnId(byte[] target, int offset, String id) {
    System.arraycopy(ID, 0, target, offset, ID.length);
    int at = offset + ID.length;
    for (int i = 0; i < id.length(); i++) {
      target[at++] = (byte) id.charAt(i);
    }
    target[at++] = '\n';
    target[at++] = '\n';
    return at;
  }

  private static int writeDigits(byte[] target, int offset, long number) {
    int digits = 1;
    for (long rest = number / 10; rest > 0; rest /= 10) {
      digits++;
    }
    long rest = number;
    for (int at = offset + digits - 1; at >= offset; at--) {
      target[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    return offset + digits;
  }
}
