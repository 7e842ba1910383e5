package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

/** The buttons and forms of the page. */
@Timeout(120)
class PageControlsIT extends DemoPage {
  private static final String TOKEN = "sixteen-or-more-characters";

  @Test
  void formPublishesAnEvent() throws Exception {
    openPage(demo("--interval=1h").port());
    fill("publish-topic", "news/sport");
    fill("publish-type", "goal & more");
    fill("publish-data", "1:0 <b>ü</b>");
    press("publish");
    awaitText("publish-result", "Published as [0-9a-z]+-\\d+: queued for 1 client\\.");
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
        "stats | 403 | The topic stats is reserved for the demo's figures; use another one\\."
      })
  void refusedTopicIsReportedWithTheReason(String topic, int status, String reason)
      throws Exception {
    expectErrors("status of " + status);
    openPage(demo("--interval=1h").port());
    fill("publish-topic", topic);
    press("publish");
    await(
        "a refusal", () -> holds("return document.querySelector('#publish-result.bad') !== null"));
    assertTrue(text("publish-result").matches(reason), text("publish-result"));

    fill("publish-topic", "news");
    press("publish");
    awaitText("publish-result", "Published as .*");
    assertTrue(holds("return document.querySelector('#publish-result.bad') === null"));
  }

  @Test
  void formAsksForTheTokenIfTheServerRequiresOne() throws Exception {
    expectErrors("status of 401");
    openPage(demo("--interval=1h", "--publish-token=" + TOKEN).port());
    press("publish");
    awaitText("publish-result", "This server requires its publish token\\. .*");
    assertTrue(element("token-field").isDisplayed());
    assertEquals("publish-token", run("return document.activeElement.id"));

    element("publish-token").sendKeys("not-the-token", Keys.ENTER);
    awaitText("publish-result", "This is not the publish token of the server\\.");
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
    awaitText("clients-result", "This server requires its publish token\\. .*");
    assertTrue(element("token-field").isDisplayed());
    fill("publish-token", TOKEN);
    press("open-10");
    awaitClients("fast", 10);
  }

  @Test
  void buttonsOpenAndCloseClients() throws Exception {
    openPage(demo("--interval=10ms").port());
    element("clients-kind").sendKeys("stalled");
    press("open-10");
    awaitText("clients-result", "There are now 0 fast, 0 slow and 10 stalled clients\\.");
    awaitClients("stalled", 10);
    awaitText("clients", "11");
    await(
        "the stalled clients lag",
        () -> holds("return document.querySelector('tr[data-kind=stalled]').matches('.lagging')"));
    awaitText("replaying", "10 replaying");
    awaitClients("web", 1);

    press("close-clients");
    awaitText("clients-result", "All extra clients are closed\\.");
    awaitClients("stalled", 0);
    awaitText("clients", "1");
  }

  @Test
  void showOpensTheCrowdAndResetClosesIt() throws Exception {
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
  void radioButtonsChangeTheTickerAndTheButtonPublishesABurst() throws Exception {
    openPage(demo("--interval=1h").port());
    awaitText("published", "0");
    assertTrue(holds("return document.querySelector('#rate-form input:checked') === null"));
    press("burst");
    awaitText("rate-result", "1,000 events published at once\\. .*");
    awaitRow("event", THE_TIME);
    awaitText("published", "0");
    String latest = text("latest");

    chooseRate("10ms");
    await("more events", () -> !latest.equals(text("latest")));
    await("tens a second", () -> Double.parseDouble(text("published").replace(",", "")) > 10);
    assertTrue(holds("return document.querySelector('#rate-form input[value=\"10ms\"]').checked"));
  }

  @Test
  void crowdThatIsTooLargeIsRefusedWithTheReason() throws Exception {
    expectErrors("status of 400");
    openPage(demo("--interval=1h").port());
    run("document.getElementById('open-1000').value = 20000");
    press("open-1000");
    awaitText("clients-result", "Count is '20000'; allowed is a number from 1 to 10000\\.");
    awaitClients("fast", 0);
  }
}
