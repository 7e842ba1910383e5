package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventIdTest {
  private static final String LONGEST_EPOCH = "e".repeat(62);

  @ParameterizedTest
  @CsvSource({
    "abc-1, abc, 1",
    "abc-0, abc, 0",
    "0-7, 0, 7",
    "aZ09._~-42, aZ09._~, 42",
    "abc-999999999999999999, abc, 999999999999999999",
  })
  void idIsAnEpochAndASequence(String text, String epoch, long sequence) {
    EventId id = new EventId(epoch, sequence);

    assertEquals(Optional.of(id), EventId.parse(text));
    assertEquals(text, id.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "abc",
        "abc-",
        "-1",
        "1",
        "abc-01",
        "abc-00",
        "abc-+1",
        "abc--1",
        "a-b-1",
        "abc-1x",
        "abc-1 ",
        " abc-1",
        "abc -1",
        "abc-1\n",
        "a\0c-1",
        "abc:1",
        "a:c-1",
        "a/c-1",
        "äbc-1",
        "abc-١",
        "abc-1000000000000000000",
        "abc-9223372036854775807",
        "abc-99999999999999999999999999",
      })
  void whatNoBrokerGaveOutIsNoId(String text) {
    assertEquals(Optional.empty(), EventId.parse(text));
  }

  @Test
  void idHasAtMost64Characters() {
    assertEquals(Optional.of(new EventId(LONGEST_EPOCH, 1)), EventId.parse(LONGEST_EPOCH + "-1"));
    assertEquals(Optional.empty(), EventId.parse(LONGEST_EPOCH + "-10"));
    assertEquals(Optional.empty(), EventId.parse("e".repeat(1_000_000) + "-1"));
  }

  @Test
  void epochsAreValidAndDoNotRepeat() {
    Set<String> epochs = new HashSet<>();
    for (int i = 0; i < 10_000; i++) {
      EventId id = new EventId(EventId.newEpoch(), 123456789012345678L);
      assertEquals(Optional.of(id), EventId.parse(id.toString()));
      assertTrue(epochs.add(id.epoch()));
    }
  }
}
