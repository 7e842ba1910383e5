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
 * may block and never overlap. An idle writer ends; the next one sees its effects, but not its
 * thread-local variables. Any thread may call {@link #close}.
 */
public interface Sink extends Closeable {
  /**
   * Writes and flushes a batch. May block until the client has room; other clients do not wait.
   *
   * @param batch valid until this call returns
   * @throws IOException if it fails; the client then ends with {@link CloseReason#DISCONNECTED}
   */
  void write(Batch batch) throws IOException;

  /**
   * Writes the end of the stream, such as HTTP's last chunk. Called at most once, after the last
   * {@link #write}, and only if the stream ends in an orderly way. Does nothing by default.
   *
   * @throws IOException if the client cannot be written to any more
   */
  default void end() throws IOException {}

  /**
   * Releases resources and makes a blocked {@link #write} fail. Called at least once; further calls
   * do nothing.
   *
   * @throws IOException if that fails; it is ignored
   */
  @Override
  void close() throws IOException;

  /**
   * {@return a sink that writes and flushes batches to an output stream, such as a servlet's} A
   * client that does not read can be cut only if the stream's {@code close} frees a blocked write.
   *
   * @param stream used and closed by the sink only
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
   * {@return a sink that writes batches to a channel in blocking mode, such as a SocketChannel}
   *
   * @param channel used and closed by the sink only
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
