package dev.ssebroker.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.http.RequestModel.Accepted;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/**
 * Valid and mutated requests, given to the parser in random slices. It accepts what the model
 * accepts, and refuses everything else with a status.
 *
 * <p>A failure names its seed, which fixes the bytes and their slices: {@code -Dfuzz.seed=…}
 * repeats them, {@code -Dfuzz.runs=…} sets the number of inputs.
 */
class RequestFuzzTest {
  private static final int RUNS = Integer.getInteger("fuzz.runs", 100_000);

  private static final Limits LIMITS = RequestGrammar.LIMITS;

  private static final InetSocketAddress REMOTE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

  private static final Set<Integer> REFUSALS = Set.of(400, 405, 413, 414, 417, 431, 501, 505);

  /** One buffer, a head, a hundred chunks of a byte with the longest extensions, and trailers. */
  private static final int LONGEST_REQUEST = 4096 + 500 + 101 * 264 + 500;

  private final Map<String, LongAdder> ends = new ConcurrentSkipListMap<>();

  /** What a connection's bytes were parsed as. */
  private record Outcome(List<Request> requests, List<String> bodies, String end) {}

  @Test
  void parserAcceptsWhatTheModelAcceptsInAnySlices() {
    RequestGrammar.seeds(RUNS).parallel().forEach(this::check);
    System.out.println("fuzz: " + ends);
  }

  private void check(long seed) {
    byte[] bytes = new RequestGrammar(seed).bytes();
    try {
      SplittableRandom random = new SplittableRandom(seed);
      Outcome whole = read(new ByteArrayInputStream(bytes));
      Outcome sliced = read(new SlicedInput(bytes, random, 1 + random.nextInt(40), false));
      assertEquals(whole.end, sliced.end);
      List<Accepted> accepted = RequestModel.accepted(bytes, LIMITS);
      assertAlike(accepted, whole);
      assertAlike(accepted, sliced);
      assertCanonicalFormsAreAcceptedAlike(accepted);
      readEndlessly(new SlicedInput(bytes, random, 5000, true));
      ends.computeIfAbsent(whole.end.substring(0, 3), end -> new LongAdder()).increment();
      ends.computeIfAbsent("accepted", end -> new LongAdder()).add(accepted.size());
    } catch (IOException | RuntimeException | Error e) {
      throw new AssertionError("seed " + seed + ": " + RequestGrammar.escaped(bytes), e);
    }
  }

  private static Outcome read(InputStream in) throws IOException {
    List<Request> requests = new ArrayList<>();
    List<String> bodies = new ArrayList<>();
    ByteReader reader = new ByteReader(in);
    try {
      while (!reader.atEnd()) {
        Request request = new RequestParser(reader, LIMITS, REMOTE).parse();
        RequestBody body = new RequestBody(request, reader, LIMITS, expected -> {});
        bodies.add(new String(body.read(), ISO_8859_1));
        requests.add(request);
      }
      return new Outcome(requests, bodies, "end");
    } catch (ByteReader.Truncated e) {
      return new Outcome(requests, bodies, "cut");
    } catch (BadRequest e) {
      assertTrue(REFUSALS.contains(e.answer.status()), e.answer.toString());
      return new Outcome(requests, bodies, e.answer.status() + " " + e.getMessage());
    }
  }

  private static void assertAlike(List<Accepted> model, Outcome parser) {
    for (int i = 0; i < Math.min(model.size(), parser.requests.size()); i++) {
      assertAlike(model.get(i), parser.requests.get(i), parser.bodies.get(i));
    }
    assertEquals(model.size(), parser.requests.size(), () -> "accepted, then " + parser.end);
  }

  private static void assertAlike(Accepted model, Request request, String body) {
    assertEquals(model.method(), request.method());
    assertEquals(model.target(), request.path() + request.query().map("?"::concat).orElse(""));
    assertEquals(model.version(), request.version());
    for (RequestModel.Field field : model.fields()) {
      assertEquals(model.texts(field.name()), request.headers().all(field.name()));
    }
    assertEquals(model.body(), body);
  }

  private static void assertCanonicalFormsAreAcceptedAlike(List<Accepted> accepted)
      throws IOException {
    for (Accepted request : accepted) {
      Outcome again = read(new ByteArrayInputStream(request.canonical().getBytes(ISO_8859_1)));
      assertAlike(List.of(request), again);
      assertEquals("end", again.end);
    }
  }

  /**
   * The requests of an endless client are answered one after the other, or refused within a bound.
   */
  private static void readEndlessly(SlicedInput in) throws IOException {
    ByteReader reader = new ByteReader(in);
    try {
      for (int i = 0; i < 5; i++) {
        in.allow(LONGEST_REQUEST);
        readOne(reader, LIMITS);
      }
    } catch (BadRequest e) {
      assertTrue(REFUSALS.contains(e.answer.status()), e.answer.toString());
    }
  }

  /**
   * Announced bytes take no memory before they arrive. Otherwise a few clients could exhaust it.
   */
  @Test
  void manyClientsMayAnnounceAGigabyte() throws Exception {
    String[] announcements = {
      "Content-Length: 1073741824\r\n\r\nhello",
      "Transfer-Encoding: chunked\r\n\r\n40000000\r\nhello"
    };
    Limits gigabyte = LIMITS.toBuilder().bodyBytes(1 << 30).build();
    CountDownLatch waiting = new CountDownLatch(100);
    CountDownLatch end = new CountDownLatch(1);
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      String bytes = "POST / HTTP/1.1\r\nHost: a\r\n" + announcements[i % 2];
      InputStream stalled = new StalledInput(bytes.getBytes(ISO_8859_1), waiting, end);
      clients.add(
          Thread.ofVirtual()
              .start(() ->
                  assertThrows(
                      ByteReader.Truncated.class,
                      () -> readOne(new ByteReader(stalled), gigabyte))));
    }
    assertTrue(waiting.await(10, TimeUnit.SECONDS), "a client uses more memory than it sends");
    end.countDown();
    for (Thread client : clients) {
      client.join();
    }
  }

  private static Request readOne(ByteReader reader, Limits limits) throws IOException, BadRequest {
    Request request = new RequestParser(reader, limits, REMOTE).parse();
    new RequestBody(request, reader, limits, expected -> {}).read();
    return request;
  }

  /** Delivers some bytes, and then blocks until it is ended. */
  private static final class StalledInput extends InputStream {
    private final InputStream bytes;
    private final CountDownLatch waiting;
    private final CountDownLatch end;

    StalledInput(byte[] bytes, CountDownLatch waiting, CountDownLatch end) {
      this.bytes = new ByteArrayInputStream(bytes);
      this.waiting = waiting;
      this.end = end;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int count = bytes.read(target, offset, length);
      if (count < 0) {
        waiting.countDown();
        assertDoesNotThrow(() -> end.await());
      }
      return count;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }
  }
}
