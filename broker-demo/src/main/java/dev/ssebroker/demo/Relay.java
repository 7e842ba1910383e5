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
 * Publishes the events of another server's stream to a topic. One connection to the upstream thus
 * serves many clients.
 *
 * <p>Each event is published once, in the upstream's order. It keeps its id if the broker accepts
 * that id; otherwise the broker assigns one. A gap notice of the upstream has the type {@value
 * RelayedEvents#UPSTREAM_GAP}, since the type {@code gap} is the broker's own.
 *
 * <p>When the connection is lost, the relay waits, and reconnects with the last event id. It skips
 * events that the upstream repeats, provided that they have ids. A status of 204 ends the relay
 * (HTML §9.2.3). If the broker's log is unavailable, the current event and all later ones wait
 * until it is available again. Local clients stay connected. The topic {@value #STATUS_TOPIC} has
 * an event of type {@value #STATUS_TYPE} with the {@link RelayStatus} as JSON for each change.
 *
 * <p>Threads: an OkHttp thread, named after the request, publishes the events of a connection. It
 * waits for a client only under {@link dev.ssebroker.Overflow#await}. The thread {@code
 * relay-timer} starts connections and logs reconnects. Neither keeps the process alive.
 */
final class Relay implements AutoCloseable {
  /*
   * One lock. Events, states and log lines are published and written with the lock held, and only by the
   * current connection. So a cancelled connection publishes nothing more, and nothing is published once
   * close has held the lock.
   */
  static final String STATUS_TOPIC = "relay/status";
  static final String STATUS_TYPE = "relay";

  /** The time without a byte, heartbeats included, after which a stream counts as dead. */
  static final Duration SILENCE = Duration.ofSeconds(60);

  /** Events that arrive within this time after the stream has opened count as resumed. */
  static final Duration RESUME_WINDOW = Duration.ofSeconds(1);

  private static final long CLOSE_MILLIS = 1000;

  /** The delay between two attempts to publish an event. */
  private static final Duration RETRY_DELAY = Duration.ofMillis(250);

  private final Upstream upstream;
  private final String topic;
  private final Broker broker;
  private final RelayTimer timer;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ending = lock.newCondition();

  /** Set before close waits for the lock, so that a thread that waits as well sees it. */
  private volatile boolean closing;

  /** The latest status. Written with the lock held. */
  private volatile RelayStatus status;

  // The fields below are guarded by the lock.
  private final RelayedEvents events;
  private final RelayLog log;
  private final OutageLog outage;
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
    this.upstream = new Upstream(url, silence, this::setServerDelay);
    this.topic = topic;
    this.broker = broker;
    this.backoff = backoff;
    this.timer = timer;
    this.events = new RelayedEvents(broker, topic);
    this.log = new RelayLog(log, upstream.shownUrl(), timer::nanoTime);
    this.outage =
        new OutageLog(
            "An event of the relay's upstream " + upstream.shownUrl(), log, timer::nanoTime);
    this.status =
        new RelayStatus(
            upstream.shownUrl(), RelayStatus.State.CONNECTING, null, OptionalLong.empty(), 0);
  }

  /**
   * Starts a relay, even if the upstream cannot be reached.
   *
   * @param url the address of an event stream; a user name and password in it are sent as basic
   *     authentication; neither they nor the query are ever shown
   * @param topic the topic to publish to
   * @throws IllegalArgumentException if the topic is not a valid name; nothing is then started
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

  /** Starts a relay with another timer, for tests. */
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
          "topic '%s' has a '*'; events can only be published to a single topic".formatted(topic));
    }
    Object unused = broker.subscription(topic);
  }

  private void connect() {
    lock.lock();
    try {
      if (closing || ended) {
        return;
      }
      publishStatus(RelayStatus.State.CONNECTING, null, OptionalLong.empty());
      Connection connection = new Connection();
      current = connection;
      lastId.connect();
      connection.source = upstream.connect(lastId.toSend(), connection);
    } finally {
      lock.unlock();
    }
  }

  /** Returns the current status. Does not wait for the lock. */
  RelayStatus status() {
    RelayStatus latest = status;
    return new RelayStatus(
        upstream.shownUrl(),
        latest.state(),
        latest.error(),
        latest.retryInMillis(),
        events.published());
  }

  private void setServerDelay(long millis) {
    lock.lock();
    try {
      backoff.setServerDelay(millis);
    } finally {
      lock.unlock();
    }
  }

  /** Must be called with the lock held. */
  private void publishStatus(
      RelayStatus.State state, @Nullable String error, OptionalLong retryInMillis) {
    status = new RelayStatus(upstream.shownUrl(), state, error, retryInMillis, events.published());
    try {
      broker.publish(STATUS_TOPIC, Event.of(STATUS_TYPE, status.toJson()).withKey(STATUS_TYPE));
    } catch (BrokerClosedException e) {
      // No client is left.
    } catch (EventLogException e) {
      // The next status is published; the figures have this one.
    }
  }

  /** Must be called with the lock held. */
  private void opened(Connection connection) {
    connection.isOpen = true;
    connection.openedAt = timer.nanoTime();
    connection.publishedBefore = events.published();
    connection.duplicatesBefore = events.duplicates();
    publishStatus(RelayStatus.State.OPEN, null, OptionalLong.empty());
    log.opened(topic);
    timer.after(RESUME_WINDOW, () -> resumed(connection));
  }

  private void resumed(Connection connection) {
    lock.lock();
    try {
      if (isCurrent(connection)) {
        log.resumed(
            events.published() - connection.publishedBefore,
            events.duplicates() - connection.duplicatesBefore);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Must be called with the lock held. */
  private void received(Connection connection, @Nullable String id, String type, String data) {
    Optional<String> ownId = lastId.update(id);
    long before = events.published();
    try {
      if (type.equals(StreamFilter.TRUNCATED)) {
        events.countRefused();
        log.refused(
            events.refused(), "it has more than %d bytes".formatted(Upstream.MAX_EVENT_BYTES));
      } else {
        publish(connection, ownId.orElse(null), type, data);
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
   * Publishes an event, and retries until that succeeds or the connection is no longer the current
   * one. Must be called with the lock held; releases it between two attempts.
   */
  private void publish(Connection connection, @Nullable String id, String type, String data) {
    while (isCurrent(connection)) {
      try {
        events.publish(id, type, data);
        outage.recovered();
        return;
      } catch (EventLogException e) {
        outage.failed(e);
        pause();
      }
    }
  }

  /** Must be called with the lock held, which it releases while it waits. */
  private void pause() {
    long remaining = RETRY_DELAY.toNanos();
    try {
      while (!closing && remaining > 0) {
        remaining = ending.awaitNanos(remaining);
      }
    } catch (InterruptedException e) {
      // Nothing interrupts this thread; close sets a flag instead.
    }
  }

  /** Must be called with the lock held. */
  private void lost(Connection connection, String reason) {
    current = null;
    boolean wasHealthy =
        connection.isOpen && timer.nanoTime() - connection.openedAt >= Backoff.MAX_BOUND.toNanos();
    if (wasHealthy) {
      backoff.reset();
    }
    Duration wait = backoff.next();
    publishStatus(RelayStatus.State.WAITING, reason, OptionalLong.of(wait.toMillis()));
    log.lost(wasHealthy, reason, wait);
    timer.after(wait, this::connect);
  }

  private boolean isCurrent(Connection connection) {
    return !closing && current == connection;
  }

  /**
   * Ends the relay. Must be called with the lock held.
   *
   * @param reason null if the relay is closed
   */
  private void end(@Nullable String reason) {
    if (ended) {
      return;
    }
    ended = true;
    ending.signalAll();
    publishStatus(RelayStatus.State.ENDED, reason, OptionalLong.empty());
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
   * Ends the relay. Nothing is published after this method returns. It waits at most one second for
   * an event that is being published, which takes that long only under {@link
   * dev.ssebroker.Overflow#await}, and at most one second for the connection's thread. An interrupt
   * ends the wait. Idempotent.
   */
  @Override
  public void close() {
    closing = true;
    boolean interrupted = false;
    boolean locked = lock.tryLock();
    try {
      locked = locked || lock.tryLock(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
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
      upstream.awaitEnd(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One connection to the upstream. OkHttp calls it from one thread at a time. */
  private final class Connection extends EventSourceListener {
    // All fields are guarded by the relay's lock.
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
