package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Writes events as {@code text/event-stream}: the only place that knows the field names. */
final class EventStreamEncoder {
  /*
   * HTML §9.2.5 takes LF, CR and CRLF for a line end alike, so each of them inside the data starts a
   * new data line; the client joins the lines with LF. We ourselves write LF only: some clients do
   * not accept a lone CR. A client removes exactly one space after the colon, so one is written and
   * data that begins with a space survives.
   *
   * The scan works on UTF-8: CR and LF never occur inside a longer sequence.
   *
   * The id comes last, since it is known last. Clients take a block's fields in any order.
   */
  private static final byte[] EVENT = "event: ".getBytes(UTF_8);
  private static final byte[] DATA = "data: ".getBytes(UTF_8);
  private static final byte[] RETRY = "retry: ".getBytes(UTF_8);
  private static final byte[] ID = "id: ".getBytes(UTF_8);
  private static final byte[] NOTHING = {};
  private static final int MAX_DIGITS = 19;

  private EventStreamEncoder() {}

  /** Returns a comment without text: it is invisible to an EventSource and keeps a stream alive. */
  static Frame comment() {
    return closed(":\n");
  }

  /** Returns what precedes the sequence in the id lines of an epoch; the empty epoch has no ids. */
  static byte[] idPrefix(String epoch) {
    return epoch.isEmpty() ? NOTHING : ("id: " + epoch + "-").getBytes(UTF_8);
  }

  /** Returns the notice of events that a client will never have. */
  static Frame gap(Batch.Gap gap) {
    String count = gap.missed() < 0 ? "null" : Long.toString(gap.missed());
    return closed(
        "event: %s\ndata: {\"missed\":%s,\"reason\":\"%s\"}\n"
            .formatted(Event.GAP, count, gap.reason().wireName()));
  }

  private static Frame closed(String lines) {
    return Frame.unnumbered((lines + "\n").getBytes(UTF_8));
  }

  /** Returns a frame that lacks its id and its closing empty line, and has room for both. */
  static Frame encode(String topic, Event event, byte[] idPrefix) {
    byte[] data = event.data().getBytes(UTF_8);
    byte[] type = event.type().equals(Event.MESSAGE) ? NOTHING : event.type().getBytes(UTF_8);
    byte[] retry =
        event.retry().map(r -> Long.toString(r.toMillis()).getBytes(UTF_8)).orElse(NOTHING);
    int size =
        lineLength(EVENT, type)
            + lineLength(RETRY, retry)
            + data.length
            + lineCount(data) * (DATA.length + 1);
    String ownId = event.id().orElse(null);
    int idSize = ownId == null ? idPrefix.length + MAX_DIGITS : ID.length + ownId.length();
    Line out = new Line(new byte[size + idSize + 2]);
    if (type.length > 0) {
      out.write(EVENT, type, 0, type.length);
    }
    if (retry.length > 0) {
      out.write(RETRY, retry, 0, retry.length);
    }
    writeData(out, data);
    String key = event.key().map(k -> topic + ' ' + k).orElse(null);
    return new Frame(out.bytes, out.length, key, ownId);
  }

  private static int lineLength(byte[] field, byte[] value) {
    return value.length == 0 ? 0 : field.length + value.length + 1;
  }

  private static int lineCount(byte[] data) {
    int count = 1;
    for (byte b : data) {
      if (b == '\n' || b == '\r') {
        count++;
      }
    }
    return count;
  }

  private static void writeData(Line out, byte[] data) {
    int start = 0;
    for (int i = 0; i < data.length; i++) {
      if (data[i] != '\n' && data[i] != '\r') {
        continue;
      }
      out.write(DATA, data, start, i);
      if (data[i] == '\r' && i + 1 < data.length && data[i + 1] == '\n') {
        i++;
      }
      start = i + 1;
    }
    out.write(DATA, data, start, data.length);
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

  /** Appends lines to an array that has room for them. */
  private static final class Line {
    private final byte[] bytes;
    private int length;

    Line(byte[] bytes) {
      this.bytes = bytes;
    }

    void write(byte[] field, byte[] from, int start, int end) {
      System.arraycopy(field, 0, bytes, length, field.length);
      length += field.length;
      System.arraycopy(from, start, bytes, length, end - start);
      length += end - start;
      bytes[length++] = '\n';
    }
  }
}
