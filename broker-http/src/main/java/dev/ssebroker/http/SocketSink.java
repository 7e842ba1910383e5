package dev.ssebroker.http;

import dev.ssebroker.Batch;
import dev.ssebroker.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes a stream to a socket: the response head together with the first batch, then each batch
 * with one write. Each write is one chunk if the client understands chunks.
 */
final class SocketSink implements Sink {
  private static final byte[] NOTHING = {};
  private static final byte[] CRLF = {'\r', '\n'};
  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final Transport transport;
  private final Runnable afterEnd;
  private final boolean chunked;
  private final @Nullable GzipStream gzip;
  private final DeliveryTimes deliveryTimes;
  private final long beginNanos = System.nanoTime();

  // Bytes before the first batch. Empty once they are written. Used by the writer's thread only.
  private byte[] head;
  private byte[] prelude;

  private volatile boolean ended;

  /**
   * Creates the sink of a stream.
   *
   * @param transport where the bytes go
   * @param afterEnd closes the transport once the client has received the end of the stream
   * @param prelude the first bytes of the body
   * @param gzip null if the stream is not compressed
   * @param deliveryTimes receives the time that each write's first event took
   */
  SocketSink(
      Transport transport,
      Runnable afterEnd,
      byte[] head,
      byte[] prelude,
      boolean chunked,
      @Nullable GzipStream gzip,
      DeliveryTimes deliveryTimes) {
    this.transport = transport;
    this.afterEnd = afterEnd;
    this.head = head;
    this.prelude = gzip == null ? prelude : begin(gzip, prelude);
    this.chunked = chunked;
    this.gzip = gzip;
    this.deliveryTimes = deliveryTimes;
  }

  private static byte[] begin(GzipStream gzip, byte[] prelude) {
    byte[] header = GzipStream.header();
    byte[] encoded = gzip.encode(prelude);
    byte[] bytes = Arrays.copyOf(header, header.length + encoded.length);
    System.arraycopy(encoded, 0, bytes, header.length, encoded.length);
    return bytes;
  }

  @Override
  public void write(Batch batch) throws IOException {
    byte[] compressed = gzip == null ? NOTHING : gzip.encode(batch);
    int length = prelude.length + (gzip == null ? batch.length() : compressed.length);
    ByteBuffer bytes = transport.buffer(head.length + framedLength(length));
    bytes.put(head);
    beginChunk(length, bytes);
    bytes.put(prelude);
    if (gzip == null) {
      batch.copyTo(bytes);
    } else {
      bytes.put(compressed);
    }
    endChunk(bytes);
    head = NOTHING;
    prelude = NOTHING;
    transport.write(bytes);
    if (batch.events() > 0) {
      // The time from an event to a later stream, such as a resumed client's, is not ours.
      long now = System.nanoTime();
      deliveryTimes.add(Math.min(now - batch.publishedNanos(), now - beginNanos));
    }
  }

  /** Returns for how long the sink has existed. */
  Duration age() {
    return Duration.ofNanos(System.nanoTime() - beginNanos);
  }

  // A chunk is its size in hexadecimal digits, a line end, the bytes, and a line end (RFC 9112
  // §7.1).

  private int framedLength(int length) {
    return chunked ? hexDigits(length) + length + 2 * CRLF.length : length;
  }

  private static int hexDigits(int number) {
    return (Integer.SIZE + 3 - Integer.numberOfLeadingZeros(number)) / 4;
  }

  private void beginChunk(int length, ByteBuffer target) {
    if (chunked) {
      for (int shift = 4 * (hexDigits(length) - 1); shift >= 0; shift -= 4) {
        target.put((byte) Character.forDigit(length >>> shift & 15, 16));
      }
      target.put(CRLF);
    }
  }

  private void endChunk(ByteBuffer target) {
    if (chunked) {
      target.put(CRLF);
    }
  }

  @Override
  public void end() throws IOException {
    byte[] trailer = gzip == null ? NOTHING : gzip.trailer();
    byte[] last = chunked ? LAST_CHUNK : NOTHING;
    int framed = trailer.length == 0 ? 0 : framedLength(trailer.length);
    ByteBuffer bytes = transport.buffer(framed + last.length);
    if (framed > 0) {
      beginChunk(trailer.length, bytes);
      bytes.put(trailer);
      endChunk(bytes);
    }
    bytes.put(last);
    transport.write(bytes);
    transport.shutdownOutput();
    ended = true;
  }

  @Override
  public void close() throws IOException {
    if (ended) {
      afterEnd.run();
    } else {
      transport.close();
    }
  }
}
