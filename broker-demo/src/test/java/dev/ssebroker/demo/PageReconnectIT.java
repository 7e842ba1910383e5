package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.http.SseServer;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The page while the server is unavailable, and after it reconnects. */
@Timeout(120)
class PageReconnectIT extends DemoPage {
  /** So long that only the button reconnects in time. */
  private static final Duration LONG_RETRY = Duration.ofMinutes(1);

  /** Publishes an event whose time shows that the page has not missed it. */
  private static void publishTheTime(Broker broker) {
    broker.publish(
        "ticker", Demo.event("the time is {time}", ZonedDateTime.now(ZoneId.systemDefault())));
  }

  @Test
  void nothingIsLostWhenTheServerRestarts() throws Exception {
    expectErrors(NO_SERVER);
    Broker broker = closing(Broker.open());
    SseServer first = server(broker, 0, LONG_RETRY);
    openPage(first.port());
    publish(broker, 1, 10);
    awaitRow("event", "10");

    first.close();
    awaitState("waiting");
    awaitText("state", "reconnecting");
    awaitText("resume-note", "The server is unavailable \\(.+\\)\\. Retrying in \\d+ s\\.");
    String note = text("resume-note");
    await("the countdown", () -> !note.equals(text("resume-note")));
    assertTrue(element("retry-now").isDisplayed() && element("retry-now").isEnabled());

    publish(broker, 11, 20);
    server(broker, first.port(), LONG_RETRY);
    press("retry-now");
    awaitState("open");
    awaitRow("replayed", "20");
    publishTheTime(broker);
    awaitText("resume-note", "Reconnected after [0-9.]+ s: 10 events replayed, none missing\\.");
    assertTrue(!element("retry-now").isDisplayed());
    assertEquals(
        IntStream.rangeClosed(1, 20).map(n -> 21 - n).mapToObj(Integer::toString).toList(),
        rows("#events li").stream().filter(row -> row.matches("\\d+")).toList());
    assertTrue(rows("#notices li.lost").isEmpty());
  }

  @Test
  void restartOfTheBrokerIsShownAsAGap() throws Exception {
    expectErrors(NO_SERVER);
    Broker broker = closing(Broker.open());
    SseServer first = server(broker, 0, LONG_RETRY);
    openPage(first.port());
    publish(broker, 1, 10);
    awaitRow("event", "10");

    first.close();
    awaitState("waiting");
    Broker fresh = closing(Broker.open());
    server(fresh, first.port(), LONG_RETRY);
    press("retry-now");
    String lost =
        "an unknown number of events is missing: the server was restarted and has lost its history\\.";
    awaitRow("lost", "Gap: " + lost);
    publishTheTime(fresh);
    awaitText("resume-note", "Reconnected after [0-9.]+ s: nothing could be replayed; " + lost);
    assertTrue(element("noticed").isDisplayed());
    assertEquals(1, rows("#notices li.lost").size());
  }

  @Test
  void historyThatIsTooShortIsShownAsAGap() throws Exception {
    expectErrors(NO_SERVER);
    Broker broker = closing(Broker.builder().historyEvents(5).open());
    SseServer first = server(broker, 0, LONG_RETRY);
    openPage(first.port());
    publish(broker, 1, 10);
    awaitRow("event", "10");

    first.close();
    awaitState("waiting");
    publish(broker, 11, 30);
    server(broker, first.port(), LONG_RETRY);
    press("retry-now");
    awaitRow("replayed", "30");
    publishTheTime(broker);
    awaitText(
        "resume-note",
        "Reconnected after [0-9.]+ s: 5 events replayed, but an unknown number of events is missing: the history no longer reaches back that far\\.");
    awaitRow("lost", "Gap: an unknown number of events is missing: .*");
    assertEquals(List.of("30", "29", "28", "27", "26"), rows("#events li.replayed"));
  }

  @Test
  void pageReplaysWhatItMissedWhileDisconnected() throws Exception {
    Broker broker = closing(Broker.open());
    openPage(server(broker, 0, LONG_RETRY).port());
    publish(broker, 1, 1);
    awaitRow("event", "1");
    press("toggle");
    awaitState("closed");
    awaitText("resume-note", "Disconnected by you\\. .*");
    assertEquals("Connect", text("toggle"));
    await("the connection is closed", () -> broker.clientCount() == 0);

    publish(broker, 2, 2);
    press("toggle");
    awaitRow("replayed", "2");
    publishTheTime(broker);
    awaitText("resume-note", "Reconnected after [0-9.]+ s: 1 event replayed, none missing\\.");
    assertEquals("Disconnect", text("toggle"));
  }
}
