package dev.ssebroker.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventScannerTest {
  private static final String TIME = "1795375685547318862";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "data: T=17;N=3;xxx~~ | 17/3",
        "data:T=17;N=3;~~ | 17/3",
        "data: T=" + TIME + ";N=12345678901;x~id: 7~~ | " + TIME + "/12345678901",
        "data: T=17;~~ | 17/-1",
        "data: T=17;NN=3;~~ | 17/-1",
        "data: T=17;N=3~~ | 17/-1",
        "data: T=17;N=;~~ | 17/-1",
        "data: {\"at\":\"T=17;N=3;\",\"T=\":1}~~ | 17/3",
        "data: TT=17;~~ | 17/-1",
        "data: T=x T=17;~~ | 17/-1",
        "data: T=1T=17;~~ | 17/-1",
        "data: T=~data: xxxxxxxxxxxxxxxxxxx\tT=17;N=3;~~ | 17/3",
        "data: T=17;N=3;~data: T=18;N=4;~~ | 17/3",
        "data: T=17;N=3;~~data: T=18;N=4;~~ | 17/3 18/4",
        "id: T=1;~: T=2;~event: T=3;~T=4;~verylongname: T=5;~data~~ | ''",
        "data: T=17;N=3;~ | ''",
        "data: T=;~~ | ''",
        "data: T=123456789012345678901234567890;~~ | ''",
        "data: T=99999999999999999999;~~ | ''",
        "event: gap~data: {}~~data: T=1;~~ | gap 1/-1",
        "event:gap~data:~~ | gap",
        "event: gaps~data:~~event: ga~data:~~event: longerthaneight~data: T=1;~~ | 1/-1",
        "event: gap~event: tick~data: T=1;~~ | 1/-1",
      })
  void marksAreFoundWhereverTheStreamIsSplit(String stream, String found) {
    for (String end : List.of("\n", "\r\n", "\r")) {
      byte[] bytes = stream.replace("~", end).getBytes(StandardCharsets.UTF_8);
      for (int slice = 1; slice <= bytes.length; slice++) {
        assertEquals(found, scan(bytes, slice, slice), () -> "line ends " + end.length());
      }
      for (int first = 1; first < bytes.length; first++) {
        assertEquals(found, scan(bytes, first, bytes.length));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9, 64, 1000})
  void paddingDoesNotMatter(int size) {
    StringBuilder padding = new StringBuilder();
    for (int i = 0; i < size; i++) {
      padding.append((char) (' ' + i * 31 % 500));
    }
    String event = "data: " + padding.toString().replace('T', 't') + "T=17;N=3;" + padding + "\n\n";
    byte[] bytes = (event + event).getBytes(StandardCharsets.UTF_8);
    for (int slice = 1; slice <= 20; slice++) {
      assertEquals("17/3 17/3", scan(bytes, slice, slice));
    }
  }

  @Test
  void numbersOfAllLengthsAreRead() {
    for (int digits = 1; digits <= 18; digits++) {
      String number = "9081726354908172635".substring(0, digits);
      byte[] bytes =
          ("data: T=" + number + ";N=" + number + ";\n\n").getBytes(StandardCharsets.UTF_8);
      for (int slice = 1; slice <= bytes.length; slice++) {
        assertEquals(number + "/" + number, scan(bytes, slice, slice));
      }
    }
  }

  /** Scans the bytes in slices of these lengths and returns what is found. */
  private static String scan(byte[] bytes, int first, int others) {
    List<String> found = new ArrayList<>();
    EventScanner scanner =
        new EventScanner(
            new EventScanner.Listener() {
              @Override
              public void event(long time, long sequence) {
                found.add(time + "/" + sequence);
              }

              @Override
              public void gap() {
                found.add("gap");
              }
            });
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int from = 0;
    int to = Math.min(first, bytes.length);
    while (from < bytes.length) {
      scanner.scan(in, from, to);
      from = to;
      to = Math.min(to + others, bytes.length);
    }
    return String.join(" ", found);
  }
}
