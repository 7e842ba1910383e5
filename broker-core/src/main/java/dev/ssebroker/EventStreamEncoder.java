package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.time.Duration;

/** Writes events as {@code text/event-stream}: the only place that knows the field names. */
final class EventStreamEncoder {
  /*
   * HTML §9.2.5 takes LF, CR and CRLF for a line end alike, so each of them inside the data starts a
   * new data line; the client joins the lines with LF. We ourselves write LF only: some clients do
   * not accept a lone CR. A client removes exactly one space after the colon, so one is written and
   * data that begins with a space survives.
   *
   * The scan works on UTF-8: CR and LF never occur inside a longer sequence.
   */
  private static final byte[] EVENT = "event: ".getBytes(UTF_8);
  private static final byte[] DATA = "data: ".getBytes(UTF_8);
  private static final byte[] RETRY = "retry: ".getBytes(UTF_8);

  private EventStreamEncoder() {}

  /** Returns a comment without text: it is invisible to an EventSource and starts the body. */
  static Frame comment() {
    return new Frame(":\n\n".getBytes(UTF_8));
  }

  static Frame encode(Event event) {
    byte[] data = event.data().getBytes(UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream(data.length + 64);
    if (!event.type().equals(Event.MESSAGE)) {
      line(out, EVENT, event.type().getBytes(UTF_8));
    }
    if (event.retry().isPresent()) {
      Duration retry = event.retry().get();
      line(out, RETRY, Long.toString(retry.toMillis()).getBytes(UTF_8));
    }
    dataLines(out, data);
    out.write('\n');
    return new Frame(out.toByteArray());
  }

  private static void dataLines(ByteArrayOutputStream out, byte[] data) {
    int start = 0;
    for (int i = 0; i < data.length; i++) {
      if (data[i] != '\n' && data[i] != '\r') {
        continue;
      }
      line(out, DATA, data, start, i);
      if (data[i] == '\r' && i + 1 < data.length && data[i + 1] == '\n') {
        i++;
      }
      start = i + 1;
    }
    line(out, DATA, data, start, data.length);
  }

  private static void line(ByteArrayOutputStream out, byte[] field, byte[] value) {
    line(out, field, value, 0, value.length);
  }

  private static void line(
      ByteArrayOutputStream out, byte[] field, byte[] from, int start, int end) {
    out.write(field, 0, field.length);
    out.write(from, start, end - start);
    out.write('\n');
  }
}
