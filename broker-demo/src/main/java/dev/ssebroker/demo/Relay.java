package dev.ssebroker.demo;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerClosedException;
import dev.ssebroker.Event;
import dev.ssebroker.EventLogException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import okhttp3.Credentials;
import okhttp3.Dispatcher;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;
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

  /** The largest event that is taken. */
  static final int MAX_EVENT_BYTES = 8 * 1024 * 1024;

  /** A longer id is not sent back: no server would read it. */
  private static final int MAX_ID = 1024;

  /** What an upstream sends may stand in a reason; the log's lines stay readable. */
  private static final int MAX_REASON = 200;

  private static final Duration CONNECTING_TIME = Duration.ofSeconds(10);
  private static final Duration BETWEEN_LINES = Duration.ofMinutes(1);
  private static final long CLOSING_MILLIS = 1000;

  /** From one try to publish an event to the next. */
  private static final Duration BETWEEN_TRIES = Duration.ofMillis(250);

  private final HttpUrl url;
  private final String shownUrl;
  private final String credentials;
  private final String topic;
  private final Broker broker;
  private final Log log;
  private final Duration silence;
  private final RelayTimer timer;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("relay-http-", 1).factory());
  private final OkHttpClient http;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition endAsked = lock.newCondition();

  /** Set before close waits for the lock, so that who waits for it behind close sees it. */
  private volatile boolean closing;

  /** What was told last. Written under the lock. */
  private volatile RelayStatus status;

  // All below is guarded by the lock.
  private final RelayedEvents events;
  private final Outage outage;
  private final Backoff backoff;
  private @Nullable Connection current;
  private boolean ended;

  /** What is sent as Last-Event-ID; empty if there is none. */
  private String lastId = "";

  private boolean openedBefore;

  /** Whether the log has a loss whose end it does not have. */
  private boolean lossTold;

  /** The number of connections that were lost, or did not come about, since the log's last line. */
  private long untoldLosses;

  private OptionalLong lossToldAt = OptionalLong.empty();
  private OptionalLong refusalToldAt = OptionalLong.empty();

  private Relay(
      HttpUrl url,
      String topic,
      Broker broker,
      Log log,
      Duration silence,
      Backoff backoff,
      RelayTimer timer) {
    this.url = url.newBuilder().username("").password("").fragment(null).build();
    this.shownUrl = this.url.newBuilder().query(null).build().toString();
    this.credentials =
        url.username().isEmpty() ? "" : Credentials.basic(url.username(), url.password());
    this.topic = topic;
    this.broker = broker;
    this.log = log;
    this.silence = silence;
    this.backoff = backoff;
    this.timer = timer;
    this.events = new RelayedEvents(broker, topic);
    this.outage = new Outage("An event of the relay's upstream " + shownUrl, log, timer::nanoTime);
    this.status =
        new RelayStatus(shownUrl, RelayStatus.State.CONNECTING, null, OptionalLong.empty(), 0);
    this.http =
        new OkHttpClient.Builder()
            .dispatcher(new Dispatcher(threads))
            .connectTimeout(CONNECTING_TIME)
            .readTimeout(silence)
            .addInterceptor(StreamWatch.before(MAX_EVENT_BYTES, this::retryAsked))
            .build();
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
      // OkHttp calls the connection back on this very thread if it has no other.
      Connection connection = new Connection();
      current = connection;
      connection.source = EventSources.createFactory(http).newEventSource(request(), connection);
    } finally {
      lock.unlock();
    }
  }

  /** Returns how it is now. Waits for nothing that is being published. */
  RelayStatus status() {
    RelayStatus told = status;
    return new RelayStatus(
        shownUrl, told.state(), told.error(), told.retryInMillis(), events.published());
  }

  private Request request() {
    Headers.Builder headers =
        new Headers.Builder().add("Accept", "text/event-stream").add("Cache-Control", "no-store");
    if (!credentials.isEmpty()) {
      headers.add("Authorization", credentials);
    }
    if (!lastId.isEmpty()) {
      // As UTF-8 (HTML §9.2.3).
      headers.addUnsafeNonAscii("Last-Event-ID", lastId);
    }
    return new Request.Builder().url(url).headers(headers.build()).build();
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
    status = new RelayStatus(shownUrl, state, error, retryInMillis, events.published());
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
    if (!openedBefore) {
      log.line("Relaying " + shownUrl + " to the topic " + topic);
    }
    openedBefore = true;
    timer.after(SETTLING, () -> settled(connection));
  }

  private void settled(Connection connection) {
    lock.lock();
    try {
      if (!isCurrent(connection) || !lossTold) {
        return;
      }
      lossTold = false;
      log.line(
          "The relay's upstream %s is back: %d resumed, %d left out that had come before"
              .formatted(
                  shownUrl,
                  events.published() - connection.publishedBefore,
                  events.duplicates() - connection.duplicatesBefore));
    } finally {
      lock.unlock();
    }
  }

  /** The lock is held. */
  private void received(Connection connection, @Nullable String id, String type, String data) {
    // OkHttp gives an event without an id that of the event before it.
    boolean hasOwnId = id != null && !id.equals(connection.previousId);
    if (id != null && isSendable(id)) {
      lastId = id;
    } else if (id == null && connection.previousId != null) {
      // An empty id line: the standard's way to take the last id back.
      lastId = "";
    }
    connection.previousId = id;
    long before = events.published();
    try {
      if (type.equals(StreamWatch.CUT)) {
        events.refuse();
        refused("it has more than %d bytes".formatted(MAX_EVENT_BYTES));
      } else {
        take(connection, hasOwnId && id != null && isSendable(id) ? id : null, type, data);
      }
    } catch (IllegalArgumentException e) {
      refused(String.valueOf(e.getMessage()));
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

  /** Neither too long nor with characters that a header field cannot have (RFC 9110 §5.5). */
  private static boolean isSendable(String id) {
    return id.length() <= MAX_ID && id.chars().noneMatch(Character::isISOControl);
  }

  /** The lock is held. */
  private void refused(String reason) {
    if (isDue(refusalToldAt)) {
      refusalToldAt = OptionalLong.of(timer.nanoTime());
      log.line(
          "An event of the relay's upstream %s is left out, number %d so far: %s"
              .formatted(shownUrl, events.refused(), oneLine(reason)));
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
    untoldLosses++;
    if (wasHealthy || isDue(lossToldAt)) {
      tellLoss(reason, wait);
    }
    timer.after(wait, this::connect);
  }

  /** The lock is held. */
  private void tellLoss(String reason, Duration wait) {
    String times =
        untoldLosses > 1 ? " (%d times since the last such line)".formatted(untoldLosses) : "";
    log.line(
        "The relay's upstream %s is lost%s: %s. The next try comes in %s"
            .formatted(shownUrl, times, reason, seconds(wait)));
    lossTold = true;
    untoldLosses = 0;
    lossToldAt = OptionalLong.of(timer.nanoTime());
  }

  private boolean isDue(OptionalLong toldAt) {
    return toldAt.isEmpty() || timer.nanoTime() - toldAt.getAsLong() >= BETWEEN_LINES.toNanos();
  }

  private boolean isCurrent(Connection connection) {
    return !closing && current == connection;
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
  }

  private static String oneLine(String text) {
    String line = text.replaceAll("\\p{Cntrl}+", " ");
    return line.length() > MAX_REASON ? line.substring(0, MAX_REASON) + "…" : line;
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
      log.line("The relay of %s has ended: %s".formatted(shownUrl, reason));
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
    http.dispatcher().cancelAll();
    threads.shutdown();
    http.connectionPool().evictAll();
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
      boolean unused = threads.awaitTermination(CLOSING_MILLIS, TimeUnit.MILLISECONDS);
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
    private @Nullable String previousId;

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
          lost(this, reason(failure, response));
        }
      });
    }

    private String reason(@Nullable Throwable failure, @Nullable Response response) {
      if (!isOpen && response != null) {
        return response.isSuccessful()
            ? "it answers with the content type %s; text/event-stream is needed"
                .formatted(oneLine(String.valueOf(response.header("Content-Type"))))
            : "it answers " + response.code();
      }
      if (isOpen && failure instanceof SocketTimeoutException) {
        return "nothing has come for " + seconds(silence);
      }
      return oneLine(failure instanceof IOException e ? Lost.reason(e) : String.valueOf(failure));
    }
  }
}
