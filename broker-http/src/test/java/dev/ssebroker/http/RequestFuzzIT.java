package dev.ssebroker.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.http.RequestModel.Accepted;
import dev.ssebroker.http.ResponseReader.Response;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Valid and mutated requests over sockets. Each request that the model accepts gets a well-formed
 * answer, in order. Then follows an error or the end, and other clients are served as before. Seeds
 * work as in {@link RequestFuzzTest}; {@code -Dfuzz.connections=…} sets the number of connections.
 */
class RequestFuzzIT {
  private static final int CONNECTIONS = Integer.getInteger("fuzz.connections", 2000);

  private final Broker broker = Broker.open();
  private final SseServer server;

  RequestFuzzIT() throws IOException {
    server =
        SseServer.builder(broker, RequestFuzzIT::decide)
            .port(0)
            .limits(RequestGrammar.LIMITS)
            .publishing("/topics/")
            .authorizer((request, access, topics) -> Permission.granted(topics))
            .start();
  }

  private static Decision decide(Request request) {
    return request.path().equals("/page")
        ? Decision.answer("text/plain;charset=utf-8", "hello")
        : Decision.refuse(404);
  }

  @AfterEach
  void closeAndCheck() {
    assertTrue(server.close(SseServer.DEFAULT_DRAIN));
    broker.close();
  }

  @Test
  void everyAnswerIsWellFormed() throws Exception {
    RequestGrammar.seeds(CONNECTIONS).parallel().forEach(this::check);
    try (Socket good = connect()) {
      good.getOutputStream().write("GET /page HTTP/1.0\r\n\r\n".getBytes(ISO_8859_1));
      assertEquals("hello", new ResponseReader(good.getInputStream()).answer(false).body());
    }
  }

  private void check(long seed) {
    byte[] bytes = new RequestGrammar(seed).bytes();
    try (Socket socket = connect()) {
      send(bytes, socket, new SplittableRandom(seed));
      socket.shutdownOutput();
      readAnswers(new ResponseReader(socket.getInputStream()), bytes);
    } catch (IOException | RuntimeException | Error e) {
      throw new AssertionError("seed " + seed + ": " + RequestGrammar.escaped(bytes), e);
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(server.address().getAddress(), server.port());
    socket.setSoTimeout(10_000);
    socket.setTcpNoDelay(true);
    return socket;
  }

  private static void send(byte[] bytes, Socket socket, SplittableRandom random)
      throws IOException {
    int largest = random.nextInt(3) == 0 ? 50 : bytes.length;
    int done = 0;
    while (done < bytes.length) {
      int size = Math.min(bytes.length - done, 1 + random.nextInt(largest));
      socket.getOutputStream().write(bytes, done, size);
      done += size;
    }
  }

  private static void readAnswers(ResponseReader reader, byte[] bytes) throws IOException {
    List<Accepted> accepted = RequestModel.accepted(bytes, RequestGrammar.LIMITS);
    for (Accepted request : accepted) {
      Response answer = answer(reader, request.method().equals("HEAD"));
      if (answer.closes()) {
        reader.assertEnd();
        return;
      }
    }
    if (!reader.atEnd()) {
      Response refusal = reader.refusal();
      if (refusal.status() == 100 && reader.atEnd()) {
        return;
      }
      assertRefused(refusal.status() == 100 ? reader.refusal() : refusal, bytes);
      reader.assertEnd();
    }
  }

  private static void assertRefused(Response refusal, byte[] bytes) {
    assertTrue(refusal.status() >= 400 || expectsWord(bytes), refusal.toString());
    assertTrue(refusal.closes(), refusal.toString());
  }

  /**
   * A body that waits for 100 Continue may be truncated or malformed, because nobody reads it (RFC
   * 9110 §10.1.1).
   */
  private static boolean expectsWord(byte[] bytes) {
    return new String(bytes, ISO_8859_1).toLowerCase(Locale.ROOT).contains("100-continue");
  }

  private static Response answer(ResponseReader reader, boolean toHead) throws IOException {
    Response answer = reader.answer(toHead);
    return answer.status() == 100 ? reader.answer(toHead) : answer;
  }
}
