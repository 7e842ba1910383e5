package dev.ssebroker;

import java.io.ByteArrayOutputStream;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** What a client does with deflated batches: it inflates each as far as it goes. */
final class Inflating {
  private final Inflater inflater = new Inflater(true);

  byte[] read(byte[] blocks) throws DataFormatException {
    inflater.setInput(blocks);
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    byte[] buffer = new byte[4096];
    for (int n = inflater.inflate(buffer); n > 0; n = inflater.inflate(buffer)) {
      plain.write(buffer, 0, n);
    }
    if (inflater.finished() || inflater.getRemaining() > 0) {
      throw new DataFormatException("a last block");
    }
    return plain.toByteArray();
  }
}
