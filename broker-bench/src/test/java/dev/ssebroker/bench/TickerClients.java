package dev.ssebroker.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/** Many clients of one {@link TickerServer}, read by one thread. */
final class TickerClients implements AutoCloseable {
  private final Selector selector = Selector.open();
  private final List<SocketChannel> channels = new ArrayList<>();
  private final List<Times> clients = new ArrayList<>();
  private final ByteBuffer buffer = ByteBuffer.allocate(256 * 1024);

  TickerClients(int port, int count) throws IOException {
    byte[] request = "GET /events HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    InetSocketAddress server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    for (int i = 0; i < count; i++) {
      SocketChannel channel = SocketChannel.open(server);
      channels.add(channel);
      channel.write(ByteBuffer.wrap(request));
      Times times = new Times();
      clients.add(times);
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ, times);
    }
  }

  /** Reads until each client has received so many events. */
  void readUntilEachHas(int events) throws IOException {
    int waiting = clients.size();
    while (waiting > 0) {
      selector.select(10_000);
      Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
      if (!keys.hasNext()) {
        throw new IOException("nothing arrived for ten seconds");
      }
      while (keys.hasNext()) {
        SelectionKey key = keys.next();
        keys.remove();
        Times times = (Times) key.attachment();
        boolean had = times.count >= events;
        read((SocketChannel) key.channel(), times);
        if (!had && times.count >= events) {
          waiting--;
        }
      }
    }
  }

  private void read(SocketChannel channel, Times times) throws IOException {
    buffer.clear();
    if (channel.read(buffer) < 0) {
      throw new EOFException("the server ended a stream");
    }
    buffer.flip();
    while (buffer.hasRemaining()) {
      times.next(buffer.get());
    }
  }

  List<long[]> received() {
    return clients.stream().map(Times::toArray).toList();
  }

  @Override
  public void close() throws IOException {
    for (SocketChannel channel : channels) {
      channel.close();
    }
    selector.close();
  }

  /** Finds {@code T=<digits>;} in a stream that may be cut anywhere. */
  private static final class Times {
    private enum State {
      OUTSIDE,
      MARK,
      DIGITS
    }

    private long[] times = new long[1024];
    private int count;
    private State state = State.OUTSIDE;
    private long number;

    void next(byte b) {
      switch (state) {
        case OUTSIDE -> state = b == 'T' ? State.MARK : State.OUTSIDE;
        case MARK -> {
          state = b == '=' ? State.DIGITS : State.OUTSIDE;
          number = 0;
        }
        case DIGITS -> {
          if (b == ';') {
            add(number);
            state = State.OUTSIDE;
          } else {
            number = 10 * number + (b - '0');
          }
        }
      }
    }

    private void add(long time) {
      if (count == times.length) {
        times = Arrays.copyOf(times, 2 * count);
      }
      times[count++] = time;
    }

    long[] toArray() {
      return Arrays.copyOf(times, count);
    }
  }
}
