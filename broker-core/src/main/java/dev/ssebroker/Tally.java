package dev.ssebroker;

/** Counts what becomes of one event. Used under the broker's lock. */
final class Tally {
  private int offered;
  private int behind;
  private int dropped;

  /** The event was queued, at the cost of so many older ones. */
  void addOffered(int olderDropped) {
    offered++;
    dropped += olderDropped;
  }

  /** The event waits in the history, or is lost to a client that is not served from there. */
  void addBehind(Resume resume) {
    if (resume.isDropping()) {
      dropped++;
    } else {
      behind++;
    }
  }

  /** The event waits in the log that is shared. */
  void addToBacklog() {
    behind++;
  }

  /** The event cannot be given to a client, which is ended. */
  void addRefused() {
    dropped++;
  }

  int dropped() {
    return dropped;
  }

  Receipt toReceipt(String id) {
    return new Receipt(id, offered, behind, dropped);
  }
}
