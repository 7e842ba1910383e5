package dev.ssebroker.demo;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineReaderTest {

  @Test
  void lineEndsWithLfOrCrlfOrTheInput() throws IOException {
    assertEquals(List.of("a", "", "b\rc", "d"), lines("a\n\r\nb\rc\r\nd"));
    assertEquals(List.of("a"), lines("a\n"));
    assertEquals(List.of(), lines(""));
  }

  @Test
  void lineLongerThanTheBufferIsReturnedWhole() throws IOException {
    String text = "x".repeat(200_000);

    assertEquals(List.of(text, "y"), lines(text + "\ny"));
  }

  @Test
  void lineUpToTheMaximumLengthIsReturned() throws IOException {
    LineReader reader = reader("1234\r\n12345x", 4);

    assertEquals("1234", new String(reader.next().orElseThrow(), US_ASCII));
    assertThrows(LineReader.TooLong.class, reader::next);
  }

  @ParameterizedTest
  @ValueSource(strings = {"12345\n", "12345", "12345\r\n"})
  void lineThatIsOneByteTooLongIsRefused(String text) {
    assertThrows(LineReader.TooLong.class, () -> reader(text, 4).next());
  }

  private static LineReader reader(String text, int maxBytes) {
    return new LineReader(new ByteArrayInputStream(text.getBytes(US_ASCII)), maxBytes);
  }

  private static List<String> lines(String text) throws IOException {
    LineReader reader = reader(text, 1 << 20);
    List<String> lines = new ArrayList<>();
    Optional<byte[]> line = reader.next();
    while (line.isPresent()) {
      lines.add(new String(line.get(), US_ASCII));
      line = reader.next();
    }
    return lines;
  }
}
