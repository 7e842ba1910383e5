package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.http.Cors;
import dev.ssebroker.http.SseServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;

/** The demo's page, in a real browser, against a real server. */
@Timeout(120)
class PageIT extends Chromium {
  private static final String TOKEN = "sixteen-or-more-characters";

  /** What the console says about a server that is not there. */
  private static final String NO_SERVER =
      "ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)";

  private static final String THE_TIME = "the time is \\d{4}-\\d\\d-\\d\\d [0-9:.]{12} .*";

  /** So long that only the button brings the page back. */
  private static final Duration LONG_RETRY = Duration.ofMinutes(1);

  private Demo demo(String... options) throws IOException {
    List<String> all = new ArrayList<>(List.of("--port=0"));
    all.addAll(List.of(options));
    Log log = new Log(new PrintWriter(Writer.nullWriter()));
    return closing(Demo.start(DemoSettings.of(all.toArray(String[]::new)), log));
  }

  private SseServer server(Broker broker, int port, Duration retry) throws IOException {
    return closing(
        SseServer.builder(broker, new Site("ticker"))
            .port(port)
            .cors(Cors.anyOrigin())
            .retry(retry)
            .start());
  }

  private static void publish(Broker broker, int from, int to) {
    IntStream.rangeClosed(from, to)
        .forEach(n -> broker.publish("ticker", Event.of(Integer.toString(n))));
  }

  /** The page knows by the time in it that this event is not one of those that it missed. */
  private static void publishTheTime(Broker broker) {
    broker.publish(
        "ticker", Demo.event("the time is {time}", ZonedDateTime.now(ZoneId.systemDefault())));
  }

  private void openPage(int port) {
    browser().get("http://localhost:" + port + "/");
    awaitState("open");
  }

  private void awaitState(String state) {
    await(
        "the state is " + state,
        () -> state.equals(run("return document.getElementById('state').dataset.state")));
  }

  private WebElement element(String id) {
    return browser().findElement(By.id(id));
  }

  private void press(String id) {
    element(id).click();
  }

  private void fill(String id, String text) {
    element(id).clear();
    element(id).sendKeys(text);
  }

  private String text(String id) {
    return (String)
        Objects.requireNonNull(run("return document.getElementById(arguments[0]).textContent", id));
  }

  private void awaitText(String id, String form) {
    await(
        () -> "#%s is '%s' and not of the form: %s".formatted(id, text(id), form),
        () -> text(id).matches(form));
  }

  /** Waits until a row of the list of events is of these classes and has this text. */
  private void awaitRow(String kind, String form) {
    await(
        kind + " of the form: " + form,
        () -> rows("#events li." + kind).stream().anyMatch(row -> row.matches(form)));
  }

  private List<String> rows(String selector) {
    List<?> rows =
        (List<?>)
            Objects.requireNonNull(
                run(
                    """
                    return [...document.querySelectorAll(arguments[0])]
                        .map(row => (row.querySelector('.text') ?? row).textContent);
                    """,
                    selector));
    return rows.stream().map(String.class::cast).toList();
  }

  private void awaitClients(String kind, int clients) {
    String cell = "#clients-table tr[data-kind=" + kind + "] td:first-of-type";
    await(
        kind + " clients: " + clients, () -> rows(cell).equals(List.of(Integer.toString(clients))));
  }

  private void chooseRate(String interval) {
    browser().findElement(By.cssSelector("#rate-form input[value='" + interval + "']")).click();
  }

  @Test
  void tickerIsShown() throws Exception {
    openPage(demo("--interval=50ms").port());
    awaitText("latest", THE_TIME);
    awaitRow("event", THE_TIME);
    awaitText("last-id", "[0-9a-z]+-[0-9]+");
    awaitText("state", "live");
    awaitText("published", "\\d+(\\.\\d)?");
    awaitText("delivered", "\\d+(\\.\\d)?");
    awaitText("clients", "1");
    awaitText("page-latency", "[0-9.]+ ms");
    awaitText("missed", "0");
    awaitText("rate-text", "Last minute, events per second\\. Published: from .*");
    assertEquals("curl -N " + run("return location.origin") + "/", text("curl"));
    assertTrue(text("resume-note").startsWith("Connected."), text("resume-note"));
    assertTrue(rows("#notices li").isEmpty());
  }

  @Test
  void noMoreThanTheLatestEventsAreListed() throws Exception {
    openPage(demo("--interval=1ms").port());
    await("a full list", () -> rows("#events li.event").size() == 50);
    List<String> before = rows("#events li.event");
    await("50 others", () -> !before.contains(rows("#events li.event").getLast()));
    assertEquals(50, rows("#events li").size());
  }

  @Test
  void pausedListStaysUntilItIsResumed() throws Exception {
    openPage(demo("--interval=20ms").port());
    awaitRow("event", THE_TIME);
    press("pause");
    List<String> before = rows("#events li");
    awaitText("pause", "Resume \\([1-9]\\d+\\)");
    assertEquals(before, rows("#events li"));
    assertEquals("true", element("pause").getAttribute("aria-pressed"));
    press("pause");
    await("others", () -> !before.containsAll(rows("#events li")));
    assertEquals("Pause", text("pause"));
  }

  @Test
  void eventIsPublishedByTheForm() throws Exception {
    openPage(demo("--interval=1h").port());
    fill("publish-topic", "news/sport");
    fill("publish-type", "goal & more");
    fill("publish-data", "1:0 <b>ü</b>");
    press("publish");
    awaitText("publish-result", "Published as [0-9a-z]+-\\d+: offered to 1 client\\.");
    awaitRow("event", "1:0 <b>ü</b>");
    assertEquals("1:0 <b>ü</b>", text("latest"));
    assertEquals(
        "goal & more", run("return document.querySelector('#events li.event .tag').textContent"));
    assertTrue(holds("return document.getElementById('token-field').hidden"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "news//sport | 400 | Topic 'news//sport' has an empty segment at index 5\\.",
        "news/* | 400 | Topic 'news/\\*' has a '\\*' at index 5; that is for subscriptions only\\.",
        "stats | 403 | The topic stats is for the demo's own figures; use another\\."
      })
  void topicThatIsNotAllowedIsToldInWords(String topic, int status, String words) throws Exception {
    expectErrors("status of " + status);
    openPage(demo("--interval=1h").port());
    fill("publish-topic", topic);
    press("publish");
    await(
        "a refusal", () -> holds("return document.querySelector('#publish-result.bad') !== null"));
    assertTrue(text("publish-result").matches(words), text("publish-result"));

    fill("publish-topic", "news");
    press("publish");
    awaitText("publish-result", "Published as .*");
    assertTrue(holds("return document.querySelector('#publish-result.bad') === null"));
  }

  @Test
  void tokenIsAskedForWhenTheServerWantsOne() throws Exception {
    expectErrors("status of 401");
    openPage(demo("--interval=1h", "--publish-token=" + TOKEN).port());
    press("publish");
    awaitText("publish-result", "This server wants its publish token\\. .*");
    assertTrue(element("token-field").isDisplayed());
    assertEquals("publish-token", run("return document.activeElement.id"));

    element("publish-token").sendKeys("not-the-token", Keys.ENTER);
    awaitText("publish-result", "This is not the token the server was started with\\.");
    fill("publish-token", TOKEN);
    element("publish-token").sendKeys(Keys.ENTER);
    awaitText("publish-result", "Published as .*");
    awaitRow("event", "Hello, everybody");
    press("open-10");
    awaitClients("fast", 10);
    chooseRate("100ms");
    awaitText("latest", THE_TIME);
  }

  @Test
  void buttonsAskForTheTokenToo() throws Exception {
    expectErrors("status of 401");
    openPage(demo("--interval=1h", "--publish-token=" + TOKEN).port());
    press("open-10");
    awaitText("clients-result", "This server wants its publish token\\. .*");
    assertTrue(element("token-field").isDisplayed());
    fill("publish-token", TOKEN);
    press("open-10");
    awaitClients("fast", 10);
  }

  @Test
  void tabsOfThePageShareOneConnection() throws Exception {
    Demo demo = demo("--interval=50ms");
    openPage(demo.port());
    awaitText("transport", "· this tab holds the connection; .*");
    String first = browser().getWindowHandle();
    browser().switchTo().newWindow(WindowType.TAB);
    openPage(demo.port());
    awaitText("transport", "· through another tab’s connection");
    awaitRow("event", THE_TIME);
    awaitClients("web", 1);
    awaitText("clients", "1");

    String second = browser().getWindowHandle();
    browser().switchTo().window(first).close();
    browser().switchTo().window(second);
    awaitText("transport", "· this tab holds the connection; .*");
    awaitState("open");
    String latest = text("latest");
    await("another event", () -> !latest.equals(text("latest")));
    awaitClients("web", 1);
    assertTrue(rows("#notices li.lost").isEmpty());
  }

  @Test
  void restartOfTheServerIsSurvivedWithoutLoss() throws Exception {
    expectErrors(NO_SERVER);
    Broker broker = closing(Broker.open());
    SseServer first = server(broker, 0, LONG_RETRY);
    openPage(first.port());
    publish(broker, 1, 10);
    awaitRow("event", "10");

    first.close();
    awaitState("waiting");
    awaitText("state", "server away");
    awaitText("resume-note", "The server is away \\(.+\\)\\. Next try in \\d+ s\\.");
    String told = text("resume-note");
    await("the countdown", () -> !told.equals(text("resume-note")));
    assertTrue(element("retry-now").isDisplayed() && element("retry-now").isEnabled());

    publish(broker, 11, 20);
    server(broker, first.port(), LONG_RETRY);
    press("retry-now");
    awaitState("open");
    awaitRow("replayed", "20");
    publishTheTime(broker);
    awaitText("resume-note", "Back after [0-9.]+ s: 10 events replayed, none missing\\.");
    assertTrue(!element("retry-now").isDisplayed());
    assertEquals(
        IntStream.rangeClosed(1, 20).map(n -> 21 - n).mapToObj(Integer::toString).toList(),
        rows("#events li").stream().filter(row -> row.matches("\\d+")).toList());
    assertTrue(rows("#notices li.lost").isEmpty());
  }

  @Test
  void freshServerIsToldAsAGap() throws Exception {
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
        "an unknown number of events is missing: the server was restarted, and its memory begins anew\\.";
    awaitRow("lost", "Gap: " + lost);
    publishTheTime(fresh);
    awaitText("resume-note", "Back after [0-9.]+ s: nothing could be replayed; " + lost);
    assertTrue(element("noticed").isDisplayed());
    assertEquals(1, rows("#notices li.lost").size());
  }

  @Test
  void historyThatIsTooShortIsToldWithTheReason() throws Exception {
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
        "Back after [0-9.]+ s: 5 events replayed, but an unknown number of events is missing: the history no longer reaches back that far\\.");
    awaitRow("lost", "Gap: an unknown number of events is missing: .*");
    assertEquals(List.of("30", "29", "28", "27", "26"), rows("#events li.replayed"));
  }

  @Test
  void pageThatWasDisconnectedReplaysWhatItMissed() throws Exception {
    Broker broker = closing(Broker.open());
    openPage(server(broker, 0, LONG_RETRY).port());
    publish(broker, 1, 1);
    awaitRow("event", "1");
    press("toggle");
    awaitState("closed");
    awaitText("resume-note", "Disconnected by you\\. .*");
    assertEquals("Connect", text("toggle"));
    await("the connection is gone", () -> broker.clientCount() == 0);

    publish(broker, 2, 2);
    press("toggle");
    awaitRow("replayed", "2");
    publishTheTime(broker);
    awaitText("resume-note", "Back after [0-9.]+ s: 1 event replayed, none missing\\.");
    assertEquals("Disconnect", text("toggle"));
  }

  @Test
  void crowdComesAndGoesByTheButtons() throws Exception {
    openPage(demo("--interval=10ms").port());
    element("clients-kind").sendKeys("stalled");
    press("open-10");
    awaitText("clients-result", "There are now 0 fast, 0 slow and 10 stalled clients\\.");
    awaitClients("stalled", 10);
    awaitText("clients", "11");
    await(
        "the stalled are behind",
        () -> holds("return document.querySelector('tr[data-kind=stalled]').matches('.late')"));
    awaitText("behind", "10 behind");
    awaitClients("web", 1);

    press("close-clients");
    awaitText("clients-result", "All extra clients are closed\\.");
    awaitClients("stalled", 0);
    awaitText("clients", "1");
  }

  @Test
  void showOpensTheWholeCrowdAndResetEndsIt() throws Exception {
    openPage(demo("--interval=1h").port());
    press("show");
    awaitClients("fast", 100);
    awaitClients("slow", 10);
    awaitClients("stalled", 10);
    awaitText("fast-latency", "[0-9.]+ ms");
    await(
        "100 events a second are chosen",
        () -> holds("return document.querySelector('#rate-form input[value=\"10ms\"]').checked"));

    press("reset");
    for (String kind : List.of("fast", "slow", "stalled")) {
      awaitClients(kind, 0);
    }
    await(
        "the quiet rate is chosen",
        () -> holds("return document.querySelector('#rate-form input[value=\"2s\"]').checked"));
  }

  @Test
  void tickerIsChangedByTheRadioAndBursts() throws Exception {
    openPage(demo("--interval=1h").port());
    awaitText("published", "0");
    assertTrue(holds("return document.querySelector('#rate-form input:checked') === null"));
    press("burst");
    awaitText("rate-result", "1,000 events published at once: .*");
    awaitRow("event", THE_TIME);
    awaitText("published", "0");
    String latest = text("latest");

    chooseRate("10ms");
    await("more events", () -> !latest.equals(text("latest")));
    await("tens a second", () -> Double.parseDouble(text("published").replace(",", "")) > 10);
    assertTrue(holds("return document.querySelector('#rate-form input[value=\"10ms\"]').checked"));
  }

  @Test
  void crowdThatWouldBeTooLargeIsToldInWords() throws Exception {
    expectErrors("status of 400");
    openPage(demo("--interval=1h").port());
    run("document.getElementById('open-1000').value = 20000");
    press("open-1000");
    awaitText("clients-result", "Count is '20000'; allowed is a number from 1 to 10000\\.");
    awaitClients("fast", 0);
  }

  @Test
  void pageOfAnotherOriginMayListenAndNothingElse() throws Exception {
    expectErrors("status of 403");
    Demo demo = demo("--interval=10ms", "--message=tick");
    SseServer other =
        closing(SseServer.builder(closing(Broker.open()), new TestPage()).port(0).start());
    browser().get("http://localhost:" + other.port() + "/page");
    String url = "http://localhost:" + demo.port();
    assertEquals(
        "tick",
        runAsync(
            """
            const url = arguments[0];
            const { SseClient } = await import(`${url}/sse-client.js`);
            window.heard = new Set();
            window.count = 0;
            window.client = new SseClient(`${url}/events?topic=**`);
            return new Promise(told => client.addEventListener('message', e => {
              heard.add(e.data);
              count++;
              told(e.data);
            }));
            """,
            url));
    for (String path :
        List.of("/clients?count=1&kind=fast", "/publish/ticker", "/ticker?burst=1")) {
      assertEquals(
          "403 pages of other web sites may not publish or control",
          runAsync(
              """
              const answer = await fetch(arguments[0], { method: 'POST', body: 'forged' });
              return `${answer.status} ${(await answer.text()).split(/ |;/).slice(1, 11).join(' ')}`;
              """,
              url + path),
          path);
    }
    run("window.before = count");
    await("later events", () -> holds("return count > before + 10"));
    assertEquals(List.of("tick"), run("return [...heard]"));
    assertEquals("open", run("return client.state"));
  }

  @Test
  void relayedServerIsShownAndItsEndHarmsNobody() throws Exception {
    Broker above = closing(Broker.open());
    SseServer first = server(above, 0, Duration.ofMillis(100));
    String source = "http://localhost:" + first.port() + "/events";
    openPage(demo("--interval=50ms", "--relay=" + source, "--topic=up").port());
    awaitText("relay", "Relaying " + source + ": 0 events so far\\.");
    publish(above, 1, 1);
    awaitText("relay", "Relaying " + source + ": 1 event so far\\.");
    assertTrue(element("relay").isDisplayed());

    first.close();
    awaitText("relay", source + " is away \\(.+\\)\\. It is tried again; all clients stay\\.");
    assertEquals("waiting", element("relay").getAttribute("data-state"));
    String latest = text("latest");
    await("events go on", () -> !latest.equals(text("latest")));
    awaitState("open");

    publish(above, 2, 3);
    server(above, first.port(), Duration.ofMillis(100));
    awaitText("relay", "Relaying " + source + ": 3 events so far\\.");
    assertTrue(rows("#notices li").isEmpty(), "the page's own stream has never ended");
  }

  @Test
  void everyControlIsReachedInOrderAndSeen() throws Exception {
    openPage(demo().port());
    await(
        "the rate is chosen",
        () -> holds("return document.querySelector('#rate-form input:checked') !== null"));
    List<String> reached = new ArrayList<>();
    for (String last = ""; !last.equals("events"); ) {
      browser().switchTo().activeElement().sendKeys(Keys.TAB);
      last =
          (String)
              Objects.requireNonNull(
                  run(
                      """
                      const at = document.activeElement;
                      const seen = at.type === 'radio' ? at.nextElementSibling : at;
                      const { outlineStyle, outlineWidth } = getComputedStyle(seen);
                      const { width, height } = seen.getBoundingClientRect();
                      const visible = outlineStyle === 'solid' && outlineWidth === '3px' && width * height > 0;
                      return (at.id || at.name || at.tagName) + (visible ? '' : ' without a focus to see');
                      """));
      reached.add(last);
      assertTrue(reached.size() < 40, reached::toString);
    }
    assertEquals(
        List.of(
            "toggle",
            "show",
            "reset",
            "latency-tip",
            "clients-kind",
            "open-10",
            "open-100",
            "open-1000",
            "close-clients",
            "rate",
            "burst",
            "publish-topic",
            "publish-type",
            "publish-data",
            "publish",
            "pause",
            "events"),
        reached);
  }

  @Test
  void everyControlHasAName() throws Exception {
    openPage(demo().port());
    run("document.getElementById('token-field').hidden = false");
    Set<String> roles =
        Set.of("button", "textbox", "combobox", "radio", "link", "image", "img", "list", "table");
    List<String> nameless = new ArrayList<>();
    List<String> named = new ArrayList<>();
    Object tree = browser().executeCdpCommand("Accessibility.getFullAXTree", Map.of()).get("nodes");
    for (Object node : (List<?>) Objects.requireNonNull(tree)) {
      Map<?, ?> fields = (Map<?, ?>) node;
      String role = value(fields.get("role"));
      if (roles.contains(role) && !Boolean.TRUE.equals(fields.get("ignored"))) {
        String name = value(fields.get("name"));
        (name.isBlank() ? nameless : named).add(role + " " + name);
      }
    }
    // A table is named by the heading of its section.
    nameless.remove("table ");
    assertEquals(List.of(), nameless, named::toString);
    assertTrue(
        named.containsAll(
            List.of(
                "button Disconnect",
                "button How latency is measured",
                "combobox Open",
                "radio 1,000",
                "textbox Topic",
                "textbox Token",
                "textbox Data",
                "button Publish",
                "button Pause")),
        named::toString);
  }

  private static String value(@Nullable Object property) {
    return property instanceof Map<?, ?> map ? String.valueOf(map.get("value")) : "";
  }

  /** At first, texts take the places of others; from then on, nothing moves. */
  @ParameterizedTest
  @CsvSource({"1280, 800", "800, 600", "390, 844", "320, 568"})
  void liveFiguresMoveNothing(int width, int height) throws Exception {
    show(new Screen(width, height, width < 600), "light");
    openPage(demo("--interval=10ms").port());
    awaitText("latest", THE_TIME);
    awaitText("page-latency", "[0-9.]+ ms");
    run(
        """
        window.shifts = [];
        window.begin = performance.now();
        new PerformanceObserver(list => shifts.push(...list.getEntries()))
          .observe({ type: 'layout-shift', buffered: true });
        window.shift = from => shifts.filter(shift => shift.startTime >= from)
          .reduce((sum, shift) => sum + shift.value, 0);
        """);
    await("three seconds of figures", () -> holds("return performance.now() - begin > 3000"));
    String told =
        (String)
            Objects.requireNonNull(
                run(
                    """
                    return JSON.stringify(shifts.map(({ value, startTime, sources }) =>
                      [value, startTime, sources.map(({ node }) => node?.id || node?.nodeName)]));
                    """));
    assertTrue(holds("return shift(begin) < 0.01"), told);
    assertTrue(holds("return shift(0) < 0.03"), told);
  }

  @ParameterizedTest
  @CsvSource({"light, desktop", "dark, desktop", "light, phone", "dark, phone"})
  void pageIsPictured(String scheme, String screen) throws Exception {
    show(screen.equals("phone") ? PHONE : DESKTOP, scheme);
    openPage(demo("--interval=100ms").port());
    awaitText("latest", THE_TIME);
    awaitText("page-latency", "[0-9.]+ ms");
    assertTrue(Files.size(screenshot("page-quiet-" + screen + "-" + scheme)) > 0);

    press("show");
    awaitClients("stalled", 10);
    awaitText("fast-latency", "[0-9.]+ ms");
    run("scrollTo(0, 0)");
    assertTrue(Files.size(screenshot("page-crowd-" + screen + "-" + scheme)) > 0);
    assertEquals(
        scheme.equals("dark"), run("return matchMedia('(prefers-color-scheme: dark)').matches"));
  }

  /** With everything shown that may be, and a text that nothing breaks. */
  @ParameterizedTest
  @CsvSource({"390, 844", "320, 568"})
  void phoneNeedsNoScrollingSideways(int width, int height) throws Exception {
    expectErrors(NO_SERVER);
    show(new Screen(width, height, true), "light");
    String source = "http://localhost:1/events/" + "x".repeat(100);
    openPage(
        demo("--interval=10ms", "--message={time} " + "x".repeat(2000), "--relay=" + source)
            .port());
    run("document.getElementById('token-field').hidden = false");
    press("show");
    awaitClients("stalled", 10);
    await("the relay is shown", () -> element("relay").isDisplayed());
    press("toggle");
    awaitState("closed");
    press("toggle");
    awaitState("open");
    press("latency-tip");
    assertTrue(element("latency-help").isDisplayed());
    assertEquals(
        List.of((long) width, (long) width),
        run("return [document.documentElement.scrollWidth, innerWidth]"));
    assertTrue(Files.size(screenshot("page-phone-" + width)) > 0);
  }

  @Test
  void policyBlocksWhatIsNotOfThePageAndNothingElse() throws Exception {
    expectErrors("Content Security Policy");
    browser()
        .executeCdpCommand(
            "Page.addScriptToEvaluateOnNewDocument",
            Map.of(
                "source",
                "window.blocked = []; document.addEventListener('securitypolicyviolation',"
                    + " event => blocked.push(event.effectiveDirective));"));
    openPage(demo("--interval=50ms").port());
    awaitText("page-latency", "[0-9.]+ ms");
    assertEquals(List.of(), run("return blocked"));

    run(
        "document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.forged = true' }))");
    await("the script is blocked", () -> holds("return blocked.length === 1"));
    assertTrue(holds("return window.forged === undefined"));
  }
}
