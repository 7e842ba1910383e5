package dev.ssebroker.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.Interceptor;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.ForwardingSource;
import okio.Okio;
import okio.Source;

/**
 * Looks at an event stream on its way to OkHttp's parser, for what that does not care about: it
 * reads the field {@code retry}, and cuts events that are too large. Used by one thread.
 */
final class StreamWatch extends ForwardingSource {
  /*
   * OkHttp's parser keeps an event in memory until its end, however large it is. What is too large
   * is therefore cut here: the rest of it is swallowed up to its empty line, and a type is put
   * behind its beginning that no broker takes, by which the listener knows it.
   */

  /** The type of an event that was cut. */
  static final String CUT = "\0cut";

  private static final byte[] CUT_LINES =
      ("\nevent: " + CUT + "\ndata: \n\n").getBytes(StandardCharsets.UTF_8);

  private static final Pattern RETRY = Pattern.compile("retry: ?([0-9]{1,18})");

  /** No line that is of interest is longer. */
  private static final int HEAD = 32;

  private final long maxEventBytes;
  private final LongConsumer retry;
  private final Buffer arrived = new Buffer();
  private final byte[] head = new byte[HEAD];

  private long lineBytes;
  private long eventBytes;
  private byte previous;
  private boolean cutting;

  /** Returns what puts a watch in front of each response's body, for an OkHttp client. */
  static Interceptor before(long maxEventBytes, LongConsumer retry) {
    return chain -> {
      Response response = chain.proceed(chain.request());
      ResponseBody body = response.body();
      StreamWatch watch = new StreamWatch(body.source(), maxEventBytes, retry);
      return response
          .newBuilder()
          .body(ResponseBody.create(Okio.buffer(watch), body.contentType(), body.contentLength()))
          .build();
    };
  }

  /** Tells the consumer of each {@code retry}, in milliseconds. */
  StreamWatch(Source source, long maxEventBytes, LongConsumer retry) {
    super(source);
    this.maxEventBytes = maxEventBytes;
    this.retry = retry;
  }

  @Override
  public long read(Buffer sink, long byteCount) throws IOException {
    long before = sink.size();
    while (sink.size() == before) {
      if (super.read(arrived, byteCount) < 0) {
        return -1;
      }
      pass(arrived.readByteArray(), sink);
    }
    return sink.size() - before;
  }

  private void pass(byte[] bytes, Buffer sink) {
    int from = 0;
    for (int i = 0; i < bytes.length; i++) {
      boolean wasCutting = cutting;
      see(bytes[i]);
      if (wasCutting) {
        from = i + 1;
      } else if (cutting) {
        sink.write(bytes, from, i - from).write(CUT_LINES);
        from = i + 1;
      }
    }
    sink.write(bytes, from, bytes.length - from);
  }

  private void see(byte b) {
    boolean secondOfTwo = b == '\n' && previous == '\r';
    previous = b;
    if (secondOfTwo) {
      return;
    }
    if (b == '\n' || b == '\r') {
      lineEnds();
      return;
    }
    if (lineBytes < HEAD) {
      head[(int) lineBytes] = b;
    }
    lineBytes++;
    eventBytes++;
    if (eventBytes > maxEventBytes) {
      cutting = true;
    }
  }

  private void lineEnds() {
    if (lineBytes == 0) {
      eventBytes = 0;
      cutting = false;
    } else if (lineBytes <= HEAD) {
      String line = new String(Arrays.copyOf(head, (int) lineBytes), StandardCharsets.ISO_8859_1);
      Matcher matcher = RETRY.matcher(line);
      if (matcher.matches()) {
        retry.accept(Long.parseLong(matcher.group(1)));
      }
    }
    lineBytes = 0;
  }
}
