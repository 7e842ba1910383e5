package dev.ssebroker;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Receives one client's bytes, such as a socket or a servlet's output stream.
 *
 * <p>Only the client's writer, a virtual thread, calls {@link #write} and {@link #end}. The calls
 * may block and never overlap. An idle writer ends and a later one goes on: it sees the effects of
 * the one before, but not its thread-local variables. Any thread calls {@link #close}.
 */
public interface Sink extends Closeable {

  /**
   * Writes all frames of a batch and flushes them. Blocks until the client has room for them, which
   * holds up no other client.
   *
   * @param batch valid until this call returns
   * @throws IOException if the client cannot be written to any more; it then ends with {@link
   *     CloseReason#DISCONNECTED}
   */
  void write(Batch batch) throws IOException;

  /**
   * Writes the end of a complete stream, such as HTTP's last chunk. Called at most once, after the
   * last {@link #write}, and only if the stream ends in an orderly way. Does nothing by default.
   *
   * @throws IOException if the client cannot be written to any more
   */
  default void end() throws IOException {}

  /**
   * Releases resources and makes a blocked {@link #write} fail. Called at least once for each
   * client. Further calls do nothing.
   *
   * @throws IOException if that fails; it is ignored
   */
  @Override
  void close() throws IOException;

  /**
   * Returns a sink that writes and flushes each batch to an output stream, such as a servlet's or
   * that of the JDK's {@code HttpExchange}. The sink closes the stream. A client that does not read
   * can be cut only if the stream's {@code close} frees a blocked write.
   *
   * @param stream used by the sink only
   * @return the sink
   */
  static Sink of(OutputStream stream) {
    return new Sink() {
      @Override
      public void write(Batch batch) throws IOException {
        stream.write(batch.toByteArray());
        stream.flush();
      }

      @Override
      public void close() throws IOException {
        stream.close();
      }
    };
  }

  /**
   * Returns a sink that writes each batch to a channel in blocking mode, such as a {@code
   * SocketChannel}. The sink closes the channel.
   *
   * @param channel used by the sink only
   * @return the sink
   */
  static Sink of(WritableByteChannel channel) {
    return new Sink() {
      @Override
      public void write(Batch batch) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(batch.toByteArray());
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }
}
