package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameTest {
  private static final byte[] ID_PREFIX = EventStreamEncoder.idPrefix("e");

  @ParameterizedTest
  @ValueSource(longs = {1, 9, 10, 99, 100, 1_234_567_890_123L, Long.MAX_VALUE})
  void eventIsClosedWithItsPlace(long sequence) {
    Frame frame = complete(Event.of("x").withKey("k"), sequence);

    assertEquals("data: x\nid: e-%d\n\n".formatted(sequence), Frames.text(frame));
    assertEquals(sequence, frame.sequence());
    assertEquals(7, frame.publishedNanos());
    assertEquals("t k", frame.key());
    assertNull(frame.ownId());
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "order-17", "._~-"})
  void eventIsClosedWithTheIdThatThePublisherChose(String id) {
    Frame frame = complete(Event.of("x").withId(id), 12);

    assertEquals("data: x\nid: %s\n\n".formatted(id), Frames.text(frame));
    assertEquals(12, frame.sequence());
    assertEquals(id, frame.ownId());
    assertNull(frame.key());
  }

  @ParameterizedTest
  @MethodSource
  void frameHasNoMoreRoomThanItsLongestIdTakes(Event event) {
    Frame frame = EventStreamEncoder.encode("t", event, ID_PREFIX);
    int room = frame.maxLength();

    frame.complete(ID_PREFIX, Long.MAX_VALUE, 7);

    assertEquals(room, frame.length());
  }

  static Stream<Arguments> frameHasNoMoreRoomThanItsLongestIdTakes() {
    return Stream.of(arguments(Event.of("x")), arguments(Event.of("tick", "é\n").withId("own")));
  }

  @Test
  void eventWithoutItsIdIsOtherwiseTheSame() {
    Frame frame = complete(Event.of("tick", "x").withKey("k"), 12);

    Frame bare = frame.withoutId();

    assertEquals("event: tick\ndata: x\n\n", Frames.text(bare));
    assertEquals(12, bare.sequence());
    assertEquals(7, bare.publishedNanos());
    assertEquals("t k", bare.key());
    assertEquals("event: tick\ndata: x\nid: e-12\n\n", Frames.text(frame));
  }

  @Test
  void eventWithoutThePublishersIdHasNone() {
    Frame bare = complete(Event.of("x").withId("own"), 12).withoutId();

    assertEquals("data: x\n\n", Frames.text(bare));
    assertNull(bare.ownId());
  }

  private static Frame complete(Event event, long sequence) {
    Frame frame = EventStreamEncoder.encode("t", event, ID_PREFIX);
    frame.complete(ID_PREFIX, sequence, 7);
    return frame;
  }
}
