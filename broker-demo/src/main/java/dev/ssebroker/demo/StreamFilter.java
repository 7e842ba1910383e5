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
 * Filters an event stream before OkHttp's parser reads it. It reports the field {@code retry},
 * which that parser ignores, and truncates events that are too large. Used by one thread.
 */
final class StreamFilter extends ForwardingSource {
  /*
   * Bounded memory. OkHttp's parser buffers an event until its end, however large it is. The filter
   * therefore discards the rest of an event that is too large, up to its empty line. In its place it
   * inserts a type that no broker accepts, by which the listener recognizes the event.
   */

  /** The type of a truncated event. */
  static final String TRUNCATED = "\0cut";

  private static final byte[] TRUNCATION_LINES =
      ("\nevent: " + TRUNCATED + "\ndata: \n\n").getBytes(StandardCharsets.UTF_8);

  private static final Pattern RETRY = Pattern.compile("retry: ?([0-9]{1,18})");

  /** The maximum length of a line that is parsed. */
  private static final int HEAD = 32;

  private final long maxEventBytes;
  private final LongConsumer retry;
  private final Buffer arrived = new Buffer();
  private final byte[] head = new byte[HEAD];

  private long lineBytes;
  private long eventBytes;
  private byte previous;
  private boolean truncating;

  /** Returns an OkHttp interceptor that filters the body of each response. */
  static Interceptor interceptor(long maxEventBytes, LongConsumer retry) {
    return chain -> {
      Response response = chain.proceed(chain.request());
      ResponseBody body = response.body();
      StreamFilter filter = new StreamFilter(body.source(), maxEventBytes, retry);
      return response
          .newBuilder()
          .body(ResponseBody.create(Okio.buffer(filter), body.contentType(), body.contentLength()))
          .build();
    };
  }

  /**
   * Creates a filter.
   *
   * @param retry receives each {@code retry}, in milliseconds
   */
  StreamFilter(Source source, long maxEventBytes, LongConsumer retry) {
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
      filter(arrived.readByteArray(), sink);
    }
    return sink.size() - before;
  }

  private void filter(byte[] bytes, Buffer sink) {
    int from = 0;
    for (int i = 0; i < bytes.length; i++) {
      boolean wasTruncating = truncating;
      accept(bytes[i]);
      if (wasTruncating) {
        from = i + 1;
      } else if (truncating) {
        sink.write(bytes, from, i - from).write(TRUNCATION_LINES);
        from = i + 1;
      }
    }
    sink.write(bytes, from, bytes.length - from);
  }

  private void accept(byte b) {
    boolean isLfOfCrLf = b == '\n' && previous == '\r';
    previous = b;
    if (isLfOfCrLf) {
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
      truncating = true;
    }
  }

  private void lineEnds() {
    if (lineBytes == 0) {
      eventBytes = 0;
      truncating = false;
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
