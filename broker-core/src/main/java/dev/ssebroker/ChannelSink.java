package dev.ssebroker;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Writes each batch to a channel. */
record ChannelSink(WritableByteChannel channel) implements Sink {

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
}
