package peers;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;

/** Publishes to nchan by pipelined POST requests on one connection. */
final class Main {
  public static void main(String[] args) throws IOException {
    Ticker ticker = Ticker.of(args);
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), ticker.port());
    socket.setTcpNoDelay(true);
    Thread.ofPlatform().name("responses").daemon().start(() -> skip(socket));
    OutputStream out = socket.getOutputStream();
    ticker.start(
        data -> {
          try {
            out.write(
                ("POST /publish HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: "
                        + data.length() + "\r\n\r\n" + data)
                    .getBytes(US_ASCII));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static void skip(Socket socket) {
    try (InputStream in = socket.getInputStream()) {
      in.transferTo(OutputStream.nullOutputStream());
      throw new IOException("nchan ended the connection");
    } catch (IOException e) {
      System.err.println(e);
      System.exit(1);
    }
  }
}
