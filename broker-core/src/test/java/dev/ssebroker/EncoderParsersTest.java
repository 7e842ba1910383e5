package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.ssebroker.EventStreamParser.Dispatched;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import okhttp3.MediaType;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the encoder writes, as two parsers read it that know nothing of it, nor of each other. */
class EncoderParsersTest {
  private static final int EVENTS = 10_000;
  private static final String EPOCH = "3x7q";

  /** What the format gives a meaning to, what other formats take for a line end, and some text. */
  private static final List<String> NASTY =
      List.of(
          "\n",
          "\n",
          "\n\n",
          "\r",
          "\r",
          "\r\n",
          "\r\n",
          "\n\r",
          " ",
          "  ",
          ":",
          ": ",
          "\0",
          "\t",
          "\uFEFF",
          "\u0085",
          "\u2028",
          "\u2029",
          "\u000B",
          "\u000C",
          "data",
          "data:",
          "data: ",
          "event",
          "event: x",
          "id",
          "id: 1",
          "id:",
          "retry: 1",
          "retry",
          "\uD83D\uDE00",
          "\u00e9",
          "\u4E2D",
          "\uFFFD",
          "\uFFFF",
          "\u007F",
          "a");

  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);
  private final ByteArrayOutputStream stream = new ByteArrayOutputStream();
  private final List<Dispatched> published = new ArrayList<>();

  /** The last of all; nothing if there was none. */
  private String reconnectionTime = "";

  @Test
  void bothParsersReadNumberedEventsAsTheyWerePublished() throws Exception {
    publish(EventStreamEncoder.idPrefix(EPOCH), EPOCH + "-");

    assertRead(EventStreamParser.parse(stream.toByteArray()).events());
    assertRead(readByOkHttp());
  }

  @Test
  void bothParsersReadEventsWithoutIdsAsTheyWerePublished() throws Exception {
    publish(EventStreamEncoder.idPrefix(""), "");

    assertRead(EventStreamParser.parse(stream.toByteArray()).events());
    assertRead(readByOkHttp());
  }

  /** OkHttp tells nobody of it. */
  @Test
  void parserOfTheStandardReadsTheLastReconnectionTime() throws Exception {
    publish(EventStreamEncoder.idPrefix(EPOCH), EPOCH + "-");

    EventStreamParser parser = EventStreamParser.parse(stream.toByteArray());

    assertEquals(reconnectionTime, parser.reconnectionTime(), this::seed);
  }

  private void publish(byte[] idPrefix, String expectedIdPrefix) {
    for (int i = 0; i < EVENTS; i++) {
      Event event = randomEvent();
      // All lengths of a number alike.
      long sequence = Math.max(1, random.nextLong() >>> random.nextInt(1, 64));
      Frame frame = EventStreamEncoder.encode("topic", event, idPrefix);
      frame.complete(idPrefix, sequence, 0);
      write(frame);
      if (random.nextInt(10) == 0) {
        write(EventStreamEncoder.comment());
      }
      String id = expectedIdPrefix.isEmpty() ? "" : expectedIdPrefix + sequence;
      published.add(new Dispatched(event.type(), withLf(event.data()), id));
    }
  }

  private void write(Frame frame) {
    stream.writeBytes(Frames.bytes(frame));
  }

  private Event randomEvent() {
    String type = randomText().replaceAll("[\r\n\0]", "");
    Event event = Event.of(type.isEmpty() ? Event.MESSAGE : type, randomText());
    if (random.nextInt(10) > 0) {
      return event;
    }
    Duration retry = Duration.ofMillis(random.nextLong(Event.MAX_RETRY.toMillis() + 1));
    reconnectionTime = Long.toString(retry.toMillis());
    return event.withRetry(retry);
  }

  private String randomText() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      text.append(NASTY.get(random.nextInt(NASTY.size())));
    }
    return text.toString();
  }

  /** HTML §9.2.6: the lines of an event's data are joined by LF, whatever ended them before. */
  private static String withLf(String text) {
    return text.replace("\r\n", "\n").replace('\r', '\n');
  }

  private List<Dispatched> readByOkHttp() {
    List<Dispatched> events = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    try (Response response = response()) {
      EventSources.processResponse(response, new Reader(events, failures));
    }
    assertEquals(List.of(), failures, this::seed);
    return events;
  }

  private Response response() {
    return new Response.Builder()
        .request(new Request.Builder().url("http://localhost/").build())
        .protocol(Protocol.HTTP_1_1)
        .code(200)
        .message("OK")
        .body(ResponseBody.create(stream.toByteArray(), MediaType.get("text/event-stream")))
        .build();
  }

  private static final class Reader extends EventSourceListener {
    private final List<Dispatched> events;
    private final List<String> failures;

    Reader(List<Dispatched> events, List<String> failures) {
      this.events = events;
      this.failures = failures;
    }

    /** The type and the id are null where the standard has its defaults. */
    @Override
    public void onEvent(
        EventSource source, @Nullable String id, @Nullable String type, String data) {
      events.add(new Dispatched(type == null ? Event.MESSAGE : type, data, id == null ? "" : id));
    }

    @Override
    public void onFailure(
        EventSource source, @Nullable Throwable failure, @Nullable Response response) {
      failures.add(String.valueOf(failure));
    }
  }

  /** One by one: of 10,000 that differ, the first is the one to look at. */
  private void assertRead(List<Dispatched> events) {
    for (int i = 0; i < Math.min(events.size(), published.size()); i++) {
      int at = i;
      assertEquals(published.get(i), events.get(i), () -> "event " + at + " of " + seed());
    }
    assertEquals(published.size(), events.size(), this::seed);
  }

  private String seed() {
    return "seed " + seed;
  }
}
