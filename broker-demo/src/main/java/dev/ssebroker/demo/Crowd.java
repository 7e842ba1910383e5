package dev.ssebroker.demo;

import dev.ssebroker.Batch;
import dev.ssebroker.Broker;
import dev.ssebroker.BrokerListener;
import dev.ssebroker.CloseReason;
import dev.ssebroker.GapReason;
import dev.ssebroker.Subscription;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * All clients of the demo: the real connections, and extra clients inside the server that a button
 * opens and closes. Thread-safe.
 *
 * <p>The broker notifies it, as a listener, of every client. It logs real connections only, since
 * extra clients would flood the log.
 */
final class Crowd implements BrokerListener, AutoCloseable {
  /*
   * Lock order. An extra client is opened while the lock is held. The listener waits for the same lock, so it
   * finds that client among the members. The broker's lock is always taken after this one: the broker notifies
   * listeners without holding its lock.
   */

  /** The maximum number of extra clients. */
  static final int MAX = 10_000;

  /** A small queue, so that a client that does not keep up soon starts to replay. */
  private static final int SMALL_QUEUE_EVENTS = 64;

  private final Log log;
  private final Latency latency;
  private final Map<ClientKind, LongAdder> received = new EnumMap<>(ClientKind.class);
  private final Map<ClientKind, LongAdder> gaps = new EnumMap<>(ClientKind.class);

  private final ReentrantLock lock = new ReentrantLock();

  /** The clients by the id of their subscription. Guarded by the lock. */
  private final Map<Long, Member> members = new HashMap<>();

  /** Extra clients that were closed and whose end was not reported yet. Guarded by the lock. */
  private final Set<Long> closing = new HashSet<>();

  /** One client. */
  record Member(ClientKind kind, Subscription subscription) {}

  Crowd(Log log, Latency latency) {
    this.log = log;
    this.latency = latency;
    for (ClientKind kind : ClientKind.values()) {
      received.put(kind, new LongAdder());
      gaps.put(kind, new LongAdder());
    }
  }

  /**
   * Opens extra clients.
   *
   * @param count 1 or more
   * @throws IllegalArgumentException if the total would exceed {@link #MAX}; none is then opened
   */
  void open(Broker broker, String topic, ClientKind kind, int count) {
    open(broker, topic, kind, count, CrowdSink.Pace.of(kind));
  }

  /** Opens extra clients that read at the given pace. */
  void open(Broker broker, String topic, ClientKind kind, int count, CrowdSink.Pace pace) {
    lock.lock();
    try {
      long extra = extra();
      if (count > MAX - extra) {
        throw new IllegalArgumentException(
            "count is %d; with the %d open clients, that exceeds the maximum of %d"
                .formatted(count, extra, MAX));
      }
      for (int i = 0; i < count; i++) {
        Subscription.Builder builder = broker.subscription(topic);
        if (kind != ClientKind.FAST) {
          builder.queueEvents(SMALL_QUEUE_EVENTS);
        }
        Subscription client = builder.open(new CrowdSink(pace, batch -> received(kind, batch)));
        members.put(client.id(), new Member(kind, client));
      }
    } finally {
      lock.unlock();
    }
  }

  private void received(ClientKind kind, Batch batch) {
    counter(received, kind).add(batch.events());
    if (kind == ClientKind.FAST) {
      latency.received(batch);
    }
  }

  private long extra() {
    return members.values().stream().filter(member -> member.kind() != ClientKind.WEB).count();
  }

  /** Ends every extra client at once, even one that is blocked in a write. */
  @Override
  public void close() {
    lock.lock();
    try {
      List<Member> extra =
          members.values().stream().filter(member -> member.kind() != ClientKind.WEB).toList();
      for (Member member : extra) {
        members.remove(member.subscription().id());
        closing.add(member.subscription().id());
        member.subscription().disconnected();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns all current clients. */
  List<Member> members() {
    lock.lock();
    try {
      return List.copyOf(members.values());
    } finally {
      lock.unlock();
    }
  }

  /** Returns the number of current clients of each kind. */
  Map<ClientKind, Integer> counts() {
    Map<ClientKind, Integer> counts = new EnumMap<>(ClientKind.class);
    for (ClientKind kind : ClientKind.values()) {
      counts.put(kind, 0);
    }
    members().forEach(member -> counts.merge(member.kind(), 1, Integer::sum));
    return counts;
  }

  /** Returns how many events extra clients of a kind have received so far; 0 for web clients. */
  long received(ClientKind kind) {
    return counter(received, kind).sum();
  }

  /** Returns how many gap notices clients of a kind have received so far. */
  long gaps(ClientKind kind) {
    return counter(gaps, kind).sum();
  }

  private static LongAdder counter(Map<ClientKind, LongAdder> counters, ClientKind kind) {
    return counters.getOrDefault(kind, new LongAdder());
  }

  @Override
  public void clientAdded(Subscription subscription, int clients) {
    lock.lock();
    try {
      if (closing.contains(subscription.id()) || members.containsKey(subscription.id())) {
        return;
      }
      members.put(subscription.id(), new Member(ClientKind.WEB, subscription));
    } finally {
      lock.unlock();
    }
    log.clientAdded(clients);
  }

  @Override
  public void clientMissed(Subscription subscription, OptionalLong missed, GapReason reason) {
    lock.lock();
    try {
      Member member = members.get(subscription.id());
      if (member != null) {
        counter(gaps, member.kind()).increment();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void clientEnded(Subscription subscription, CloseReason reason, int clients) {
    lock.lock();
    try {
      Member member = members.remove(subscription.id());
      if (closing.remove(subscription.id())
          || (member != null && member.kind() != ClientKind.WEB)) {
        return;
      }
    } finally {
      lock.unlock();
    }
    log.clientEnded(clients);
  }
}
