package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final StringWriter err = new StringWriter();
  private long nanos;

  private Progress progress(boolean shown, boolean rewritten) {
    return new Progress(new PrintWriter(err), shown, rewritten, () -> nanos);
  }

  private void countAt(Progress progress, double seconds, long events) {
    nanos = (long) (seconds * 1e9);
    progress.count(events);
  }

  @Test
  void lineIsPrintedOnceASecondWithTheRateSinceTheLastOne() {
    Progress progress = progress(true, false);
    countAt(progress, 0.9, 10);
    countAt(progress, 1, 20);
    countAt(progress, 1.9, 30);
    countAt(progress, 3, 120);

    assertEquals(
        "20 events, 20 per second\n120 events, 50 per second\n",
        err.toString().replace(System.lineSeparator(), "\n"));
    assertEquals(3, progress.seconds());
  }

  @Test
  void terminalHasOneLineThatMessagesReplace() {
    Progress progress = progress(true, true);
    countAt(progress, 1, 5);
    progress.message("Retrying");
    progress.clear();

    assertEquals(
        "\r\u001b[K5 events, 5 per second\r\u001b[KRetrying\n",
        err.toString().replace(System.lineSeparator(), "\n"));
  }

  @Test
  void onlyMessagesArePrintedUnlessProgressIsShown() {
    Progress progress = progress(false, false);
    countAt(progress, 5, 100);
    progress.message("Retrying");

    assertEquals("Retrying", err.toString().strip());
  }
}
