package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.http.SseServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.WindowType;

/** Tabs that share one connection, whichever tab leads. */
@Timeout(120)
class SseClientTabsIT extends ClientPage {
  private void openTab(SseServer server) {
    browser().switchTo().newWindow(WindowType.TAB);
    openPage(server);
  }

  @Test
  void tabsShareOneConnection() throws Exception {
    Broker broker = broker();
    SseServer server = server(broker);
    openPage(server);
    List<String> tabs = openTabs(server, 3);
    publish(broker, 1, 100);
    for (String tab : tabs) {
      browser().switchTo().window(tab);
      awaitReceived("100");
      assertEquals(numbers(1, 100), received());
      assertEquals(tab.equals(tabs.getFirst()), run("return client.leads"));
    }
    assertEquals(1, broker.clientCount());
    assertEquals(1, site.requests("/events"));
  }

  /**
   * Opens tabs with a client. The current window has none, so that one window always stays open.
   */
  private List<String> openTabs(SseServer server, int count) {
    List<String> tabs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      openTab(server);
      follow("/events");
      tabs.add(browser().getWindowHandle());
    }
    return tabs;
  }

  /** The leading tab goes in each possible way, while events arrive. */
  @ParameterizedTest
  @ValueSource(strings = {"close the tab", "close the client", "navigate"})
  void leaderHandsOverWithoutLoss(String way) throws Exception {
    Broker broker = broker();
    SseServer server = server(broker);
    openPage(server);
    List<String> tabs = openTabs(server, 3);
    browser().switchTo().window(tabs.getFirst());
    AtomicInteger published = new AtomicInteger();
    Ticker publisher =
        closing(
            Ticker.start(
                "test-ticker",
                Duration.ofMillis(1),
                () -> publish(broker, published.incrementAndGet(), published.get())));
    await("events", () -> received().size() > 100);
    switch (way) {
      case "close the tab" -> browser().close();
      case "close the client" -> run("client.close()");
      default -> browser().get(url(server, "/elsewhere"));
    }
    browser().switchTo().window(tabs.get(1));
    await("the other tab leads", () -> holds("return client.leads"));
    int before = received().size();
    await("more events", () -> received().size() > before + 100);
    publisher.close();
    int last = published.get();
    for (String tab : tabs.subList(1, 3)) {
      browser().switchTo().window(tab);
      awaitReceived(Integer.toString(last));
      int first = Integer.parseInt(received().getFirst().toString());
      assertEquals(numbers(first, last), received());
    }
    awaitClients(broker, 1);
  }

  /**
   * The page itself acts as a leader that has sent two other clients different events before it
   * releases the lock, and whose last event arrives late.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tabsWithDifferentPositionsCatchUpAfterAHandover(boolean laggingTabLeads) throws Exception {
    Broker broker = broker();
    SseServer server = server(broker);
    openPage(server);
    List<String> ids =
        IntStream.rangeClosed(1, 8)
            .mapToObj(n -> broker.publish(TestPage.TOPIC, Event.of(Integer.toString(n))).id())
            .toList();
    runAsync(
        """
        const [ids, laggingTabLeads] = arguments;
        const url = new URL('/events', location).href;
        const name = `sse-client ${url}`;
        const event = n => ({ type: 'message', data: String(n), lastEventId: ids[n - 1] });
        const channel = new BroadcastChannel(name);
        const term = Date.now() - 1000;
        let release;
        await new Promise(held => navigator.locks.request(name, () => {
          held();
          return new Promise(done => (release = done));
        }));
        const openClient = async () => {
          const question = new Promise(resolve => (channel.onmessage = message => resolve(message.data)));
          const client = new SseClient(url, { minDelay: 50, lastEventId: ids[0] });
          client.question = (await question).from;
          return client;
        };
        const answer = (client, last) => channel.postMessage({
          term, kind: 'answer', to: client.question, events: [2, 3, 4, 5].filter(n => n <= last).map(event),
          position: { lastEventId: ids[last - 1], seen: 1 }, state: { state: 'open', retryAt: null, error: '' },
        });
        const first = await openClient();
        const second = await openClient();
        window.all = [record(first), record(second)];
        window.first = first;
        const answered = new Promise(resolve => second.addEventListener('state', resolve, { once: true }));
        answer(first, laggingTabLeads ? 3 : 5);
        answer(second, laggingTabLeads ? 5 : 3);
        await answered;
        first.addEventListener('state', () => {
          if (first.leads) channel.postMessage({ term, kind: 'event', event: event(6) });
        });
        channel.onmessage = null;
        release();
        """,
        ids,
        laggingTabLeads);
    await("the first client leads", () -> holds("return first.leads"));
    awaitClients(broker, 1);
    publish(broker, 9, 12);
    await("all events", () -> holds("return all.every(events => events.at(-1) === '12')"));
    List<String> expected = numbers(2, 12);
    assertEquals(List.of(expected, expected), run("return all"));
  }

  /**
   * The new leader answers a question that the old one has answered before, after the tab has asked
   * again.
   */
  @Test
  void answerToAnEarlierQuestionIsIgnored() throws Exception {
    openPage(server(broker()));
    Object received =
        runAsync(
            """
            const url = new URL('/events', location).href;
            const name = `sse-client ${url}`;
            await new Promise(held => navigator.locks.request(name, () => {
              held();
              return new Promise(() => {});
            }));
            const channel = new BroadcastChannel(name);
            const next = () => new Promise(resolve => (channel.onmessage = message => resolve(message.data)));
            const event = n => ({ type: 'message', data: String(n), lastEventId: String(n) });
            const answer = (term, to, ...numbers) => channel.postMessage({
              kind: 'answer', term, to, events: numbers.map(event),
              position: { lastEventId: '9', seen: 1 }, state: { state: 'open', retryAt: null, error: '' },
            });

            const asked = next();
            const client = new SseClient(url, { lastEventId: '1' });
            const received = record(client);
            const first = (await asked).from;
            answer(1, first, 2, 3);
            const askedAgain = next();
            channel.postMessage({ kind: 'lead', term: 2 });
            const second = await askedAgain;
            answer(2, first, 2, 3, 4);
            answer(1, second.from, 3);
            channel.postMessage({ kind: 'event', term: 2, event: event(4) });
            const last = new Promise(resolve => client.addEventListener('message', e => e.data === '5' && resolve()));
            answer(2, second.from, 4, 5);
            await last;
            client.close();
            return [second.lastEventId, ...received];
            """);
    assertEquals(List.of("3", "2", "3", "4", "5"), received);
  }

  @Test
  void tabThatLagsTooFarReceivesAGap() throws Exception {
    Broker broker = broker();
    openPage(server(broker));
    publish(broker, 1, 1);
    follow("/events");
    publish(broker, 2, 2);
    awaitReceived("2");
    run(
        """
        const late = new SseClient('/events', { lastEventId: 'long-ago' });
        window.received = record(late);
        """);
    awaitReceived("gap null lagged");
    publish(broker, 3, 3);
    awaitReceived("3");
    assertEquals(List.of("gap null lagged", "3"), received());
  }

  @Test
  void unsharedClientHasItsOwnConnection() throws Exception {
    Broker broker = broker();
    openPage(server(broker));
    follow("/events");
    run("window.own = new SseClient('/events', { shared: false })");
    awaitClients(broker, 2);
    assertEquals(List.of(true, true), run("return [client.leads, own.leads]"));
    run("own.close()");
    awaitClients(broker, 1);
  }
}
