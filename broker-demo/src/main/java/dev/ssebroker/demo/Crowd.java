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
 * Who listens: the real connections, and extra clients inside the server that come and go at the
 * press of a button. Thread-safe.
 *
 * <p>As the broker's listener it learns of the real ones, and passes them on to the log; the extra
 * ones would only fill it.
 */
final class Crowd implements BrokerListener, AutoCloseable {
  /*
   * An extra client is opened while the lock is held, so that the listener, which waits for the lock, finds
   * it among the members. The broker's lock is taken within this one and never the other way round: the
   * listener is called without it.
   */

  /** How many extra clients there may be. */
  static final int MAX = 10_000;

  /** Few, so that a client which does not keep up is soon seen to replay. */
  private static final int SMALL_QUEUE_EVENTS = 64;

  private final Log log;
  private final Latency latency;
  private final Map<Kind, LongAdder> received = new EnumMap<>(Kind.class);
  private final Map<Kind, LongAdder> gaps = new EnumMap<>(Kind.class);

  private final ReentrantLock lock = new ReentrantLock();

  /** By the subscription's id. Guarded by the lock. */
  private final Map<Long, Member> members = new HashMap<>();

  /** Extra clients that were closed and whose end is still to be heard of. Guarded by the lock. */
  private final Set<Long> leaving = new HashSet<>();

  /** One client there is. */
  record Member(Kind kind, Subscription subscription) {}

  Crowd(Log log, Latency latency) {
    this.log = log;
    this.latency = latency;
    for (Kind kind : Kind.values()) {
      received.put(kind, new LongAdder());
      gaps.put(kind, new LongAdder());
    }
  }

  /**
   * Opens extra clients.
   *
   * @param count from 1
   * @throws IllegalArgumentException if there would be more than {@link #MAX}; none is opened
   */
  void open(Broker broker, String topic, Kind kind, int count) {
    open(broker, topic, kind, count, CrowdSink.Pace.of(kind));
  }

  /** Opens extra clients that read at a pace of their own. */
  void open(Broker broker, String topic, Kind kind, int count, CrowdSink.Pace pace) {
    lock.lock();
    try {
      long extra = extra();
      if (count > MAX - extra) {
        throw new IllegalArgumentException(
            "count is %d; with the %d there are, that is more than %d, which is the most"
                .formatted(count, extra, MAX));
      }
      for (int i = 0; i < count; i++) {
        Subscription.Builder description = broker.subscription(topic);
        if (kind != Kind.FAST) {
          description.queueEvents(SMALL_QUEUE_EVENTS);
        }
        Subscription client = description.open(new CrowdSink(pace, batch -> received(kind, batch)));
        members.put(client.id(), new Member(kind, client));
      }
    } finally {
      lock.unlock();
    }
  }

  private void received(Kind kind, Batch batch) {
    counter(received, kind).add(batch.events());
    if (kind == Kind.FAST) {
      latency.received(batch);
    }
  }

  private long extra() {
    return members.values().stream().filter(member -> member.kind() != Kind.WEB).count();
  }

  /** Ends every extra client at once, whatever it waits for. */
  @Override
  public void close() {
    lock.lock();
    try {
      List<Member> extra =
          members.values().stream().filter(member -> member.kind() != Kind.WEB).toList();
      for (Member member : extra) {
        members.remove(member.subscription().id());
        leaving.add(member.subscription().id());
        member.subscription().disconnected();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns the clients there are. */
  List<Member> members() {
    lock.lock();
    try {
      return List.copyOf(members.values());
    } finally {
      lock.unlock();
    }
  }

  /** Returns how many clients there are of each kind. */
  Map<Kind, Integer> counts() {
    Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
    for (Kind kind : Kind.values()) {
      counts.put(kind, 0);
    }
    members().forEach(member -> counts.merge(member.kind(), 1, Integer::sum));
    return counts;
  }

  /** Returns how many events extra clients of a kind have taken so far; 0 for the web's. */
  long received(Kind kind) {
    return counter(received, kind).sum();
  }

  /** Returns how many gap notices clients of a kind have been given so far. */
  long gaps(Kind kind) {
    return counter(gaps, kind).sum();
  }

  private static LongAdder counter(Map<Kind, LongAdder> counters, Kind kind) {
    return counters.getOrDefault(kind, new LongAdder());
  }

  @Override
  public void clientAdded(Subscription subscription, int clients) {
    lock.lock();
    try {
      if (leaving.contains(subscription.id()) || members.containsKey(subscription.id())) {
        return;
      }
      members.put(subscription.id(), new Member(Kind.WEB, subscription));
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
      if (leaving.remove(subscription.id()) || (member != null && member.kind() != Kind.WEB)) {
        return;
      }
    } finally {
      lock.unlock();
    }
    log.clientEnded(clients);
  }
}
