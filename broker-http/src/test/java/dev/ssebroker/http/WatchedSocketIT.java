package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WatchedSocketIT {
  /** More than the sockets' buffers hold. */
  private static final int BYTES = 32 << 20;

  private static final int PATIENCE_MILLIS = 20_000;

  private Watch watch;
  private Thread watching;
  private Socket client;
  private WatchedSocket socket;

  @BeforeEach
  void connect() throws IOException {
    watch = new Watch(Limits.DEFAULT);
    watching = Thread.ofPlatform().start(watch);
    try (ServerSocketChannel listening = ServerSocketChannel.open()) {
      listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      client = new Socket(InetAddress.getLoopbackAddress(), listening.socket().getLocalPort());
      client.setSoTimeout(PATIENCE_MILLIS);
      socket = watch.register(listening.accept());
    }
  }

  @AfterEach
  void close() throws Exception {
    socket.close();
    client.close();
    watch.close();
    watching.join();
  }

  @Test
  void parkedWriterGoesOnAsTheClientReads() throws Exception {
    byte[] bytes = new byte[BYTES];
    new Random(1).nextBytes(bytes);
    Thread writer = Thread.ofVirtual().start(() -> writeAndClose(bytes));
    awaitParked(writer);

    assertArrayEquals(bytes, client.getInputStream().readAllBytes());
    writer.join();
  }

  private void writeAndClose(byte[] bytes) {
    try (WatchedSocket out = socket) {
      out.write(bytes);
    } catch (IOException e) {
      // The client notices that bytes are missing.
    }
  }

  @Test
  void closeFreesTheWriter() throws Exception {
    CompletableFuture<IOException> thrown = new CompletableFuture<>();
    Thread writer =
        Thread.ofVirtual()
            .start(() ->
                thrown.complete(
                    assertThrows(IOException.class, () -> socket.write(new byte[BYTES]))));
    awaitParked(writer);
    socket.close();

    thrown.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    assertThrows(IOException.class, () -> socket.write(1));
  }

  @Test
  void clientThatClosesItsSideIsDisconnected() throws Exception {
    CountDownLatch disconnected = new CountDownLatch(1);
    socket.onDisconnect(disconnected::countDown);
    client.getOutputStream().write("unasked".getBytes(StandardCharsets.US_ASCII));
    client.shutdownOutput();

    disconnected.await();
    socket.write(42);
    assertEquals(42, client.getInputStream().read());
  }

  @Test
  void clientThatResetsIsDisconnected() throws Exception {
    CountDownLatch disconnected = new CountDownLatch(1);
    socket.onDisconnect(disconnected::countDown);
    client.setSoLinger(true, 0);
    client.close();

    disconnected.await();
  }

  @Test
  void clientThatSendsTooMuchIsDisconnected() throws Exception {
    CountDownLatch disconnected = new CountDownLatch(1);
    socket.onDisconnect(disconnected::countDown);
    client.getOutputStream().write(new byte[Connection.MAX_UNSOLICITED_BYTES - 1]);
    client.getOutputStream().write(1);

    disconnected.await();
  }

  @Test
  void closedSocketIsNotWatched() throws Exception {
    AtomicBoolean disconnected = new AtomicBoolean();
    socket.close();
    socket.onDisconnect(() -> disconnected.set(true));
    watch.close();
    watching.join();

    assertFalse(disconnected.get(), "a close is not a disconnect");
  }

  /** A server may close while a stream begins. */
  @Test
  void endedWatchRegistersNoChannel() throws Exception {
    watch.close();
    try (SocketChannel channel = SocketChannel.open()) {
      assertThrows(IOException.class, () -> watch.register(channel));
    }
  }

  /** The socket may be closed between the watch's select and its handling. */
  @Test
  void socketThatIsClosedBeforeTheWatchHandlesItIsIgnored() throws Exception {
    socket.close();

    assertDoesNotThrow(() -> socket.ready(ByteBuffer.allocate(1)));
  }

  /** The writer waits for nothing but the socket. */
  private static void awaitParked(Thread writer) {
    while (writer.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
  }
}
