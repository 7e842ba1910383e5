package dev.ssebroker.bench.alternatives;

import dev.ssebroker.Batch;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** The compared ways to compress events. */
public enum GzipKind {
  /** No compression. */
  PLAIN {
    @Override
    Encoding open() {
      return batch -> batch.toByteArray().length;
    }
  },
  /** Each event is deflated once for all clients. */
  SHARED {
    @Override
    Encoding open() {
      CRC32 checksum = new CRC32();
      return batch -> {
        batch.update(checksum);
        return batch.deflated(MIN_DEFLATED_BYTES).length;
      };
    }
  },
  /** A deflater per client, whose window contains earlier events. */
  PER_CLIENT {
    @Override
    Encoding open() {
      return new Deflating();
    }
  };

  /** The value of the server. */
  private static final int MIN_DEFLATED_BYTES = 256;

  abstract Encoding open();

  /** The encoding of one client. Used by the client's writer only, except {@link #end}. */
  interface Encoding {
    /** Encodes a batch and returns its size in bytes. */
    int encode(Batch batch);

    default void end() {}
  }

  private static final class Deflating implements Encoding {
    private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    private final CRC32 checksum = new CRC32();

    @Override
    public int encode(Batch batch) {
      byte[] plain = batch.toByteArray();
      checksum.update(plain);
      deflater.setInput(plain);
      byte[] blocks = new byte[plain.length + 1024];
      return deflater.deflate(blocks, 0, blocks.length, Deflater.SYNC_FLUSH);
    }

    @Override
    public void end() {
      deflater.end();
    }
  }
}
