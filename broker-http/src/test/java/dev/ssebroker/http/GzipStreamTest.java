package dev.ssebroker.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Batch;
import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.Sink;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GzipStreamTest {
  private static final String TOPIC = "t";
  private static final String LONG =
      "the same again, the same again, the same again, the same again, the same again, the same "
          + "again, the same again, the same again, the same again, the same again, the same again, "
          + "the same again, the same again, the same again, the same again, the same again, again";

  private final Broker broker = Broker.builder().historyEvents(0).open();

  @AfterEach
  void closeBroker() {
    broker.close();
  }

  /** RFC 1952 §2.3, RFC 1951 §3.2.4 and §3.2.6. */
  @Test
  void emptyStreamHasExactlyTheseBytes() {
    GzipStream gzip = new GzipStream();

    assertEquals("1f8b08000000000000ff", hex(GzipStream.header()));
    assertEquals("000300fcff616263", hex(gzip.encode("abc".getBytes(UTF_8))));
    assertEquals("0300" + "c2412435" + "03000000", hex(gzip.trailer()));
  }

  @Test
  void memberMayBeEmpty() throws Exception {
    byte[] member = concat(GzipStream.header(), new GzipStream().trailer());

    assertEquals(20, member.length);
    assertEquals("", unzipped(member));
  }

  /**
   * Some decoders, such as Go's, deliver what they have only when they read an empty stored block,
   * or after 32 KiB. Without the block, Go clients and proxies would delay small events.
   */
  @ParameterizedTest
  @ValueSource(strings = {"x", LONG})
  void everyWriteEndsWithAnEmptyStoredBlock(String data) throws Exception {
    GzipStream gzip = new GzipStream();
    BlockingQueue<String> writes = new LinkedBlockingQueue<>();
    broker.subscribe(
        TOPIC,
        new Sink() {
          @Override
          public void write(Batch batch) {
            writes.add(hex(gzip.encode(batch)));
          }

          @Override
          public void close() {}
        });
    broker.publish(TOPIC, Event.of(data));
    broker.close();

    for (String written : writes) {
      assertTrue(written.endsWith("000000ffff"), written);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 256, 65_535})
  void preludeIsStored(int length) throws Exception {
    GzipStream gzip = new GzipStream();
    String plain = ":".repeat(length);

    byte[] stored = gzip.encode(plain.getBytes(UTF_8));

    assertEquals(length + 5, stored.length);
    assertEquals(plain, unzipped(concat(GzipStream.header(), stored, gzip.trailer())));
  }

  @Test
  void preludeOfMoreThanOneBlockIsRefusedAndNotCounted() throws Exception {
    GzipStream gzip = new GzipStream();

    assertThrows(IllegalArgumentException.class, () -> gzip.encode(new byte[65_536]));

    assertEquals("", unzipped(concat(GzipStream.header(), gzip.trailer())));
  }

  @Test
  void frameIsDeflatedFrom256BytesOn() throws Exception {
    Client client = new Client();
    broker.subscribe(TOPIC, client);
    client.next();
    int rest = "data: \n\n".length();

    broker.publish(TOPIC, Event.of("x".repeat(255 - rest)));
    assertEquals(255 + 5 + 5, client.next().encoded.length);
    broker.publish(TOPIC, Event.of("x".repeat(256 - rest)));
    assertTrue(client.next().encoded.length < 50);
  }

  @Test
  void clientReadsEachBatchAtOnceAndTheTrailerIsCorrect() throws Exception {
    Client client = new Client();
    broker.subscribe(TOPIC, client);
    Wire wire = new Wire();
    wire.add(GzipStream.header());
    wire.add(client.prelude);
    Random random = new Random(1);
    try (GZIPInputStream in = new GZIPInputStream(wire)) {
      assertEquals("retry: 1\n\n", new String(in.readNBytes("retry: 1\n\n".length()), UTF_8));
      assertReads(client.next(), wire, in);
      for (int i = 0; i < 100; i++) {
        broker.publish(TOPIC, Event.of(text(random)));
        assertReads(client.next(), wire, in);
      }
      wire.add(client.gzip.trailer());
      wire.end();
      assertEquals(-1, in.read());
    }
  }

  private static void assertReads(Client.Written written, Wire wire, GZIPInputStream in)
      throws IOException {
    wire.add(written.encoded);
    assertArrayEquals(written.plain, in.readNBytes(written.plain.length));
  }

  /** Up to 200,000 characters, of few kinds or of many. */
  private static String text(Random random) {
    int length = random.nextInt(List.of(100, 1_000, 200_000).get(random.nextInt(3)));
    int letters = random.nextBoolean() ? 3 : 0x10ff;
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.appendCodePoint(0x2000 + random.nextInt(letters));
    }
    return text.toString();
  }

  @Test
  void clientsReceiveTheSameBytesWheneverTheySubscribe() throws Exception {
    Client early = new Client();
    broker.subscribe(TOPIC, early);
    early.next();
    broker.publish(TOPIC, Event.of("only for one ".repeat(100)));
    early.next();
    Client late = new Client();
    broker.subscribe(TOPIC, late);
    late.next();

    broker.publish(TOPIC, Event.of("for both of them ".repeat(100)));

    assertArrayEquals(early.next().encoded, late.next().encoded);
  }

  /** Keeps each batch, plain and encoded. */
  private static final class Client implements Sink {
    private final GzipStream gzip = new GzipStream();
    private final byte[] prelude = gzip.encode("retry: 1\n\n".getBytes(UTF_8));
    private final BlockingQueue<Written> written = new LinkedBlockingQueue<>();

    @SuppressWarnings("ArrayRecordComponent") // Instances are not compared.
    private record Written(byte[] plain, byte[] encoded) {}

    @Override
    public void write(Batch batch) {
      written.add(new Written(batch.toByteArray(), gzip.encode(batch)));
    }

    @Override
    public void close() {}

    Written next() throws InterruptedException {
      return Objects.requireNonNull(written.poll(30, TimeUnit.SECONDS), "nothing was written");
    }
  }

  /** The bytes received so far. Reading more than these fails. */
  private static final class Wire extends InputStream {
    private final List<InputStream> arrived = new ArrayList<>();
    private boolean ended;

    void add(byte[] bytes) {
      arrived.add(new ByteArrayInputStream(bytes));
    }

    void end() {
      ended = true;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      while (!arrived.isEmpty()) {
        int count = arrived.getFirst().read(target, offset, length);
        if (count >= 0) {
          return count;
        }
        arrived.removeFirst();
      }
      if (!ended) {
        throw new IOException("the decoder needs more bytes than were received");
      }
      return -1;
    }
  }

  private static String unzipped(byte[] member) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(member))) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
