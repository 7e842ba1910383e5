package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** What a cursor reads from, and what it adds to batches. */
abstract class ReplayFixture {
  static final Filters FILTERS = filters("a", "b");

  final BrokerLock lock = new BrokerLock();

  /** It keeps the last three events of each topic. */
  final History history = new History(lock, "e", 3, Long.MAX_VALUE, Long.MAX_VALUE);

  final ScriptedLog log = new ScriptedLog();
  final Archive archive = new Archive(log, () -> 0);

  private final Batch batch = new Batch(new Deflation());

  static Filters filters(String... filters) {
    return Filters.of(Arrays.stream(filters).map(TopicFilter::parse).toList());
  }

  static EventId id(String text) {
    return EventId.parse(text).orElseThrow();
  }

  @AfterEach
  void noCallKeepsTheLock() throws Exception {
    Callable<Boolean> takesBoth =
        () -> {
          lock.lockAfterPublishers();
          lock.unlockAfterPublishers();
          return true;
        };
    assertTrue(Stage.await(Stage.async(takesBoth)));
  }

  final <T> T locked(Supplier<T> body) {
    lock.lock();
    try {
      return body.get();
    } finally {
      lock.unlock();
    }
  }

  final void locked(Runnable body) {
    locked(() -> {
      body.run();
      return true;
    });
  }

  /** Publishes events that no cursor counts. */
  final void publish(String... topics) {
    for (String topic : topics) {
      publish(topic, Event.of("x"));
    }
  }

  /** Publishes an event of about this length. */
  final void publishLarge(String topic, int length) {
    publish(topic, Event.of("x".repeat(length)));
  }

  /** Appends the event to the history and, under the same id, to the log. */
  final void publish(String topic, Event event) {
    Frame frame = history.encode(topic, event);
    locked(() -> history.append(topic, frame, 0));
    log.add(new EventId(history.epoch(), frame.sequence()), topic, event);
  }

  /** Publishes an event to a topic that the cursor's client receives. */
  final Cursor.Progress publish(Cursor cursor, String topic) {
    publish(topic);
    return locked(() -> cursor.published(history.lastSequence()));
  }

  final void publish(Cursor cursor, String... topics) {
    for (String topic : topics) {
      publish(cursor, topic);
    }
  }

  /** Reads a page; returns the ids of its events, what its notices say, and the progress. */
  final List<String> read(Cursor cursor) {
    Cursor.Progress progress = cursor.read(batch);
    List<String> given = given();
    given.add(progress.name());
    return given;
  }

  /** Reads until the cursor waits or has caught up. */
  final List<String> readAll(Cursor cursor) {
    List<String> all = new ArrayList<>();
    Cursor.Progress progress = Cursor.Progress.MORE;
    while (progress == Cursor.Progress.MORE) {
      progress = cursor.read(batch);
      all.addAll(given());
    }
    all.add(progress.name());
    return all;
  }

  final List<String> take(Cursor cursor, Archive.Page page) {
    locked(() -> cursor.take(page, batch));
    return given();
  }

  /** Empties the batch; a notice without a number is its reason alone. */
  private List<String> given() {
    List<String> given = new ArrayList<>();
    int notices = 0;
    for (String line : Frames.text(batch).lines().toList()) {
      if (line.startsWith("id: ")) {
        given.add(line.substring("id: ".length()));
      } else if (line.equals("event: gap")) {
        GapNotice notice = batch.gaps().get(notices++);
        String reason = notice.reason.wireName();
        given.add(notice.missed < 0 ? reason : notice.missed + " " + reason);
      }
    }
    assertEquals(batch.gaps().size(), notices);
    batch.clear();
    return given;
  }

  final long waiting(Cursor cursor) {
    return locked(cursor::waiting);
  }

  /** Returns a page with these lines, each of them an id and a topic. */
  static Archive.Page page(String... lines) {
    return pageAfter(null, lines);
  }

  static Archive.Page pageAfter(@Nullable String after, String... lines) {
    return new Archive.Page(
        after == null ? null : id(after),
        Arrays.stream(lines).map(ReplayFixture::line).toList(),
        null);
  }

  /** Returns the page without lines of a log that ends there. */
  static Archive.Page endOfLog(@Nullable String after, String end) {
    return new Archive.Page(after == null ? null : id(after), List.of(), id(end));
  }

  private static Archive.Line line(String text) {
    int space = text.indexOf(' ');
    return line(id(text.substring(0, space)), text.substring(space + 1), "x");
  }

  static Archive.Line line(EventId id, String topic, String data) {
    Frame frame = EventStreamEncoder.encode(new EventLog.Entry(id, topic, Event.of(data)));
    frame.complete(EventStreamEncoder.idPrefix(id.epoch()), id.sequence(), 0);
    return new Archive.Line(id, topic, frame);
  }

  /** A log whose events have the ids that a test gives them. */
  static final class ScriptedLog implements EventLog {
    private final List<Entry> entries = new ArrayList<>();
    private final Map<String, EventId> ownIds = new HashMap<>();
    private EventId end = id("e-0");

    /** How often events were read. */
    int reads;

    Runnable beforeRead = () -> {};

    void add(EventId id, String topic, Event event) {
      entries.add(new Entry(id, topic, event));
      event.id().ifPresent(ownId -> ownIds.put(ownId, id));
      end = id;
    }

    /** Adds events, each of them an id and a topic. */
    void add(String... lines) {
      for (String line : lines) {
        int space = line.indexOf(' ');
        add(id(line.substring(0, space)), line.substring(space + 1), Event.of("x"));
      }
    }

    /** Discards all events; the log then ends at a position. */
    void beginAfter(String position) {
      entries.clear();
      end = id(position);
    }

    @Override
    public List<EventId> append(String topic, List<Event> events) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<Entry> read(EventId after, int limit) {
      reads++;
      beforeRead.run();
      int from = 0;
      for (int i = 0; i < entries.size(); i++) {
        EventId id = entries.get(i).id();
        if (id.epoch().equals(after.epoch())) {
          if (id.sequence() > after.sequence()) {
            from = i;
            break;
          }
          from = i + 1;
        }
      }
      return entries.subList(from, Math.min(from + limit, entries.size()));
    }

    @Override
    public List<Entry> follow(EventId after, int limit, Duration wait) {
      throw new UnsupportedOperationException();
    }

    @Override
    public EventId end() {
      return end;
    }

    @Override
    public Optional<EventId> find(String ownId) {
      return Optional.ofNullable(ownIds.get(ownId));
    }

    @Override
    public void close() {}
  }
}
