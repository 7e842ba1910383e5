package dev.ssebroker.demo;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerClosedException;
import dev.ssebroker.Event;
import dev.ssebroker.EventLogException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import okhttp3.HttpUrl;
import okhttp3.Response;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the events of another server's stream to a topic: one live source, many connections.
 *
 * <p>Each event is published once, in the upstream's order, with its own id if the broker takes it
 * and with one of the broker's otherwise. An upstream's notice of missing events comes as {@value
 * RelayedEvents#UPSTREAM_GAP}, since {@code gap} is what the broker itself has missed. When the
 * connection is lost, the relay waits and comes back with the last id it has seen; what the
 * upstream then sends again is left out if it has an id. A status of 204 ends it, as the standard
 * asks (HTML §9.2.3). An event that the broker's log does not take waits, and all behind it, until
 * it does. Local clients notice nothing but the events of type {@value #STATUS_TYPE} at the topic
 * {@value #STATUS_TOPIC}, {@link RelayStatus} as JSON.
 *
 * <p>Threads: a connection's events are published by its thread of OkHttp's, named after the
 * request, which waits for no client unless one is under {@link dev.ssebroker.Overflow#await};
 * {@code relay-timer} begins connections and says in the log that one is back. Neither keeps the
 * process alive.
 */
final class Relay implements AutoCloseable {
  /*
   * Everything that is said or published is said or published under the lock and only by the
   * connection that is the current one: so one that is cancelled says nothing more, and neither does
   * anything once close has had the lock.
   */
  static final String STATUS_TOPIC = "relay/status";
  static final String STATUS_TYPE = "relay";

  /** A stream has heartbeats; one without a byte for so long is dead. */
  static final Duration SILENCE = Duration.ofSeconds(60);

  /** What arrives so soon after a stream has opened is what was missed. */
  static final Duration SETTLING = Duration.ofSeconds(1);

  private static final long CLOSING_MILLIS = 1000;

  /** From one try to publish an event to the next. */
  private static final Duration BETWEEN_TRIES = Duration.ofMillis(250);

  private final Upstream upstream;
  private final String topic;
  private final Broker broker;
  private final RelayTimer timer;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition endAsked = lock.newCondition();

  /** Set before close waits for the lock, so that who waits for it behind close sees it. */
  private volatile boolean closing;

  /** What was told last. Written under the lock. */
  private volatile RelayStatus status;

  // All below is guarded by the lock.
  private final RelayedEvents events;
  private final RelayLog log;
  private final Outage outage;
  private final Backoff backoff;
  private final LastEventId lastId = new LastEventId("");
  private @Nullable Connection current;
  private boolean ended;

  private Relay(
      HttpUrl url,
      String topic,
      Broker broker,
      Log log,
      Duration silence,
      Backoff backoff,
      RelayTimer timer) {
    this.upstream = new Upstream(url, silence, this::retryAsked);
    this.topic = topic;
    this.broker = broker;
    this.backoff = backoff;
    this.timer = timer;
    this.events = new RelayedEvents(broker, topic);
    this.log = new RelayLog(log, upstream.shownUrl(), timer::nanoTime);
    this.outage =
        new Outage("An event of the relay's upstream " + upstream.shownUrl(), log, timer::nanoTime);
    this.status =
        new RelayStatus(
            upstream.shownUrl(), RelayStatus.State.CONNECTING, null, OptionalLong.empty(), 0);
  }

  /**
   * Begins to relay, whether the upstream is there or not.
   *
   * @param url of an event stream; a user's name and password in it are sent as basic
   *     authentication and shown nowhere, and neither is its query
   * @param topic where the events go
   * @throws IllegalArgumentException if the topic is not a name; nothing is then started
   */
  static Relay start(HttpUrl url, String topic, Broker broker, Log log) {
    return start(
        url,
        topic,
        broker,
        log,
        SILENCE,
        new Backoff(() -> ThreadLocalRandom.current().nextDouble()),
        RelayTimer::start);
  }

  /** With a time of one's own, for tests. */
  static Relay start(
      HttpUrl url,
      String topic,
      Broker broker,
      Log log,
      Duration silence,
      Backoff backoff,
      Supplier<RelayTimer> timer) {
    checkTopic(topic, broker);
    Relay relay = new Relay(url, topic, broker, log, silence, backoff, timer.get());
    relay.connect();
    return relay;
  }

  private static void checkTopic(String topic, Broker broker) {
    if (topic.indexOf('*') >= 0) {
      throw new IllegalArgumentException(
          "topic '%s' has a '*'; events are published to one topic".formatted(topic));
    }
    Object unused = broker.subscription(topic);
  }

  private void connect() {
    lock.lock();
    try {
      if (closing || ended) {
        return;
      }
      tell(RelayStatus.State.CONNECTING, null, OptionalLong.empty());
      Connection connection = new Connection();
      current = connection;
      lastId.connect();
      connection.source = upstream.connect(lastId.toSend(), connection);
    } finally {
      lock.unlock();
    }
  }

  /** Returns how it is now. Waits for nothing that is being published. */
  RelayStatus status() {
    RelayStatus told = status;
    return new RelayStatus(
        upstream.shownUrl(), told.state(), told.error(), told.retryInMillis(), events.published());
  }

  private void retryAsked(long millis) {
    lock.lock();
    try {
      backoff.askFor(millis);
    } finally {
      lock.unlock();
    }
  }

  /** The lock is held. */
  private void tell(RelayStatus.State state, @Nullable String error, OptionalLong retryInMillis) {
    status = new RelayStatus(upstream.shownUrl(), state, error, retryInMillis, events.published());
    try {
      broker.publish(STATUS_TOPIC, Event.of(STATUS_TYPE, status.toJson()).withKey(STATUS_TYPE));
    } catch (BrokerClosedException e) {
      // Nobody is left to be told.
    } catch (EventLogException e) {
      // The next state will be told; the figures have this one.
    }
  }

  /** The lock is held. */
  private void opened(Connection connection) {
    connection.isOpen = true;
    connection.openedAt = timer.nanoTime();
    connection.publishedBefore = events.published();
    connection.duplicatesBefore = events.duplicates();
    tell(RelayStatus.State.OPEN, null, OptionalLong.empty());
    log.opened(topic);
    timer.after(SETTLING, () -> settled(connection));
  }

  private void settled(Connection connection) {
    lock.lock();
    try {
      if (isCurrent(connection)) {
        log.settled(
            events.published() - connection.publishedBefore,
            events.duplicates() - connection.duplicatesBefore);
      }
    } finally {
      lock.unlock();
    }
  }

  /** The lock is held. */
  private void received(Connection connection, @Nullable String id, String type, String data) {
    Optional<String> ownId = lastId.take(id);
    long before = events.published();
    try {
      if (type.equals(StreamWatch.CUT)) {
        events.refuse();
        log.refused(
            events.refused(), "it has more than %d bytes".formatted(Upstream.MAX_EVENT_BYTES));
      } else {
        take(connection, ownId.orElse(null), type, data);
      }
    } catch (IllegalArgumentException e) {
      log.refused(events.refused(), String.valueOf(e.getMessage()));
    } catch (BrokerClosedException e) {
      end("the broker is closed");
    }
    if (events.published() > before) {
      backoff.reset();
    }
  }

  /**
   * Does not return before the event is published, unless the connection is no longer wanted. The
   * lock is held, but for the time between two tries.
   */
  private void take(Connection connection, @Nullable String id, String type, String data) {
    while (isCurrent(connection)) {
      try {
        events.take(id, type, data);
        outage.over();
        return;
      } catch (EventLogException e) {
        outage.failed(e);
        pause();
      }
    }
  }

  /** The lock is held, and let go meanwhile. */
  private void pause() {
    long left = BETWEEN_TRIES.toNanos();
    try {
      while (!closing && left > 0) {
        left = endAsked.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      // Nobody has a reason for it, and an end is asked for in another way.
    }
  }

  /** The lock is held. */
  private void lost(Connection connection, String reason) {
    current = null;
    boolean wasHealthy =
        connection.isOpen && timer.nanoTime() - connection.openedAt >= Backoff.MOST.toNanos();
    if (wasHealthy) {
      backoff.reset();
    }
    Duration wait = backoff.next();
    tell(RelayStatus.State.WAITING, reason, OptionalLong.of(wait.toMillis()));
    log.lost(wasHealthy, reason, wait);
    timer.after(wait, this::connect);
  }

  private boolean isCurrent(Connection connection) {
    return !closing && current == connection;
  }

  /** The lock is held. The reason is null if nothing is wrong. */
  private void end(@Nullable String reason) {
    if (ended) {
      return;
    }
    ended = true;
    endAsked.signalAll();
    tell(RelayStatus.State.ENDED, reason, OptionalLong.empty());
    if (reason != null) {
      log.ended(reason);
    }
    Connection last = current;
    current = null;
    if (last != null && last.source != null) {
      last.source.cancel();
    }
    release();
  }

  private void release() {
    timer.close();
    upstream.release();
  }

  /**
   * Ends the connection; nothing is published after this returns. Waits a second at the most for an
   * event that is being published, which takes so long only under {@link
   * dev.ssebroker.Overflow#await}, and as long for the connection's thread. An interrupt cuts the
   * waiting short. Closing twice does nothing.
   */
  @Override
  public void close() {
    closing = true;
    boolean interrupted = false;
    boolean locked = lock.tryLock();
    try {
      locked = locked || lock.tryLock(CLOSING_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    try {
      if (locked) {
        end(null);
      } else {
        release();
      }
    } finally {
      if (locked) {
        lock.unlock();
      }
    }
    try {
      upstream.awaitEnd(CLOSING_MILLIS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One connection to the upstream; its callbacks come one at a time, on one thread. */
  private final class Connection extends EventSourceListener {
    // All is guarded by the relay's lock.
    private @Nullable EventSource source;
    private boolean isOpen;
    private long openedAt;
    private long publishedBefore;
    private long duplicatesBefore;

    private void ifCurrent(Runnable task) {
      lock.lock();
      try {
        if (isCurrent(this)) {
          task.run();
        }
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void onOpen(EventSource source, Response response) {
      ifCurrent(() -> {
        if (response.code() == 204) {
          end("the upstream answers 204");
        } else {
          opened(this);
        }
      });
    }

    @Override
    public void onEvent(
        EventSource source, @Nullable String id, @Nullable String type, String data) {
      ifCurrent(() -> received(this, id, type == null ? Event.MESSAGE : type, data));
    }

    @Override
    public void onClosed(EventSource source) {
      ifCurrent(() -> lost(this, "the upstream ended the stream"));
    }

    @Override
    public void onFailure(
        EventSource source, @Nullable Throwable failure, @Nullable Response response) {
      ifCurrent(() -> {
        if (!isOpen && response != null && response.code() == 204) {
          end("the upstream answers 204");
        } else {
          lost(this, upstream.reason(isOpen, failure, response));
        }
      });
    }
  }
}
