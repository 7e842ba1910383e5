package dev.ssebroker;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;

/** Publishers that wait for room in the queues of clients with {@link Overflow#await}. */
final class Backpressure {
  /*
   * A publisher looks for clients without room once, and waits for these. Only their writers signal. When
   * all have room, it looks again only if others published in between.
   */
  private final BrokerLock lock;
  private final Condition changed;
  private final TopicTree tree;

  // All below is guarded by the broker's lock.
  private int awaitedClients;
  private long publications;
  private boolean closed;

  Backpressure(BrokerLock lock, TopicTree tree) {
    this.lock = lock;
    this.changed = lock.newCondition();
    this.tree = tree;
  }

  void clientAdded(Client client) {
    lock.assertHeld();
    awaitedClients += client.awaits() ? 1 : 0;
  }

  void clientEnds(Client client) {
    lock.assertHeld();
    if (client.awaits()) {
      awaitedClients--;
      changed.signalAll();
    }
  }

  void close() {
    lock.assertHeld();
    closed = true;
    changed.signalAll();
  }

  /**
   * Waits until each client has room for the event, its patience is over, or the broker is closed.
   * An interrupt ends the wait and is kept. The lock is released during the wait.
   *
   * @return whether the lock was released
   */
  boolean await(String topic, Frame frame) {
    lock.assertHeld();
    long begin = System.nanoTime();
    List<Client> full = awaitedClients == 0 ? List.of() : clientsWithoutRoom(topic, frame, begin);
    boolean waits = !full.isEmpty();
    while (!full.isEmpty()) {
      long before = publications;
      boolean again = awaitRoom(full, frame, begin) && before != publications;
      full = again ? clientsWithoutRoom(topic, frame, begin) : List.of();
    }
    publications++;
    return waits;
  }

  private List<Client> clientsWithoutRoom(String topic, Frame frame, long begin) {
    List<Client> full = new ArrayList<>();
    long passed = System.nanoTime() - begin;
    for (TopicTree.Audience audience : tree.match(topic)) {
      for (int place = 0; place < audience.size(); place++) {
        Client client = audience.get(place);
        if (client.awaits() && client.patienceNanos(frame) > passed) {
          full.add(client);
        }
      }
    }
    return full;
  }

  /** Returns false if the wait was ended by an interrupt or by the broker's end. */
  private boolean awaitRoom(List<Client> full, Frame frame, long begin) {
    full.forEach(client -> client.addWaitingPublishers(1));
    try {
      // Looked at after they were counted: a writer that makes room after that signals.
      long left = patienceNanos(full, frame, begin);
      while (left > 0 && !closed) {
        changed.awaitNanos(left);
        left = patienceNanos(full, frame, begin);
      }
      return !closed;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      full.forEach(client -> client.addWaitingPublishers(-1));
    }
  }

  private static long patienceNanos(List<Client> full, Frame frame, long begin) {
    long longest = full.stream().mapToLong(each -> each.patienceNanos(frame)).max().orElse(0);
    return longest - (System.nanoTime() - begin);
  }

  /** Wakes the publishers that wait for the client, whose queue has room or is not used now. */
  void madeRoom(Client client) {
    if (client.isAwaited()) {
      lock.lock();
      try {
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }
}
