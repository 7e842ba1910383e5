package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both transports behave alike. */
@Timeout(60)
class TransportIT {
  /** More than the sockets' buffers hold. */
  private static final int BYTES = 32 << 20;

  private static final int PATIENCE_MILLIS = 20_000;

  /** How a transport is made. */
  enum Kind {
    BLOCKING {
      @Override
      Transport of(SocketChannel channel, Watch watch) {
        return BlockingTransport.plain(channel);
      }
    },
    SELECTED {
      @Override
      Transport of(SocketChannel channel, Watch watch) {
        return new SelectedTransport(channel, watch);
      }
    };

    abstract Transport of(SocketChannel channel, Watch watch);
  }

  private Watch watch;
  private Thread watching;
  private Socket client;
  private SocketChannel channel;
  private Transport transport;

  @BeforeEach
  void connect() throws IOException {
    watch = new Watch(Limits.DEFAULT);
    watching = Thread.ofPlatform().start(watch);
    try (ServerSocketChannel listening = ServerSocketChannel.open()) {
      listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      client = new Socket(InetAddress.getLoopbackAddress(), listening.socket().getLocalPort());
      client.setSoTimeout(PATIENCE_MILLIS);
      channel = listening.accept();
    }
  }

  @AfterEach
  void close() throws Exception {
    channel.close();
    client.close();
    watch.close();
    watching.join();
  }

  private void begin(Kind kind) throws IOException {
    transport = kind.of(channel, watch);
    transport.open();
    transport.beginStream();
  }

  private void write(byte[] bytes) throws IOException {
    transport.write(transport.buffer(bytes.length).put(bytes));
  }

  @ParameterizedTest
  @EnumSource
  void blockedWriterGoesOnAsTheClientReads(Kind kind) throws Exception {
    begin(kind);
    byte[] bytes = new byte[BYTES];
    new Random(1).nextBytes(bytes);
    Thread writer = Thread.ofVirtual().start(() -> writeAndClose(bytes));
    awaitBlocked(writer);

    assertArrayEquals(bytes, client.getInputStream().readAllBytes());
    writer.join();
  }

  private void writeAndClose(byte[] bytes) {
    try (Transport open = transport) {
      open.write(open.buffer(bytes.length).put(bytes));
    } catch (IOException e) {
      // The client notices that bytes are missing.
    }
  }

  @ParameterizedTest
  @EnumSource
  void closeFreesTheWriter(Kind kind) throws Exception {
    begin(kind);
    CompletableFuture<IOException> thrown = new CompletableFuture<>();
    Thread writer =
        Thread.ofVirtual()
            .start(() ->
                thrown.complete(assertThrows(IOException.class, () -> write(new byte[BYTES]))));
    awaitBlocked(writer);
    transport.close();

    thrown.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    assertThrows(IOException.class, () -> write(new byte[1]));
  }

  /** Runs what may block, and returns when the transport has called the action. */
  private CountDownLatch awaitDisconnect() {
    CountDownLatch disconnected = new CountDownLatch(1);
    Thread.ofVirtual().start(() -> transport.awaitDisconnect(disconnected::countDown));
    return disconnected;
  }

  @ParameterizedTest
  @EnumSource
  void clientThatClosesItsSideIsDisconnected(Kind kind) throws Exception {
    begin(kind);
    CountDownLatch disconnected = awaitDisconnect();
    client.getOutputStream().write("unasked".getBytes(StandardCharsets.US_ASCII));
    client.shutdownOutput();

    disconnected.await();
    write(new byte[] {42});
    assertEquals(42, client.getInputStream().read());
  }

  @ParameterizedTest
  @EnumSource
  void clientThatResetsIsDisconnected(Kind kind) throws Exception {
    begin(kind);
    CountDownLatch disconnected = awaitDisconnect();
    client.setSoLinger(true, 0);
    client.close();

    disconnected.await();
  }

  @ParameterizedTest
  @EnumSource
  void clientThatSendsTooMuchIsDisconnected(Kind kind) throws Exception {
    begin(kind);
    CountDownLatch disconnected = awaitDisconnect();
    client.getOutputStream().write(new byte[Transport.MAX_UNSOLICITED_BYTES - 1]);
    client.getOutputStream().write(1);

    disconnected.await();
  }

  /** The client may still be sending when it receives the end of its stream. */
  @ParameterizedTest
  @EnumSource
  void clientMaySendMuchAfterTheOutputIsShutDown(Kind kind) throws Exception {
    begin(kind);
    CountDownLatch disconnected = awaitDisconnect();
    write(new byte[] {42});
    transport.shutdownOutput();
    client.getOutputStream().write(new byte[BYTES]);

    assertEquals(1, disconnected.getCount());
    assertEquals(42, client.getInputStream().read());
    assertEquals(-1, client.getInputStream().read());
    client.close();
    disconnected.await();
  }

  @ParameterizedTest
  @EnumSource
  void actionRunsWhenTheTransportIsClosed(Kind kind) throws Exception {
    begin(kind);
    CountDownLatch disconnected = awaitDisconnect();
    transport.close();
    disconnected.await();
  }

  @ParameterizedTest
  @EnumSource
  void actionRunsIfTheTransportWasClosedBefore(Kind kind) throws Exception {
    begin(kind);
    transport.close();
    CountDownLatch disconnected = awaitDisconnect();
    disconnected.await();
  }

  /** A server may close while a stream begins. */
  @Test
  void streamThatBeginsWhenTheWatchHasEndedIsRefused() throws Exception {
    watch.close();
    transport = new SelectedTransport(channel, watch);
    assertThrows(IOException.class, transport::beginStream);
  }

  /** The socket may be closed between the watch's select and its handling. */
  @Test
  void transportThatIsClosedBeforeTheWatchHandlesItIsIgnored() throws Exception {
    SelectedTransport selected = new SelectedTransport(channel, watch);
    channel.configureBlocking(false);
    SelectionKey key = watch.register(channel, selected);
    selected.close();

    assertDoesNotThrow(() -> selected.ready(key, ByteBuffer.allocate(1)));
  }

  /** The writer waits for nothing but the socket. */
  private static void awaitBlocked(Thread writer) {
    while (writer.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
  }
}
