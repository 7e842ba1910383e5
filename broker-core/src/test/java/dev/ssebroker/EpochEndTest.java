package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A log that loses its newest events, gives their places to others, and then begins an epoch. */
class EpochEndTest {
  @RegisterExtension final Stage stage = new Stage();

  /** What a follower is given and what is kept, each as it is set. */
  private static final class LosingLog implements EventLog {
    final List<Entry> kept = new CopyOnWriteArrayList<>();
    private final List<Entry> followed = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    void give(Entry entry) {
      followed.add(entry);
    }

    @Override
    public List<EventId> append(String topic, List<Event> events) {
      throw new EventLogException("nothing was stored");
    }

    @Override
    public List<Entry> read(EventId after, int limit) {
      List<Entry> read = new ArrayList<>(kept);
      read.removeIf(e -> e.id().epoch().equals("e") && after.epoch().equals("f"));
      read.removeIf(
          e -> e.id().epoch().equals(after.epoch()) && e.id().sequence() <= after.sequence());
      return read;
    }

    @Override
    public List<Entry> follow(EventId after, int limit, Duration wait) {
      try {
        if (followed.isEmpty() && closed.await(5, TimeUnit.MILLISECONDS)) {
          throw new EventLogException("the log is closed");
        }
      } catch (InterruptedException e) {
        throw new EventLogException("interrupted", e);
      }
      return followed.isEmpty() ? List.of() : List.of(followed.removeFirst());
    }

    @Override
    public EventId end() {
      return kept.isEmpty() ? new EventId("e", 0) : kept.getLast().id();
    }

    @Override
    public Optional<EventId> find(String ownId) {
      return Optional.empty();
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }

  @Test
  void everyClientIsToldBeforeItReadsOnInTheEpochThatIsOver() throws Exception {
    LosingLog log = new LosingLog();
    Broker broker = stage.open(Broker.builder().queueEvents(1).log(log));
    RecordingSink level = stage.recording();
    broker.subscription("t").queueEvents(10).open(level);
    level.expect(COMMENT);
    GatedSink behind = stage.gated();
    broker.subscribe("t", behind);
    behind.awaitBlocked();
    for (int i = 1; i <= 3; i++) {
      log.give(entry("e", i, "lost " + i));
      level.expect("data: lost " + i + "\nid: e-" + i);
    }

    log.kept.addAll(
        List.of(
            entry("e", 1, "instead 1"),
            entry("e", 2, "instead 2"),
            entry("e", 3, "instead 3"),
            entry("e", 4, "left"),
            entry("f", 5, "first")));
    log.give(log.kept.getLast());

    String told = "event: gap\ndata: {\"missed\":null,\"reason\":\"restarted\"}";
    level.expect(told, "data: left\nid: e-4", told, "data: first\nid: f-5");
    behind.open();
    behind.expect(COMMENT, "data: lost 1\nid: e-1", told);
    behind.expect("data: instead 2\nid: e-2", "data: instead 3\nid: e-3");
    behind.expect("data: left\nid: e-4", told, "data: first\nid: f-5");
  }

  private static EventLog.Entry entry(String epoch, long sequence, String data) {
    return new EventLog.Entry(new EventId(epoch, sequence), "t", Event.of(data));
  }
}
