package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.http.Access;
import dev.ssebroker.http.Authorizer;
import dev.ssebroker.http.Cors;
import dev.ssebroker.http.Decision;
import dev.ssebroker.http.SseServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.WindowType;

/** The browser's client module, in a real browser, against a real server. */
@Timeout(120)
class SseClientIT extends Chromium {
  /** What the console says about a server that is not there. */
  private static final String NO_SERVER =
      "ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)";

  private final TestPage site = new TestPage();

  private Broker broker() {
    return closing(Broker.open());
  }

  private SseServer server(Broker broker) throws IOException {
    return server(broker, 0);
  }

  private SseServer server(Broker broker, int port) throws IOException {
    return closing(
        SseServer.builder(broker, site)
            .port(port)
            .cors(Cors.anyOrigin())
            .retry(Duration.ofMillis(100))
            .start());
  }

  private static String url(SseServer server, String path) {
    return "http://localhost:" + server.port() + path;
  }

  private void openPage(SseServer server) {
    browser().get(url(server, "/page"));
  }

  private void openTab(SseServer server) {
    browser().switchTo().newWindow(WindowType.TAB);
    openPage(server);
  }

  /** Follows the stream and returns when it is open. */
  private void follow(String url) {
    run("follow(arguments[0], { minDelay: 50 })", url);
    await("the stream is open", () -> "open".equals(run("return client.state")));
  }

  private static void publish(Broker broker, int from, int to) {
    IntStream.rangeClosed(from, to)
        .forEach(n -> broker.publish(TestPage.TOPIC, Event.of(Integer.toString(n))));
  }

  private static List<String> numbers(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toList();
  }

  private void awaitHeard(String last) {
    await("the page hears " + last, () -> last.equals(run("return heard.at(-1)")));
  }

  private List<?> heard() {
    return (List<?>) Objects.requireNonNull(run("return heard"));
  }

  private void awaitClients(Broker broker, int clients) {
    await("clients of the broker: " + clients, () -> broker.clientCount() == clients);
  }

  /** A stream and what it says: each event's type, data and id, then the last id and the retry. */
  private record Row(String stream, String expected) {}

  private static final List<Row> GRAMMAR =
      List.of(
          // §9.2.6, the examples
          new Row(
              "data: YHOO\ndata: +2\ndata: 10\n\n",
              "[[\"message\",\"YHOO\\n+2\\n10\",\"\"]] \"\" null"),
          new Row(
              ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n",
              "[[\"message\",\"first event\",\"1\"],[\"message\",\"second event\",\"\"]] \"\" null"),
          new Row(
              "data\n\ndata\ndata\n\ndata:",
              "[[\"message\",\"\",\"\"],[\"message\",\"\\n\",\"\"]] \"\" null"),
          new Row(
              "data:test\n\ndata: test\n\n",
              "[[\"message\",\"test\",\"\"],[\"message\",\"test\",\"\"]] \"\" null"),
          // §9.2.5, line ends and the byte order mark
          new Row(
              "data: a\rdata: b\r\rdata: c\r\ndata: d\r\n\r\ndata: e\n\n",
              "[[\"message\",\"a\\nb\",\"\"],[\"message\",\"c\\nd\",\"\"],[\"message\",\"e\",\"\"]] \"\" null"),
          new Row(
              "data: a\r\n\rdata: b\n\r\n",
              "[[\"message\",\"a\",\"\"],[\"message\",\"b\",\"\"]] \"\" null"),
          new Row("\ufeffdata: a\n\n", "[[\"message\",\"a\",\"\"]] \"\" null"),
          new Row("\ufeff\ufeffdata: a\n\ndata: b\n\n", "[[\"message\",\"b\",\"\"]] \"\" null"),
          new Row(
              "data: ü€😀\u2028\ufeff\n\n", "[[\"message\",\"ü€😀\u2028\ufeff\",\"\"]] \"\" null"),
          // §9.2.6, fields
          new Row(
              "event: a\ndata: 1\n\ndata: 2\n\nevent: b\n\ndata: 3\n\n",
              "[[\"a\",\"1\",\"\"],[\"message\",\"2\",\"\"],[\"message\",\"3\",\"\"]] \"\" null"),
          new Row(
              "event: a\nevent:\ndata: 1\n\nDATA: 2\n\n data: 3\n\ndata : 4\n\n",
              "[[\"message\",\"1\",\"\"]] \"\" null"),
          new Row(
              "id: 1\ndata: a\n\ndata: b\n\nid: 2\u0000\ndata: c\n\nid: 3\n\nid: 4\n",
              "[[\"message\",\"a\",\"1\"],[\"message\",\"b\",\"1\"],[\"message\",\"c\",\"1\"]] \"3\" null"),
          new Row("retry: 1000\nretry: 5s\nretry: -1\nretry:\n", "[] \"\" 1000"),
          new Row("retry: 0100\n:retry: 1\nretry: \u0661\n", "[] \"\" 100"),
          new Row("data: {\"a\": 1}\n\n", "[[\"message\",\"{\\\"a\\\": 1}\",\"\"]] \"\" null"));

  @Test
  void streamIsReadAsTheStandardSaysWhereverItIsSplit() throws Exception {
    openPage(server(broker()));
    assertAll(
        GRAMMAR.stream()
            .map(row -> () -> assertEquals(List.of(row.expected()), readings(row.stream()))));
  }

  /** The different ways in which the parser understands a stream; there should be one. */
  private @Nullable Object readings(String stream) {
    byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
    List<Integer> unsigned =
        IntStream.range(0, bytes.length).mapToObj(i -> Byte.toUnsignedInt(bytes[i])).toList();
    return run(
        """
        const bytes = Uint8Array.from(arguments[0]);
        const read = chunks => {
          const parser = new EventStreamParser();
          const events = chunks.flatMap(chunk => parser.feed(chunk)).map(e => [e.type, e.data, e.lastEventId]);
          return [events, parser.lastEventId, parser.retry].map(part => JSON.stringify(part)).join(' ');
        };
        const readings = new Set([read([...bytes].map(byte => Uint8Array.of(byte)))]);
        for (let i = 0; i <= bytes.length; i++) {
          readings.add(read([bytes.subarray(0, i), bytes.subarray(i)]));
        }
        return [...readings];
        """,
        unsigned);
  }

  @Test
  void restartOfTheServerLosesAndDoublesNothing() throws Exception {
    expectErrors(NO_SERVER);
    Broker broker = broker();
    SseServer first = server(broker);
    openPage(first);
    follow("/events");
    publish(broker, 1, 10);
    awaitHeard("10");

    first.close();
    publish(broker, 11, 20);
    server(broker, first.port());
    awaitHeard("20");
    publish(broker, 21, 30);
    awaitHeard("30");
    assertEquals(numbers(1, 30), heard());
  }

  @Test
  void freshBrokerIsAGap() throws Exception {
    expectErrors(NO_SERVER);
    Broker broker = broker();
    SseServer first = server(broker);
    openPage(first);
    follow("/events");
    publish(broker, 1, 2);
    awaitHeard("2");

    first.close();
    Broker fresh = broker();
    server(fresh, first.port());
    awaitHeard("gap null restarted");
    publish(fresh, 3, 4);
    awaitHeard("4");
    assertEquals(List.of("1", "2", "gap null restarted", "3", "4"), heard());
  }

  @Test
  void silentConnectionIsGivenUp() throws Exception {
    openPage(server(broker()));
    SilentServer silent = closing(new SilentServer());
    run("follow(arguments[0], { silence: 300, minDelay: 50 })", silent.url());
    await("the third connection", () -> silent.streams() == 3);
    assertEquals("the server was silent for 300 ms", run("return states.find(s => s.error).error"));
  }

  @Test
  void commentsKeepAConnectionAlive() throws Exception {
    openPage(server(broker()));
    SilentServer silent = closing(new SilentServer());
    run("follow(arguments[0], { silence: 1500, minDelay: 50 })", silent.url());
    await("the connection", () -> silent.streams() == 1);
    AtomicInteger ticks = new AtomicInteger();
    closing(
        Ticker.start(
            "test-ticker",
            Duration.ofMillis(250),
            () -> silent.say(ticks.incrementAndGet() < 14 ? ":\n" : "data: alive\n\n")));
    awaitHeard("alive");
    assertEquals(1, silent.streams());
  }

  @Test
  void noContentEndsForGood() throws Exception {
    site.answer("/over", count -> new Decision.Answer(204, "text/plain", "", Map.of()));
    SseServer server = server(broker());
    openPage(server);
    run("follow('/over', { minDelay: 1, maxDelay: 1 })");
    await("the end", () -> "closed".equals(run("return client.state")));
    assertEquals(1, site.requests("/over"));
    assertTrue(holds("return client.retryAt === null && client.error.includes('204')"));
  }

  @Test
  void failingServerIsTriedAgainUntilItRecovers() throws Exception {
    expectErrors("status of 500");
    site.answer(
        "/weak", count -> count <= 3 ? Decision.reject(500) : Decision.stream(TestPage.TOPIC));
    Broker broker = broker();
    openPage(server(broker));
    run("follow('/weak', { minDelay: 50, maxDelay: 150 })");
    await("the stream is open", () -> "open".equals(run("return client.state")));
    publish(broker, 1, 1);
    awaitHeard("1");
    assertEquals("", run("return client.error"));
    assertEquals(4, site.requests("/weak"));
    assertEquals(
        List.of("waiting status 500", "connecting status 500"),
        run("return [...new Set(states.filter(s => s.error).map(s => `${s.state} ${s.error}`))]"));
    assertTrue(
        holds(
            "return states.filter(s => s.wait !== null).every(s => s.wait > 40 && s.wait <= 150)"));
  }

  @Test
  void retryAfterIsHonoured() throws Exception {
    expectErrors("status of 503");
    site.answer("/busy", count -> Decision.reject(503).with("Retry-After", "60"));
    openPage(server(broker()));
    run("follow('/busy', { minDelay: 1, maxDelay: 1 })");
    await("the refusal", () -> "waiting".equals(run("return client.state")));
    assertTrue(holds("return states.at(-1).wait > 59_000 && states.at(-1).wait <= 60_000"));
    run("client.reconnect()");
    await("the second request", () -> site.requests("/busy") == 2);
  }

  @Test
  void whatIsNoEventStreamIsNotRead() throws Exception {
    openPage(server(broker()));
    run("follow('/elsewhere', { minDelay: 1 })");
    await("the refusal", () -> "waiting".equals(run("return client.state")));
    assertEquals(
        "content type 'text/html;charset=utf-8' instead of text/event-stream",
        run("return client.error"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"client.reconnect()", "client.close(); client.reconnect()"})
  void listenerMayReconnectAmidEvents(String action) throws Exception {
    Broker broker = broker();
    openPage(server(broker));
    follow("/events");
    run(
        "client.addEventListener('message', event => { if (event.data === '3') {"
            + action
            + "} })");
    broker.publish(TestPage.TOPIC, numbers(1, 9).stream().map(Event::of).toList());
    awaitHeard("9");
    assertEquals(numbers(1, 9), heard());
  }

  @Test
  void eventsHaveTheirTypesAndIds() throws Exception {
    Broker broker = broker();
    openPage(server(broker));
    follow("/events");
    run(
        """
        window.typed = [];
        client.addEventListener('stats', e => typed.push([e.type, e.data, e.lastEventId, e.origin]));
        """);
    broker.publish(TestPage.TOPIC, Event.of("stats", "7").withId("id-7"));
    publish(broker, 1, 1);
    awaitHeard("1");
    assertTrue(holds("return String(typed) === `stats,7,id-7,${location.origin}`"));
  }

  @Test
  void headersAreSentToAnotherSiteToo() throws Exception {
    expectErrors("status of 401");
    SseServer guarded =
        closing(
            SseServer.builder(broker(), site)
                .port(0)
                .cors(Cors.anyOrigin())
                .authorizer(Authorizer.bearer("secret-of-the-test", Access.SUBSCRIBE))
                .start());
    openPage(server(broker()));
    run("follow(arguments[0])", url(guarded, "/events"));
    await("the refusal", () -> "status 401".equals(run("return client.error")));
    run("client.close()");
    run(
        "follow(arguments[0], { headers: { Authorization: 'Bearer secret-of-the-test' } })",
        url(guarded, "/events"));
    await("the stream is open", () -> "open".equals(run("return client.state")));
  }

  @Test
  void tabsShareOneConnection() throws Exception {
    Broker broker = broker();
    SseServer server = server(broker);
    openPage(server);
    List<String> tabs = openTabsThatFollow(server, 3);
    publish(broker, 1, 100);
    for (String tab : tabs) {
      browser().switchTo().window(tab);
      awaitHeard("100");
      assertEquals(numbers(1, 100), heard());
      assertEquals(tab.equals(tabs.getFirst()), run("return client.leads"));
    }
    assertEquals(1, broker.clientCount());
    assertEquals(1, site.requests("/events"));
  }

  /** The window that is open when it is called does not follow, so that there is always one. */
  private List<String> openTabsThatFollow(SseServer server, int count) {
    List<String> tabs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      openTab(server);
      follow("/events");
      tabs.add(browser().getWindowHandle());
    }
    return tabs;
  }

  /** Each way to leave, in the midst of events. */
  @ParameterizedTest
  @ValueSource(strings = {"close the tab", "close the client", "navigate"})
  void tabThatLeadsHandsOverWithoutLoss(String way) throws Exception {
    Broker broker = broker();
    SseServer server = server(broker);
    openPage(server);
    List<String> tabs = openTabsThatFollow(server, 3);
    browser().switchTo().window(tabs.getFirst());
    AtomicInteger published = new AtomicInteger();
    Ticker publisher =
        closing(
            Ticker.start(
                "test-ticker",
                Duration.ofMillis(1),
                () -> publish(broker, published.incrementAndGet(), published.get())));
    await("events", () -> heard().size() > 100);
    switch (way) {
      case "close the tab" -> browser().close();
      case "close the client" -> run("client.close()");
      default -> browser().get(url(server, "/elsewhere"));
    }
    browser().switchTo().window(tabs.get(1));
    await("the other tab leads", () -> holds("return client.leads"));
    int before = heard().size();
    await("more events", () -> heard().size() > before + 100);
    publisher.close();
    int last = published.get();
    for (String tab : tabs.subList(1, 3)) {
      browser().switchTo().window(tab);
      awaitHeard(Integer.toString(last));
      int first = Integer.parseInt(heard().getFirst().toString());
      assertEquals(numbers(first, last), heard());
    }
    awaitClients(broker, 1);
  }

  /**
   * The page itself plays a leader that has told two others different things and then goes, and
   * whose last word comes late.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tabsThatAreApartAtTheHandOverMeetAgain(boolean behindLeads) throws Exception {
    Broker broker = broker();
    SseServer server = server(broker);
    openPage(server);
    List<String> ids =
        IntStream.rangeClosed(1, 8)
            .mapToObj(n -> broker.publish(TestPage.TOPIC, Event.of(Integer.toString(n))).id())
            .toList();
    runAsync(
        """
        const [ids, behindLeads] = arguments;
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
        const asked = async options => {
          const ask = new Promise(resolve => (channel.onmessage = message => resolve(message.data)));
          const client = new SseClient(url, { minDelay: 50, lastEventId: ids[0] });
          client.name = (await ask).from;
          return client;
        };
        const tell = (client, last) => channel.postMessage({
          term, kind: 'answer', to: client.name, events: [2, 3, 4, 5].filter(n => n <= last).map(event),
          position: { lastEventId: ids[last - 1], seen: 1 }, state: { state: 'open', retryAt: null, error: '' },
        });
        const first = await asked();
        const second = await asked();
        window.all = [heardBy(first), heardBy(second)];
        window.first = first;
        const told = new Promise(resolve => second.addEventListener('state', resolve, { once: true }));
        tell(first, behindLeads ? 3 : 5);
        tell(second, behindLeads ? 5 : 3);
        await told;
        first.addEventListener('state', () => {
          if (first.leads) channel.postMessage({ term, kind: 'event', event: event(6) });
        });
        channel.onmessage = null;
        release();
        """,
        ids,
        behindLeads);
    await("the first client leads", () -> holds("return first.leads"));
    awaitClients(broker, 1);
    publish(broker, 9, 12);
    await("all events", () -> holds("return all.every(h => h.at(-1) === '12')"));
    List<String> expected = numbers(2, 12);
    assertEquals(List.of(expected, expected), run("return all"));
  }

  /** The old leader had answered it; the new one gets to it when the tab has asked again. */
  @Test
  void answerToAnEarlierQuestionIsIgnored() throws Exception {
    openPage(server(broker()));
    Object heard =
        runAsync(
            """
            const url = new URL('/events', location).href;
            const name = `sse-client ${url}`;
            await new Promise(held => navigator.locks.request(name, () => {
              held();
              return new Promise(() => {});
            }));
            const channel = new BroadcastChannel(name);
            const next = () => new Promise(told => (channel.onmessage = message => told(message.data)));
            const event = n => ({ type: 'message', data: String(n), lastEventId: String(n) });
            const answer = (term, to, ...numbers) => channel.postMessage({
              kind: 'answer', term, to, events: numbers.map(event),
              position: { lastEventId: '9', seen: 1 }, state: { state: 'open', retryAt: null, error: '' },
            });

            const asked = next();
            const client = new SseClient(url, { lastEventId: '1' });
            const heard = heardBy(client);
            const first = (await asked).from;
            answer(1, first, 2, 3);
            const askedAgain = next();
            channel.postMessage({ kind: 'lead', term: 2 });
            const second = await askedAgain;
            answer(2, first, 2, 3, 4);
            answer(1, second.from, 3);
            channel.postMessage({ kind: 'event', term: 2, event: event(4) });
            const last = new Promise(told => client.addEventListener('message', e => e.data === '5' && told()));
            answer(2, second.from, 4, 5);
            await last;
            client.close();
            return [second.lastEventId, ...heard];
            """);
    assertEquals(List.of("3", "2", "3", "4", "5"), heard);
  }

  @Test
  void whoIsFurtherBehindThanTheLeaderRemembersIsToldOfAGap() throws Exception {
    Broker broker = broker();
    openPage(server(broker));
    publish(broker, 1, 1);
    follow("/events");
    publish(broker, 2, 2);
    awaitHeard("2");
    run(
        """
        const late = new SseClient('/events', { lastEventId: 'long-ago' });
        window.heard = heardBy(late);
        """);
    awaitHeard("gap null away");
    publish(broker, 3, 3);
    awaitHeard("3");
    assertEquals(List.of("gap null away", "3"), heard());
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

  @Test
  void pageInTheBackForwardCacheHoldsNoConnection() throws Exception {
    Broker broker = broker();
    SseServer server = server(broker);
    openPage(server);
    follow("/events");
    publish(broker, 1, 10);
    awaitHeard("10");

    browser().get(url(server, "/elsewhere"));
    awaitClients(broker, 0);
    publish(broker, 11, 20);
    browser().navigate().back();
    assertEquals(
        "true null",
        run(
            """
            const [navigation] = performance.getEntriesByType('navigation');
            return `${persisted} ${JSON.stringify(navigation.notRestoredReasons ?? null)}`;
            """));
    awaitHeard("20");
    assertEquals(numbers(1, 20), heard());
    assertEquals(1, broker.clientCount());
  }

  /** Chromium does both when it puts a page away, other browsers one of them. */
  @ParameterizedTest
  @CsvSource({"window, pagehide, pageshow", "document, freeze, resume"})
  void pageThatIsPutAwayHoldsNoConnection(String target, String away, String back)
      throws Exception {
    Broker broker = broker();
    openPage(server(broker));
    follow("/events");
    publish(broker, 1, 1);
    awaitHeard("1");
    run("self[arguments[0]].dispatchEvent(new Event(arguments[1]))", target, away);
    awaitClients(broker, 0);
    publish(broker, 2, 2);
    run("self[arguments[0]].dispatchEvent(new Event(arguments[1]))", target, back);
    awaitHeard("2");
    assertEquals(List.of("1", "2"), heard());
  }

  @Test
  void networkThatIsBackEndsTheWaiting() throws Exception {
    expectErrors("status of 500");
    site.answer(
        "/weak", count -> count == 1 ? Decision.reject(500) : Decision.stream(TestPage.TOPIC));
    openPage(server(broker()));
    run("follow('/weak', { minDelay: 3_600_000 })");
    await("the failure", () -> "waiting".equals(run("return client.state")));
    run("dispatchEvent(new Event('online'))");
    await("the stream is open", () -> "open".equals(run("return client.state")));
  }

  /** Resuming there needs a preflight, because of the field Last-Event-ID. */
  @Test
  void streamOfAnotherSiteIsResumed() throws Exception {
    expectErrors(NO_SERVER);
    Broker broker = broker();
    SseServer pages = server(broker());
    SseServer first = server(broker);
    openPage(pages);
    follow(url(first, "/events"));
    publish(broker, 1, 10);
    awaitHeard("10");

    first.close();
    publish(broker, 11, 20);
    server(broker, first.port());
    awaitHeard("20");
    assertEquals(numbers(1, 20), heard());
  }

  @Test
  void browserThatCannotStreamAFetchGetsAnEventSource() throws Exception {
    expectErrors(NO_SERVER);
    Broker broker = broker();
    SseServer first = server(broker);
    browser().get(url(first, "/page?without=ReadableStream"));
    run("follow('/events', { types: ['stats'], minDelay: 50 })");
    run("client.addEventListener('stats', event => heard.push(`stats ${event.data}`))");
    await("the stream is open", () -> "open".equals(run("return client.state")));
    assertEquals("eventsource", run("return client.transport"));
    broker.publish(TestPage.TOPIC, Event.of("stats", "1"));
    publish(broker, 2, 2);
    awaitHeard("2");

    first.close();
    publish(broker, 3, 3);
    server(broker, first.port());
    awaitHeard("3");
    run("client.close()");
    awaitClients(broker, 0);
    publish(broker, 4, 4);
    run("client.reconnect()");
    awaitHeard("4");
    assertEquals(List.of("stats 1", "2", "3", "4"), heard());
  }

  @Test
  void timeThatIsNoneIsRefused() throws Exception {
    openPage(server(broker()));
    for (String option : List.of("silence", "minDelay", "maxDelay")) {
      assertEquals(
          "RangeError: " + option + " is 0; allowed are milliseconds above 0",
          run(
              """
              try {
                new SseClient('/events', { [arguments[0]]: 0 });
              } catch (e) {
                return String(e);
              }
              """,
              option));
    }
  }

  @Test
  void demoServesTheModule() throws Exception {
    Log log = new Log(new PrintWriter(Writer.nullWriter()));
    Demo demo =
        closing(Demo.start(DemoSettings.of("--port=0", "--interval=10ms", "--message=tick"), log));
    browser().get("http://localhost:" + demo.port() + "/");
    assertEquals(
        "tick",
        runAsync(
            """
            const { SseClient } = await import('/sse-client.js');
            const client = new SseClient('/events');
            return new Promise(heard => client.addEventListener('message', e => heard(e.data)));
            """));
    show(PHONE, "dark");
    assertTrue(Files.size(screenshot("demo-phone-dark")) > 0);
    assertEquals(390L, run("return innerWidth"));
    assertTrue(holds("return matchMedia('(prefers-color-scheme: dark)').matches"));
    show(DESKTOP, "light");
    assertTrue(Files.size(screenshot("demo-desktop-light")) > 0);
    assertEquals(1280L, run("return innerWidth"));
    assertTrue(holds("return matchMedia('(prefers-color-scheme: light)').matches"));
  }
}
