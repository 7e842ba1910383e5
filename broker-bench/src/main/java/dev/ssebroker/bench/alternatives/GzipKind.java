package dev.ssebroker.bench.alternatives;

import dev.ssebroker.Batch;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** The ways to compress what clients are sent that are compared. */
public enum GzipKind {
  /** Not at all. */
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
  /** A deflater per client, which refers to what it has sent before. */
  PER_CLIENT {
    @Override
    Encoding open() {
      return new Deflating();
    }
  };

  /** That of the server. */
  private static final int MIN_DEFLATED_BYTES = 256;

  abstract Encoding open();

  /** One client's. Used by the client's writer only, but for the end. */
  interface Encoding {
    /** Returns how many bytes the batch becomes. */
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
