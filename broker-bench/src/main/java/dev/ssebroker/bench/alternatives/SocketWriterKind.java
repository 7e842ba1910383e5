package dev.ssebroker.bench.alternatives;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** The compared ways to write to a socket. */
public enum SocketWriterKind {
  /** The output stream of a {@link Socket}. */
  STREAM {
    @Override
    Out connect(SocketAddress peer, int size) throws IOException {
      Socket socket = new Socket();
      socket.connect(peer);
      socket.setTcpNoDelay(true);
      return new Stream(socket, size);
    }
  },
  /** A blocking {@link SocketChannel} and a buffer on the heap. */
  CHANNEL_HEAP {
    @Override
    Out connect(SocketAddress peer, int size) throws IOException {
      return new Channel(open(peer), ByteBuffer.allocate(size));
    }
  },
  /** A blocking {@link SocketChannel} and a direct buffer. */
  CHANNEL_DIRECT {
    @Override
    Out connect(SocketAddress peer, int size) throws IOException {
      return new Channel(open(peer), ByteBuffer.allocateDirect(size));
    }
  };

  abstract Out connect(SocketAddress peer, int size) throws IOException;

  private static SocketChannel open(SocketAddress peer) throws IOException {
    SocketChannel channel = SocketChannel.open(peer);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    return channel;
  }

  /** The output of one connection. */
  interface Out extends Closeable {
    /** Copies the frame to the buffer and writes all of it. */
    void write(byte[] frame) throws IOException;
  }

  private static final class Stream implements Out {
    private final Socket socket;
    private final OutputStream stream;
    private final byte[] buffer;

    Stream(Socket socket, int size) throws IOException {
      this.socket = socket;
      this.stream = socket.getOutputStream();
      this.buffer = new byte[size];
    }

    @Override
    public void write(byte[] frame) throws IOException {
      System.arraycopy(frame, 0, buffer, 0, frame.length);
      stream.write(buffer, 0, frame.length);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private record Channel(SocketChannel channel, ByteBuffer buffer) implements Out {
    @Override
    public void write(byte[] frame) throws IOException {
      buffer.clear().put(frame).flip();
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
