package dev.ssebroker.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseReaderTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";
  private static final String EVENTS =
      "retry: 5\n\ndata: T=17;N=3;xxx\nid: a\n\ndata: T=18;N=4;xxx\nid: b\n\n";

  private int events;
  private long lastSequence;

  @Test
  void chunksMayHaveAnyLength() throws Exception {
    for (int chunk = 1; chunk <= EVENTS.length(); chunk++) {
      StringBuilder body = new StringBuilder();
      for (int from = 0; from < EVENTS.length(); from += chunk) {
        String part = EVENTS.substring(from, Math.min(from + chunk, EVENTS.length()));
        body.append(Integer.toHexString(part.length())).append(";x=\"y\"\r\n");
        body.append(part).append("\r\n");
      }
      byte[] response =
          bytes(OK + "transfer-encoding: Chunked\r\n\r\n" + body + "0\r\nTrailer: x\r\n\r\n");
      for (int slice = 1; slice <= response.length; slice += 7) {
        assertTrue(read(response, slice).isEnded());
        assertFound();
      }
    }
  }

  @Test
  void chunkIsReadBeforeItIsComplete() throws Exception {
    read(bytes(OK + "Transfer-Encoding: chunked\r\n\r\nFFFF\r\n" + EVENTS), 9);
    assertFound();
  }

  @Test
  void bodyWithoutLengthEndsWithTheConnection() throws Exception {
    assertFalse(read(bytes(OK + "\r\n" + EVENTS), 5).isEnded());
    assertFound();
  }

  @Test
  void bodyEndsAtItsContentLength() throws Exception {
    String head = OK + "Content-Length: " + EVENTS.length() + "\r\n\r\n";
    assertTrue(read(bytes(head + EVENTS + EVENTS), 5).isEnded());
    assertFound();
  }

  @Test
  void linesOfTheHeadMayEndWithLfOnly() throws Exception {
    read(bytes(OK.replace("\r", "") + "\n" + EVENTS), 3);
    assertFound();
  }

  @Test
  void interimResponseIsSkipped() throws Exception {
    read(bytes("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + OK + "\r\n" + EVENTS), 4);
    assertFound();
  }

  @Test
  void gzipIsDecompressedWhereverItIsSplit() throws Exception {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(body, 512, true)) {
      for (String line : EVENTS.split("(?<=\n\n)", -1)) {
        gzip.write(bytes(line));
        gzip.flush();
      }
    }
    assertGzipIsRead(body.toByteArray());
  }

  @Test
  void gzipOfSeveralMembersWithOptionalHeadPartsIsRead() throws Exception {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (String line : EVENTS.split("(?<=\n\n)", -1)) {
      ByteArrayOutputStream member = new ByteArrayOutputStream();
      try (GZIPOutputStream gzip = new GZIPOutputStream(member)) {
        gzip.write(bytes(line));
      }
      byte[] plain = member.toByteArray();
      plain[3] = 2 + 4 + 8 + 16;
      body.write(plain, 0, 10);
      body.write(new byte[] {3, 0, 1, 2, 3, 'n', 0, 'c', 'c', 0, 9, 9});
      body.write(plain, 10, plain.length - 10);
    }
    assertGzipIsRead(body.toByteArray());
  }

  private void assertGzipIsRead(byte[] body) throws IOException, LoadFailure {
    ByteArrayOutputStream response = new ByteArrayOutputStream();
    response.write(bytes(OK + "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"));
    for (int from = 0; from < body.length; from += 5) {
      int length = Math.min(5, body.length - from);
      response.write(bytes(length + "\r\n"));
      response.write(body, from, length);
      response.write(bytes("\r\n"));
    }
    byte[] all = response.toByteArray();
    for (int slice = 1; slice <= all.length; slice++) {
      assertTrue(read(all, slice).isCompressed());
      assertFound();
    }
  }

  @Test
  void bodyThatIsNotGzipIsRefused() {
    byte[] response = bytes(OK + "Content-Encoding: gzip\r\n\r\n" + EVENTS);
    assertThrows(ZipException.class, () -> read(response, 10));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HTTP/1.1 404 Not Found~~ | the server answered '404 Not Found' instead of 200",
        "HTTP/1.1 302 Found~Location: /x~~ | the server answered '302 Found' instead of 200; it redirects to /x",
        "HTTP/1.1 200 OK~~ | the server answered with no content type instead of text/event-stream",
        "HTTP/1.1 200 OK~Content-Type: text/html~~ | the server answered with the content type 'text/html' instead of text/event-stream",
        "HTTP/1.1 200 OK~Content-Type: text/event-stream~Content-Encoding: br~~ | the server answered with the content encoding 'br'",
        "SSH-2.0-x~ | the server does not speak HTTP/1.1; it starts with: SSH-2.0-x~",
      })
  void responseThatIsNoEventStreamIsRefused(String response, String message) {
    byte[] bytes = bytes(response.replace("~", "\r\n"));
    LoadFailure e = assertThrows(LoadFailure.class, () -> read(bytes, 7));
    assertEquals(message.replace("~", "\r\n"), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"'x\r\n'", "'FFFFFFFFFF\r\n'", "'3\r\nabcd'"})
  void malformedChunkIsRefused(String body) {
    byte[] response = bytes(OK + "Transfer-Encoding: chunked\r\n\r\n" + body);
    assertThrows(ProtocolException.class, () -> read(response, response.length));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-5", "+5", "5,5", "five", "99999999999999999999"})
  void contentLengthThatIsNotANumberIsRefused(String length) {
    byte[] response = bytes(OK + "Content-Length: " + length + "\r\n\r\n" + EVENTS);
    assertThrows(ProtocolException.class, () -> read(response, response.length));
  }

  private void assertFound() {
    assertEquals(2, events);
    assertEquals(4, lastSequence);
  }

  private ResponseReader read(byte[] response, int slice) throws IOException, LoadFailure {
    events = 0;
    EventScanner scanner =
        new EventScanner(
            new EventScanner.Listener() {
              @Override
              public void event(long time, long sequence) {
                events++;
                lastSequence = sequence;
              }

              @Override
              public void gap() {}
            });
    ResponseReader reader =
        new ResponseReader(scanner, ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN));
    ByteBuffer in = ByteBuffer.wrap(response).order(ByteOrder.LITTLE_ENDIAN);
    while (in.limit() > in.position() && in.position() < response.length) {
      in.limit(Math.min(in.position() + slice, response.length));
      reader.read(in);
      in.limit(response.length);
    }
    reader.close();
    return reader;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
