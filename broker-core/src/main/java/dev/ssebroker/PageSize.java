package dev.ssebroker;

/**
 * How many events to ask a shared log for. Events may be large, and a log knows no bytes; so a page
 * is to have as many events as the one before it would have had in so many bytes. Not thread-safe.
 */
final class PageSize {
  private static final int FIRST = 16;

  private final int maxEvents;
  private final long bytes;
  private int events = FIRST;

  PageSize(int maxEvents, long bytes) {
    this.maxEvents = maxEvents;
    this.bytes = bytes;
  }

  /** At least 1. */
  int events() {
    return events;
  }

  /** Learns from a page that has been read. */
  void read(int pageEvents, long pageBytes) {
    if (pageEvents > 0) {
      events = Math.clamp(bytes * pageEvents / Math.max(1, pageBytes), 1, maxEvents);
    }
  }
}
