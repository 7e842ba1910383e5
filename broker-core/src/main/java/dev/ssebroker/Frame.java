package dev.ssebroker;

/**
 * One event encoded as {@code text/event-stream} bytes, shared by every client that receives it. A
 * frame is itself and equals no other; nobody writes to its bytes once it is made.
 */
final class Frame {
  /** The mark behind a client's last frame. */
  static final Frame END = new Frame(new byte[0]);

  final byte[] bytes;

  Frame(byte[] bytes) {
    this.bytes = bytes;
  }

  int length() {
    return bytes.length;
  }
}
