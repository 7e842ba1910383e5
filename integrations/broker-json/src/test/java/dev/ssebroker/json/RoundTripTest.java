package dev.ssebroker.json;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.ssebroker.Event;
import dev.ssebroker.http.BodyFormat;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random events. Their writer shares no code with the reader. */
class RoundTripTest {
  private static final String LETTERS = "aZ 09\"\\/\b\f\n\r\t\u0000\u001f\u007fé\u2028\uFEFF\uFFFF";
  private static final String[] NUMBERS = {
    "0", "-0", "7", "-13", "0.10", "1e9", "1E-7", "-2.5e+300", "18446744073709551616"
  };

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);

  @Test
  void documentsRoundTrip() {
    for (int i = 0; i < 2000; i++) {
      JsonText text = new JsonText(random);
      List<Event> events = new ArrayList<>();
      text.token("[");
      for (int left = random.nextInt(5); left > 0; left--) {
        events.add(write(text));
        text.token(left > 1 ? "," : "");
      }
      text.token("]");
      assertRead(events, JsonEvents.json(), text.loose);
      assertRead(events, JsonEvents.json(), text.compact);
    }
  }

  @Test
  void linesRoundTrip() {
    for (int i = 0; i < 2000; i++) {
      StringBuilder lines = new StringBuilder();
      List<Event> events = new ArrayList<>();
      for (int left = random.nextInt(5); left > 0; left--) {
        JsonText text = new JsonText(random);
        events.add(write(text));
        lines.append(text.loose).append("\n".repeat(1 + random.nextInt(2)));
      }
      assertRead(events, JsonEvents.lines(), lines);
    }
  }

  private Event write(JsonText text) {
    List<String> members = new ArrayList<>(List.of("data", "type", "id", "key", "retry"));
    members.removeIf(member -> !member.equals("data") && random.nextBoolean());
    Collections.shuffle(members, random);
    String data = "";
    String type = Event.MESSAGE;
    Optional<Duration> retry = Optional.empty();
    Optional<String> key = Optional.empty();
    Optional<String> id = Optional.empty();
    text.token("{");
    for (String member : members) {
      text.token(member.equals(members.getFirst()) ? "" : ",").string(member).token(":");
      switch (member) {
        case "data" -> data = data(text);
        case "type" -> {
          type = "t" + string().replaceAll("[\n\r\u0000]", "");
          text.string(type);
        }
        case "id" -> {
          id = Optional.of("~a.B_" + random.nextInt(1000) + "-");
          text.string(id.get());
        }
        case "key" -> {
          key = Optional.of(string());
          text.string(key.get());
        }
        default -> retry = Optional.of(retry(text));
      }
    }
    text.token("}");
    return new Event(type, data, retry, key, id);
  }

  private Duration retry(JsonText text) {
    int millis = random.nextInt(3_600_001);
    text.token(Integer.toString(millis));
    return Duration.ofMillis(millis);
  }

  private String data(JsonText text) {
    if (random.nextBoolean()) {
      String string = string();
      text.string(string);
      return string;
    }
    int begin = text.compact.length();
    container(text, 1 + random.nextInt(5));
    return text.compact.substring(begin);
  }

  private void value(JsonText text, int depth) {
    switch (random.nextInt(depth > 0 ? 7 : 5)) {
      case 0 -> text.token("null");
      case 1 -> text.token("true");
      case 2 -> text.token("false");
      case 3 -> text.token(NUMBERS[random.nextInt(NUMBERS.length)]);
      case 4 -> text.string(string());
      default -> container(text, depth);
    }
  }

  private void container(JsonText text, int depth) {
    boolean object = random.nextBoolean();
    text.token(object ? "{" : "[");
    int size = random.nextInt(4);
    for (int i = 0; i < size; i++) {
      text.token(i == 0 ? "" : ",");
      if (object) {
        text.string(string()).token(":");
      }
      value(text, depth - 1);
    }
    text.token(object ? "}" : "]");
  }

  private String string() {
    StringBuilder string = new StringBuilder();
    for (int left = random.nextInt(12); left > 0; left--) {
      if (random.nextInt(10) == 0) {
        string.append("\uD83D\uDE80");
      } else {
        string.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
      }
    }
    return string.toString();
  }

  private void assertRead(List<Event> events, BodyFormat format, StringBuilder text) {
    String input = "-Dseed=" + seed + ": " + text;
    List<Event> read =
        assertDoesNotThrow(
            () -> format.read(text.toString().getBytes(StandardCharsets.UTF_8)), input);
    assertEquals(events, read, input);
  }
}
