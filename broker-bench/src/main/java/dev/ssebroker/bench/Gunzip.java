package dev.ssebroker.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * Decompresses a gzip stream (RFC 1952) of one or more members, which may be split anywhere.
 * Ignores checksums. Used by one thread at a time.
 */
final class Gunzip implements AutoCloseable {
  private static final int HEAD_BYTES = 10;
  private static final int TRAILER_BYTES = 8;
  private static final int HEAD_CHECKSUM = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;

  private enum State {
    HEAD,
    EXTRA_LENGTH,
    SKIP,
    TEXT,
    DEFLATED,
    TRAILER
  }

  private final Inflater inflater = new Inflater(true);
  private State state = State.HEAD;

  /**
   * The number of bytes of the current part so far; in state SKIP, the number of remaining bytes.
   */
  private int count;

  /** The flags of the remaining optional parts of the head. */
  private int flags;

  private int extraLength;

  /** Decompresses the input, with {@code buffer} for the output, into the body. */
  void inflate(ByteBuffer in, int from, int to, ByteBuffer buffer, ResponseReader.Body body)
      throws IOException {
    int at = from;
    while (at < to) {
      if (state == State.DEFLATED) {
        at = deflated(in, at, to, buffer, body);
      } else {
        header(in.get(at++) & 0xFF);
      }
    }
  }

  private int deflated(ByteBuffer in, int from, int to, ByteBuffer buffer, ResponseReader.Body body)
      throws IOException {
    inflater.setInput(in.duplicate().limit(to).position(from));
    try {
      while (true) {
        int length = inflater.inflate(buffer.clear());
        body.scan(buffer, 0, length);
        if (inflater.finished()) {
          int remaining = inflater.getRemaining();
          inflater.reset();
          state = State.TRAILER;
          count = 0;
          return to - remaining;
        }
        if (inflater.needsDictionary()) {
          throw new ZipException("the gzip stream needs a dictionary");
        }
        if (length == 0) {
          return to;
        }
      }
    } catch (DataFormatException e) {
      throw new ZipException("the gzip stream is corrupt: " + e.getMessage());
    }
  }

  /** Reads a byte of the head or trailer of a member. */
  private void header(int b) throws IOException {
    switch (state) {
      case HEAD -> {
        if ((count == 0 && b != 0x1F) || (count == 1 && b != 0x8B) || (count == 2 && b != 8)) {
          throw new ZipException("this is not a gzip stream");
        }
        if (count == 3) {
          flags = b;
        }
        if (++count == HEAD_BYTES) {
          nextPart();
        }
      }
      case EXTRA_LENGTH -> {
        extraLength |= b << (8 * count);
        if (++count == 2) {
          skip(extraLength);
        }
      }
      case SKIP -> {
        if (--count == 0) {
          nextPart();
        }
      }
      case TEXT -> {
        if (b == 0) {
          nextPart();
        }
      }
      case TRAILER -> {
        if (++count == TRAILER_BYTES) {
          state = State.HEAD;
          count = 0;
        }
      }
      case DEFLATED -> throw new AssertionError();
    }
  }

  private void nextPart() {
    if (takeFlag(EXTRA)) {
      state = State.EXTRA_LENGTH;
      count = 0;
      extraLength = 0;
    } else if (takeFlag(NAME) || takeFlag(COMMENT)) {
      state = State.TEXT;
    } else if (takeFlag(HEAD_CHECKSUM)) {
      skip(2);
    } else {
      state = State.DEFLATED;
    }
  }

  private boolean takeFlag(int flag) {
    boolean set = (flags & flag) != 0;
    flags &= ~flag;
    return set;
  }

  private void skip(int bytes) {
    state = State.SKIP;
    count = bytes;
    if (bytes == 0) {
      nextPart();
    }
  }

  @Override
  public void close() {
    inflater.end();
  }
}
