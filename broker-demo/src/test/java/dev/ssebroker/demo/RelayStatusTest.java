package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RelayStatusTest {

  @Test
  void absentValuesAreNull() {
    assertEquals(
        "{\"url\":\"http://a/\",\"state\":\"open\",\"error\":null,\"retryInMillis\":null,"
            + "\"relayed\":7}",
        new RelayStatus("http://a/", RelayStatus.State.OPEN, null, OptionalLong.empty(), 7)
            .toJson());
  }

  @Test
  void textIsEscaped() {
    assertEquals(
        "{\"url\":\"http://a/\",\"state\":\"waiting\",\"error\":\"\\\"\\\\\\n\\u0000é\\ud83d\","
            + "\"retryInMillis\":12,\"relayed\":0}",
        new RelayStatus(
                "http://a/", RelayStatus.State.WAITING, "\"\\\n\0é\uD83D", OptionalLong.of(12), 0)
            .toJson());
  }
}
