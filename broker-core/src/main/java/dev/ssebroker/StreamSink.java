package dev.ssebroker;

import java.io.IOException;
import java.io.OutputStream;

/** Writes each batch to an output stream and flushes it. */
record StreamSink(OutputStream stream) implements Sink {

  @Override
  public void write(Batch batch) throws IOException {
    stream.write(batch.toByteArray());
    stream.flush();
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
