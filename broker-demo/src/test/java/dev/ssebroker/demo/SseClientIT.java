package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.http.Access;
import dev.ssebroker.http.Authorizer;
import dev.ssebroker.http.Cors;
import dev.ssebroker.http.Decision;
import dev.ssebroker.http.SseServer;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The connection of the browser client through failures of its server and events of its page. */
@Timeout(120)
class SseClientIT extends ClientPage {
  @Test
  void nothingIsLostOrDuplicatedWhenTheServerRestarts() throws Exception {
    expectErrors(NO_SERVER);
    Broker broker = broker();
    SseServer first = server(broker);
    openPage(first);
    follow("/events");
    publish(broker, 1, 10);
    awaitReceived("10");

    first.close();
    publish(broker, 11, 20);
    server(broker, first.port());
    awaitReceived("20");
    publish(broker, 21, 30);
    awaitReceived("30");
    assertEquals(numbers(1, 30), received());
  }

  @Test
  void restartOfTheBrokerIsAGap() throws Exception {
    expectErrors(NO_SERVER);
    Broker broker = broker();
    SseServer first = server(broker);
    openPage(first);
    follow("/events");
    publish(broker, 1, 2);
    awaitReceived("2");

    first.close();
    Broker fresh = broker();
    server(fresh, first.port());
    awaitReceived("gap null restarted");
    publish(fresh, 3, 4);
    awaitReceived("4");
    assertEquals(List.of("1", "2", "gap null restarted", "3", "4"), received());
  }

  /** The first block of docs/client.md. */
  @Test
  void documentedExampleRuns() throws Exception {
    Matcher example =
        Pattern.compile("```js\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("../docs/client.md")));
    assertTrue(example.find());
    Broker broker = broker();
    openPage(server(broker));

    run(
        """
        window.logged = [];
        console.log = (...values) => logged.push(values.map(each => JSON.stringify(each)).join());
        const script = document.createElement('script');
        script.type = 'module';
        script.textContent = arguments[0];
        document.head.append(script);
        """,
        example.group(1));
    awaitClients(broker, 1);
    String id = broker.publish(TestPage.TOPIC, Event.of("hello")).id();
    broker.publish(TestPage.TOPIC, Event.of("stats", "{\"clients\":1}"));

    await("both events are logged", () -> holds("return logged.includes('{\"clients\":1}')"));
    assertEquals(
        "\"%s\",\"hello\"".formatted(id),
        run("return logged.find(line => line.includes('hello'))"));
  }

  @Test
  void silentConnectionIsAbandoned() throws Exception {
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
            () -> silent.send(ticks.incrementAndGet() < 14 ? ":\n" : "data: alive\n\n")));
    awaitReceived("alive");
    assertEquals(1, silent.streams());
  }

  @Test
  void noContentClosesTheClient() throws Exception {
    site.answer("/ended", count -> Decision.answer(204));
    SseServer server = server(broker());
    openPage(server);
    run("follow('/ended', { minDelay: 1, maxDelay: 1 })");
    await("the end", () -> "closed".equals(run("return client.state")));
    assertEquals(1, site.requests("/ended"));
    assertTrue(holds("return client.retryAt === null && client.error.includes('204')"));
  }

  @Test
  void failingServerIsRetriedUntilItRecovers() throws Exception {
    expectErrors("status of 500");
    site.answer(
        "/weak", count -> count <= 3 ? Decision.refuse(500) : Decision.stream(TestPage.TOPIC));
    Broker broker = broker();
    openPage(server(broker));
    run("follow('/weak', { minDelay: 50, maxDelay: 150 })");
    await("the stream is open", () -> "open".equals(run("return client.state")));
    publish(broker, 1, 1);
    awaitReceived("1");
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
    site.answer("/busy", count -> Decision.refuse(503).with("Retry-After", "60"));
    openPage(server(broker()));
    run("follow('/busy', { minDelay: 1, maxDelay: 1 })");
    await("the refusal", () -> "waiting".equals(run("return client.state")));
    assertTrue(holds("return states.at(-1).wait > 59_000 && states.at(-1).wait <= 60_000"));
    run("client.reconnect()");
    await("the second request", () -> site.requests("/busy") == 2);
  }

  @Test
  void responseThatIsNoEventStreamIsRefused() throws Exception {
    openPage(server(broker()));
    run("follow('/elsewhere', { minDelay: 1 })");
    await("the refusal", () -> "waiting".equals(run("return client.state")));
    assertEquals(
        "content type 'text/html;charset=utf-8' instead of text/event-stream",
        run("return client.error"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"client.reconnect()", "client.close(); client.reconnect()"})
  void listenerMayReconnectBetweenEvents(String action) throws Exception {
    Broker broker = broker();
    openPage(server(broker));
    follow("/events");
    run(
        "client.addEventListener('message', event => { if (event.data === '3') {"
            + action
            + "} })");
    broker.publish(TestPage.TOPIC, numbers(1, 9).stream().map(Event::of).toList());
    awaitReceived("9");
    assertEquals(numbers(1, 9), received());
  }

  @Test
  void eventsHaveTypesAndIds() throws Exception {
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
    awaitReceived("1");
    assertTrue(holds("return String(typed) === `stats,7,id-7,${location.origin}`"));
  }

  @Test
  void headersAreSentToAnotherOrigin() throws Exception {
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
        """
        follow(arguments[0], {
          headers: {
            Authorization: 'Bearer secret-of-the-test',
            traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
            'X-Api-Key': 'k',
          },
        })
        """,
        url(guarded, "/events"));
    await("the stream is open", () -> "open".equals(run("return client.state")));
  }

  @Test
  void pageInTheBackForwardCacheHasNoConnection() throws Exception {
    Broker broker = broker();
    SseServer server = server(broker);
    openPage(server);
    follow("/events");
    publish(broker, 1, 10);
    awaitReceived("10");

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
    awaitReceived("20");
    assertEquals(numbers(1, 20), received());
    assertEquals(1, broker.clientCount());
  }

  /** Chromium fires both pairs when it suspends a page, other browsers one of them. */
  @ParameterizedTest
  @CsvSource({"window, pagehide, pageshow", "document, freeze, resume"})
  void suspendedPageHasNoConnection(String target, String suspend, String resume) throws Exception {
    Broker broker = broker();
    openPage(server(broker));
    follow("/events");
    publish(broker, 1, 1);
    awaitReceived("1");
    run("self[arguments[0]].dispatchEvent(new Event(arguments[1]))", target, suspend);
    awaitClients(broker, 0);
    publish(broker, 2, 2);
    run("self[arguments[0]].dispatchEvent(new Event(arguments[1]))", target, resume);
    awaitReceived("2");
    assertEquals(List.of("1", "2"), received());
  }

  @Test
  void clientReconnectsAtOnceWhenTheNetworkIsOnline() throws Exception {
    expectErrors("status of 500");
    site.answer(
        "/weak", count -> count == 1 ? Decision.refuse(500) : Decision.stream(TestPage.TOPIC));
    openPage(server(broker()));
    run("follow('/weak', { minDelay: 3_600_000 })");
    await("the failure", () -> "waiting".equals(run("return client.state")));
    run("dispatchEvent(new Event('online'))");
    await("the stream is open", () -> "open".equals(run("return client.state")));
  }

  /** Resuming needs a preflight, because of the field Last-Event-ID. */
  @Test
  void streamOfAnotherOriginIsResumed() throws Exception {
    expectErrors(NO_SERVER);
    Broker broker = broker();
    SseServer pages = server(broker());
    SseServer first = server(broker);
    openPage(pages);
    follow(url(first, "/events"));
    publish(broker, 1, 10);
    awaitReceived("10");

    first.close();
    publish(broker, 11, 20);
    server(broker, first.port());
    awaitReceived("20");
    assertEquals(numbers(1, 20), received());
  }

  @Test
  void browserWithoutFetchStreamsUsesAnEventSource() throws Exception {
    expectErrors(NO_SERVER);
    Broker broker = broker();
    SseServer first = server(broker);
    browser().get(url(first, "/page?without=ReadableStream"));
    run("follow('/events', { types: ['stats'], minDelay: 50 })");
    run("client.addEventListener('stats', event => received.push(`stats ${event.data}`))");
    await("the stream is open", () -> "open".equals(run("return client.state")));
    assertEquals("eventsource", run("return client.transport"));
    broker.publish(TestPage.TOPIC, Event.of("stats", "1"));
    publish(broker, 2, 2);
    awaitReceived("2");

    first.close();
    publish(broker, 3, 3);
    server(broker, first.port());
    awaitReceived("3");
    run("client.close()");
    awaitClients(broker, 0);
    publish(broker, 4, 4);
    run("client.reconnect()");
    awaitReceived("4");
    assertEquals(List.of("stats 1", "2", "3", "4"), received());
  }

  @Test
  void optionThatIsNotPositiveIsRefused() throws Exception {
    openPage(server(broker()));
    for (String option : List.of("silence", "minDelay", "maxDelay")) {
      assertEquals(
          "RangeError: " + option + " is 0; it must be above 0 ms",
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
            return new Promise(resolve => client.addEventListener('message', e => resolve(e.data)));
            """));
  }
}
