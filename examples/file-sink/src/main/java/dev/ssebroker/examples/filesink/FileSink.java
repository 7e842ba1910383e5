package dev.ssebroker.examples.filesink;

import dev.ssebroker.Batch;
import dev.ssebroker.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Appends a client's stream to a file. */
final class FileSink implements Sink {
  private final FileChannel file;

  FileSink(Path path) throws IOException {
    this.file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** Called by the client's writer only. The batch is valid until this returns. */
  @Override
  public void write(Batch batch) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(batch.toByteArray());
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
  }

  /** Called after the last write, if the stream ends in an orderly way. */
  @Override
  public void end() throws IOException {
    file.force(true);
  }

  /** Called by any thread, also during a write, which then fails. */
  @Override
  public void close() throws IOException {
    file.close();
  }
}
