package dev.ssebroker.bench;

import java.nio.ByteBuffer;

/**
 * Finds the marks of a ticker in an event stream: {@code T=<digits>;} anywhere in the data of an
 * event, and {@code N=<digits>;} directly after it. The stream may be split anywhere. Used by one
 * thread at a time.
 */
final class EventScanner implements ResponseReader.Body {
  /*
   * Speed. A load client scans every byte that every client receives, so a byte of padding must cost next to
   * nothing. While only a line end matters, or a line end and a T, the scanner examines eight bytes in one
   * step. Lines end with LF, CR or CR LF. These and the tab are the only bytes below 14 in text, so one
   * subtraction finds a line end (EightBytes).
   *
   * Split input. Fields keep everything that the end of a read can split: a field name, a mark, CR LF. No
   * byte is scanned twice.
   *
   * What counts. An event counts when its empty line has arrived, as for any client (HTML 9.2.6), not when
   * its mark has, which in a large event arrives much earlier. The first mark of an event counts. The rest of
   * its line is skipped.
   */

  /** Receives the events and gap notices. */
  interface Listener {
    /**
     * An event with a mark has arrived.
     *
     * @param time the number after {@code T=}
     * @param sequence the number after {@code N=}, or {@link #NONE}
     */
    void event(long time, long sequence);

    /** A gap notice has arrived. */
    void gap();
  }

  /** The sequence of an event without a sequence. */
  static final long NONE = -1;

  private static final long EVERY_T = 'T' * EightBytes.ONES;
  private static final long DATA = EightBytes.packed("data");
  private static final long EVENT = EightBytes.packed("event");
  private static final long GAP = EightBytes.packed("gap");
  private static final long DATA_AND_MARK = EightBytes.packed("data: T=");
  private static final short SEQUENCE_MARK = (short) EightBytes.packed("N=");
  private static final int MAX_DIGITS = 19;
  private static final long[] POWERS = {
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000
  };

  private enum State {
    NAME,
    TYPE,
    SEARCH,
    T,
    TIME,
    AFTER_TIME,
    N,
    SEQUENCE,
    REST
  }

  private final Listener listener;
  private State state = State.NAME;
  private boolean afterCr;

  /** Up to eight bytes of a field name or event type, the first byte lowest. */
  private long word;

  private int wordLength;

  private long number;
  private int digits;

  // The current event.
  private boolean marked;

  private boolean isGap;
  private long time;
  private long sequence;

  EventScanner(Listener listener) {
    this.listener = listener;
  }

  @Override
  public void scan(ByteBuffer in, int from, int to) {
    int at = from;
    while (at < to) {
      switch (state) {
        case NAME -> at = name(in, at, to);
        case TYPE -> at = type(in, at, to);
        case SEARCH -> at = search(in, at, to);
        case T -> {
          if (in.get(at) == '=') {
            at++;
            expectNumber(State.TIME);
          } else {
            state = State.SEARCH;
          }
        }
        case TIME -> at = time(in, at, to);
        case AFTER_TIME -> {
          if (in.get(at) == 'N') {
            at++;
            state = State.N;
          } else {
            setSequence(NONE);
          }
        }
        case N -> {
          if (in.get(at) == '=') {
            at++;
            expectNumber(State.SEQUENCE);
          } else {
            setSequence(NONE);
          }
        }
        case SEQUENCE -> at = sequence(in, at, to);
        case REST -> at = rest(in, at, to);
      }
    }
  }

  private int name(ByteBuffer in, int from, int to) {
    int at = from;
    if (afterCr) {
      afterCr = false;
      if (in.get(at) == '\n') {
        return at + 1;
      }
    }
    if (wordLength == 0 && !marked && to - at >= 8 && in.getLong(at) == DATA_AND_MARK) {
      expectNumber(State.TIME);
      return time(in, at + 8, to);
    }
    while (at < to) {
      byte b = in.get(at++);
      if (b == ':') {
        endOfName();
        return state == State.REST ? rest(in, at, to) : at;
      }
      if (isLineEnd(b)) {
        endOfLine(b);
        return at;
      }
      if (wordLength == 8) {
        state = State.REST;
        return at;
      }
      word |= (b & 0xFFL) << (8 * wordLength++);
    }
    return at;
  }

  private void endOfName() {
    if (word == DATA) {
      state = marked ? State.REST : State.SEARCH;
    } else if (word == EVENT) {
      state = State.TYPE;
      isGap = false;
      word = 0;
      wordLength = 0;
    } else {
      state = State.REST;
    }
  }

  private int type(ByteBuffer in, int from, int to) {
    int at = from;
    while (at < to) {
      byte b = in.get(at++);
      if (isLineEnd(b)) {
        isGap = word == GAP || word == ((GAP << 8) | ' ');
        endOfLine(b);
        return at;
      }
      if (wordLength == 8) {
        state = State.REST;
        return at;
      }
      word |= (b & 0xFFL) << (8 * wordLength++);
    }
    return at;
  }

  private int search(ByteBuffer in, int from, int to) {
    int at = from;
    while (to - at >= 8) {
      long eight = in.getLong(at);
      long hits = EightBytes.below14(eight) | EightBytes.zeros(eight ^ EVERY_T);
      if (hits != 0) {
        at += Long.numberOfTrailingZeros(hits) >>> 3;
        break;
      }
      at += 8;
    }
    while (at < to) {
      byte b = in.get(at++);
      if (b == 'T') {
        state = State.T;
        return at;
      }
      if (isLineEnd(b)) {
        endOfLine(b);
        return at;
      }
      if (to - at >= 8) {
        return at;
      }
    }
    return at;
  }

  private int rest(ByteBuffer in, int from, int to) {
    int at = from;
    while (to - at >= 8) {
      long hits = EightBytes.below14(in.getLong(at));
      if (hits != 0) {
        at += Long.numberOfTrailingZeros(hits) >>> 3;
        break;
      }
      at += 8;
    }
    while (at < to) {
      byte b = in.get(at++);
      if (isLineEnd(b)) {
        endOfLine(b);
        return at;
      }
      if (to - at >= 8) {
        return at;
      }
    }
    return at;
  }

  private int time(ByteBuffer in, int from, int to) {
    int at = digits(in, from, to);
    if (at < to) {
      if (in.get(at) == ';' && isNumber()) {
        at++;
        time = number;
        if (to - at >= 2 && in.getShort(at) == SEQUENCE_MARK) {
          expectNumber(State.SEQUENCE);
          return sequence(in, at + 2, to);
        }
        state = State.AFTER_TIME;
      } else {
        state = State.SEARCH;
      }
    }
    return at;
  }

  private int sequence(ByteBuffer in, int from, int to) {
    int at = digits(in, from, to);
    if (at < to) {
      if (in.get(at) == ';' && isNumber()) {
        setSequence(number);
        return rest(in, at + 1, to);
      }
      setSequence(NONE);
    }
    return at;
  }

  private void expectNumber(State next) {
    state = next;
    number = 0;
    digits = 0;
  }

  private int digits(ByteBuffer in, int from, int to) {
    int at = from;
    long sum = number;
    int length = 8;
    while (length == 8 && to - at >= 8) {
      long eight = in.getLong(at);
      length = Long.numberOfTrailingZeros(EightBytes.nonDigits(eight)) >>> 3;
      if (length > 0) {
        sum = sum * POWERS[length] + EightBytes.number(eight, length);
        at += length;
      }
    }
    while (length == 8 && at < to) {
      int digit = in.get(at) - '0';
      if (digit < 0 || digit > 9) {
        break;
      }
      sum = sum * 10 + digit;
      at++;
    }
    number = sum;
    digits = Math.min(digits + at - from, MAX_DIGITS + 1);
    return at;
  }

  private boolean isNumber() {
    return digits > 0 && digits <= MAX_DIGITS && number >= 0;
  }

  private void setSequence(long sequence) {
    marked = true;
    this.sequence = sequence;
    state = State.REST;
  }

  private void endOfLine(byte end) {
    boolean empty = state == State.NAME && wordLength == 0;
    if (empty) {
      if (isGap) {
        listener.gap();
      } else if (marked) {
        listener.event(time, sequence);
      }
      marked = false;
      isGap = false;
    }
    afterCr = end == '\r';
    state = State.NAME;
    word = 0;
    wordLength = 0;
  }

  private static boolean isLineEnd(byte b) {
    return b == '\n' || b == '\r';
  }
}
