package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What the broker's lock guards refuses a caller that does not hold it. */
class BrokerLockAssertionsTest {
  private static final Filters FILTERS = Filters.of(List.of(TopicFilter.parse("a")));

  private final BrokerLock lock = new BrokerLock();
  private final History history = new History(lock, "e", 10, Long.MAX_VALUE, Long.MAX_VALUE);

  @Test
  void historyNeedsTheLock() {
    Frame frame = history.encode("a", Event.of("x"));
    Batch batch = new Batch(new Deflation());
    assertRefused(
        history::events,
        history::bytes,
        history::copiedAfter,
        history::copiedThrough,
        () -> history.ownIds(0),
        () -> history.copyAfter(new EventId("e", 1)),
        () -> history.append("a", frame, 0),
        () -> history.expire(0),
        () -> history.sequenceOf("own"),
        () -> history.readLocked(FILTERS, 0, 1, batch),
        () -> history.count(FILTERS, 0, 1),
        () -> history.evictedAfter(FILTERS, 0),
        () -> history.reachesBackTo(FILTERS, 0));
  }

  @Test
  void cursorNeedsTheLock() {
    Cursor.Source source = new Cursor.Source(lock, history, null);
    Cursor cursor = locked(() -> Cursor.fromOverflow(source, FILTERS, 1));
    Archive.Page page = new Archive.Page(null, List.of(), null);
    Batch batch = new Batch(new Deflation());
    assertRefused(
        () -> Cursor.fromOverflow(source, FILTERS, 1),
        () -> cursor.published(1),
        cursor::giveUpDropped,
        cursor::stop,
        cursor::waiting,
        () -> cursor.take(page, batch));
  }

  @Test
  void topicTreeNeedsTheLock() {
    TopicTree tree = new TopicTree(lock);
    assertRefused(
        () -> tree.match("a"),
        () -> tree.remove(FILTERS, List.of()),
        () -> tree.add(Filters.of(List.of()), client()));
  }

  @Test
  void countersNeedTheLock() {
    BrokerCounters counters = new BrokerCounters(lock);
    assertRefused(
        counters::addPublished,
        () -> counters.addEnded(CloseReason.FAILED),
        counters::events,
        counters::ended);
  }

  /** No method looks at the client before the lock. */
  @SuppressWarnings("NullAway")
  private static Client client() {
    return null;
  }

  private <T> T locked(Supplier<T> action) {
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  private static void assertRefused(Executable... calls) {
    assertAll(
        Stream.of(calls)
            .map(call ->
                () ->
                    assertEquals(
                        "the broker's lock is not held",
                        assertThrows(AssertionError.class, call).getMessage())));
  }
}
