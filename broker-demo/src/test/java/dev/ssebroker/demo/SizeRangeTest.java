package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizeRangeTest {
  private final SizeRange range = new SizeRange(0, 1L << 40);

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0",
    "4096, 4096, 4KiB",
    "10B, 10, 10",
    "1099511627776, 1099511627776, 1TiB",
    "512KiB, 524288, 512KiB",
    "1024KiB, 1048576, 1MiB",
    "64MiB, 67108864, 64MiB",
    "1TiB, 1099511627776, 1TiB",
  })
  void wholeNumberWithAUnitIsParsed(String text, long bytes, String shown) {
    assertEquals(bytes, range.read(text));
    assertEquals(shown, SizeRange.format(bytes));
    assertEquals(bytes, range.read(shown));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "MiB", "1 MiB", "1MB", "1mib", "1.5MiB", "-1", "+1", "1e3", "99999999999999"})
  void otherFormIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> range.read(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2TiB", "999999TiB", "1025GiB", "9999999999999"})
  void sizeOutOfBoundsIsRefusedWithoutOverflow(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> range.read(text));
    assertEquals("'" + text + "' is out of bounds; allowed is from 0 to 1TiB", e.getMessage());
  }
}
