package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class TallyTest {
  private final History history = new History(10, Long.MAX_VALUE, Long.MAX_VALUE);
  private final Tally tally = new Tally();

  @Test
  void olderEventsThatMadeRoomAreDropped() {
    tally.addOffered(0);
    tally.addOffered(2);
    tally.addOffered(1);

    assertEquals(new Receipt("e-1", 3, 0, 3), tally.toReceipt("e-1"));
    assertEquals(3, tally.dropped());
  }

  @Test
  void clientsThatReadItLaterAreBehind() {
    tally.addBehind(Resume.fromOverflow(history, List.of(TopicFilter.parse("t")), 1));
    tally.addToBacklog();

    assertEquals(new Receipt("e-1", 0, 2, 0), tally.toReceipt("e-1"));
  }

  @Test
  void clientsThatNeverGetItDropIt() {
    tally.addBehind(Resume.dropping(history));
    tally.addRefused();

    assertEquals(new Receipt("e-1", 0, 0, 2), tally.toReceipt("e-1"));
    assertEquals(2, tally.dropped());
  }
}
