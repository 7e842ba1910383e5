package dev.ssebroker;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.WritableByteChannel;

/**
 * Where one client's bytes go: a socket, a servlet's output stream, a test's list.
 *
 * <p>{@link #write} and {@link #end} are called by the client's writer only, a virtual thread, so
 * they may block; they never overlap. The writer ends when there is nothing to write, and another
 * thread goes on when there is: each sees what the one before it has done, but no thread-local
 * variables. {@link #close} is called by any thread, also while a write is blocked, and frees it.
 */
public interface Sink extends Closeable {

  /**
   * Writes all frames of a batch and flushes them. Blocks for as long as the client takes; that
   * holds up nobody else.
   *
   * @param batch valid until this call returns
   * @throws IOException if the client cannot be written to any more; it then ends with {@link
   *     CloseReason#DISCONNECTED}
   */
  void write(Batch batch) throws IOException;

  /**
   * Writes whatever tells the client that the stream is complete, such as HTTP's last chunk. Called
   * at most once, after the last {@link #write}, and only if the stream ends in an orderly way.
   * Does nothing unless overridden.
   *
   * @throws IOException if the client cannot be written to any more
   */
  default void end() throws IOException {}

  /**
   * Releases what the sink holds and makes a blocked {@link #write} fail. Called at least once for
   * each client, whatever the reason of its end; more calls do nothing.
   *
   * @throws IOException if that fails; it is ignored
   */
  @Override
  void close() throws IOException;

  /**
   * Makes a sink of an output stream, such as a servlet's or that of the JDK's {@code
   * HttpExchange}. Each batch is one write and one flush; the stream's own {@code close} is the
   * sink's, and must be one that frees a blocked write if a client that does not read is to be cut.
   *
   * @param stream where the bytes go; not used by anybody else
   * @return the sink
   */
  static Sink of(OutputStream stream) {
    return new StreamSink(stream);
  }

  /**
   * Makes a sink of a channel in blocking mode, such as a {@code SocketChannel}.
   *
   * @param channel where the bytes go; not used by anybody else
   * @return the sink
   */
  static Sink of(WritableByteChannel channel) {
    return new ChannelSink(channel);
  }
}
