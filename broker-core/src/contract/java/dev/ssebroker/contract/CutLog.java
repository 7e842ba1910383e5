package dev.ssebroker.contract;

import dev.ssebroker.Event;
import dev.ssebroker.EventId;
import dev.ssebroker.EventLog;
import dev.ssebroker.EventLogException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A way to a log that can be cut and mended; a caller that waits in the log is not disturbed. */
final class CutLog implements EventLog {
  private final EventLog log;
  private final AtomicBoolean cut = new AtomicBoolean();

  CutLog(EventLog log) {
    this.log = log;
  }

  void cut(boolean now) {
    cut.set(now);
  }

  private EventLog reach() {
    if (cut.get()) {
      throw new EventLogException("the log is cut; nothing was stored");
    }
    return log;
  }

  @Override
  public List<EventId> append(String topic, List<Event> events) {
    return reach().append(topic, events);
  }

  @Override
  public List<Entry> read(EventId after, int limit) {
    return reach().read(after, limit);
  }

  @Override
  public List<Entry> follow(EventId after, int limit, Duration wait) {
    return reach().follow(after, limit, wait);
  }

  @Override
  public EventId end() {
    return reach().end();
  }

  @Override
  public Optional<EventId> find(String ownId) {
    return reach().find(ownId);
  }

  @Override
  public void close() {
    log.close();
  }
}
