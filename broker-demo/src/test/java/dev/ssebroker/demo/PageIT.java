package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.http.SseServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.WindowType;

/** What the page shows, and what pages of other origins can do. */
@Timeout(120)
class PageIT extends DemoPage {
  @Test
  void pageShowsTheTicker() throws Exception {
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

  @ParameterizedTest
  @CsvSource({"rate-chart, one", "latency-chart, two"})
  void chartHasALineInItsColour(String chart, String colour) throws Exception {
    openPage(demo("--interval=50ms").port());
    run(
        """
        window.isDrawn = (chart, name) => {
          const { width, height } = chart;
          const { data } = chart.getContext('2d').getImageData(0, 0, width, height);
          const hex = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
          const [red, green, blue] = [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
          for (let i = 0; i < data.length; i += 4) {
            if (data[i] === red && data[i + 1] === green && data[i + 2] === blue && data[i + 3] === 255) return true;
          }
          return false;
        };
        """);

    await(
        chart + " has a line",
        () ->
            Boolean.TRUE.equals(
                run(
                    "return isDrawn(document.getElementById(arguments[0]), arguments[1])",
                    chart,
                    colour)));
  }

  @Test
  void listKeepsTheLatestEventsOnly() throws Exception {
    openPage(demo("--interval=1ms").port());
    await("a full list", () -> rows("#events li.event").size() == 50);
    List<String> before = rows("#events li.event");
    await("50 other events", () -> !before.contains(rows("#events li.event").getLast()));
    assertEquals(50, rows("#events li").size());
  }

  @Test
  void pausedListDoesNotChange() throws Exception {
    openPage(demo("--interval=20ms").port());
    awaitRow("event", THE_TIME);
    press("pause");
    List<String> before = rows("#events li");
    awaitText("pause", "Resume \\([1-9]\\d+\\)");
    assertEquals(before, rows("#events li"));
    assertEquals("true", element("pause").getAttribute("aria-pressed"));
    press("pause");
    await("other events", () -> !before.containsAll(rows("#events li")));
    assertEquals("Pause", text("pause"));
  }

  @Test
  void tabsShareOneConnection() throws Exception {
    Demo demo = demo("--interval=50ms");
    openPage(demo.port());
    awaitText("transport", "· this tab has the connection; .*");
    String first = browser().getWindowHandle();
    browser().switchTo().newWindow(WindowType.TAB);
    openPage(demo.port());
    awaitText("transport", "· shares the connection of another tab");
    awaitRow("event", THE_TIME);
    awaitClients("web", 1);
    awaitText("clients", "1");

    String second = browser().getWindowHandle();
    browser().switchTo().window(first).close();
    browser().switchTo().window(second);
    awaitText("transport", "· this tab has the connection; .*");
    awaitState("open");
    String latest = text("latest");
    await("another event", () -> !latest.equals(text("latest")));
    awaitClients("web", 1);
    assertTrue(rows("#notices li.lost").isEmpty());
  }

  @Test
  void pageShowsTheRelayAndStaysConnectedWithoutIt() throws Exception {
    Broker upstream = closing(Broker.open());
    SseServer first = server(upstream, 0, Duration.ofMillis(100));
    String source = "http://localhost:" + first.port() + "/events";
    openPage(demo("--interval=50ms", "--relay=" + source, "--topic=up").port());
    awaitText("relay", "Relaying " + source + ": 0 events so far\\.");
    publish(upstream, 1, 1);
    awaitText("relay", "Relaying " + source + ": 1 event so far\\.");
    assertTrue(element("relay").isDisplayed());

    first.close();
    awaitText(
        "relay",
        source + " is unavailable \\(.+\\)\\. The relay retries; all clients stay connected\\.");
    assertEquals("waiting", element("relay").getAttribute("data-state"));
    String latest = text("latest");
    await("events go on", () -> !latest.equals(text("latest")));
    awaitState("open");

    publish(upstream, 2, 3);
    server(upstream, first.port(), Duration.ofMillis(100));
    awaitText("relay", "Relaying " + source + ": 3 events so far\\.");
    assertTrue(rows("#notices li").isEmpty(), "the page's own stream has never ended");
  }

  @Test
  void pageOfAnotherOriginCanOnlySubscribe() throws Exception {
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
            window.received = new Set();
            window.count = 0;
            window.client = new SseClient(`${url}/events?topic=**`);
            return new Promise(resolve => client.addEventListener('message', e => {
              received.add(e.data);
              count++;
              resolve(e.data);
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
    assertEquals(List.of("tick"), run("return [...received]"));
    assertEquals("open", run("return client.state"));
  }

  @Test
  void contentSecurityPolicyBlocksForeignContentOnly() throws Exception {
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
