package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import okio.Buffer;
import okio.Okio;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamFilterTest {
  private static final String TRUNCATION = "\nevent: \0cut\ndata: \n\n";

  private final List<Long> retries = new ArrayList<>();

  /** HTML §9.2.6: a retry is digits only; CR, LF and CRLF end a line. */
  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r", "\r\n"})
  void retryIsReportedForEveryLineEndWhereverTheStreamIsSplit(String end) throws IOException {
    String stream =
        "retry: 10\nretry:20\nretry: x\nretry: -1\nretrying: 5\ndata: retry: 6\nretry: 30\n\nretry: 4"
            .replace("\n", end);
    for (int piece = 1; piece <= stream.length(); piece++) {
      retries.clear();
      assertEquals(stream, read(stream, 1000, piece));
      assertEquals(List.of(10L, 20L, 30L), retries);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r", "\r\n"})
  void eventThatIsTooLargeIsTruncatedAndTheNextOneIsComplete(String end) throws IOException {
    String before = "data: 1234\n\n".replace("\n", end);
    String large = "data: 12345\ndata: 6\nid: 7\n\n".replace("\n", end);
    String stream = before + large + before;
    for (int piece = 1; piece <= stream.length(); piece++) {
      // The LF of the CRLF that ends the discarded part may be passed on, as one more empty line.
      String filtered = read(stream, 10, piece).replace("\r\n", "\n").replace("\r", "\n");
      assertEquals(
          "data: 1234\n\ndata: 1234" + TRUNCATION + "data: 1234\n\n",
          filtered.replace("\n\n\n", "\n\n"));
    }
  }

  private String read(String stream, int maxEventBytes, int piece) throws IOException {
    StreamFilter filter =
        new StreamFilter(new Buffer().writeUtf8(stream), maxEventBytes, retries::add);
    Buffer filtered = new Buffer();
    while (filter.read(filtered, piece) >= 0) {}
    return Okio.buffer((okio.Source) filtered).readUtf8();
  }
}
