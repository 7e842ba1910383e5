package dev.ssebroker.demo;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.http.Cors;
import dev.ssebroker.http.SseServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;

/** Base of the tests of the demo's page, with a real browser and a real server. */
abstract class DemoPage extends Chromium {
  static final String THE_TIME = "the time is \\d{4}-\\d\\d-\\d\\d [0-9:.]{12} .*";

  Demo demo(String... options) throws IOException {
    List<String> all = new ArrayList<>(List.of("--port=0"));
    all.addAll(List.of(options));
    Log log = new Log(new PrintWriter(Writer.nullWriter()));
    return closing(Demo.start(DemoSettings.of(all.toArray(String[]::new)), log));
  }

  SseServer server(Broker broker, int port, Duration retry) throws IOException {
    return closing(
        SseServer.builder(broker, new Site("ticker"))
            .port(port)
            .cors(Cors.anyOrigin())
            .retry(retry)
            .start());
  }

  static void publish(Broker broker, int from, int to) {
    IntStream.rangeClosed(from, to)
        .forEach(n -> broker.publish("ticker", Event.of(Integer.toString(n))));
  }

  void openPage(int port) {
    browser().get("http://localhost:" + port + "/");
    awaitState("open");
  }

  void awaitState(String state) {
    await(
        "the state is " + state,
        () -> state.equals(run("return document.getElementById('state').dataset.state")));
  }

  WebElement element(String id) {
    return browser().findElement(By.id(id));
  }

  void press(String id) {
    element(id).click();
  }

  void fill(String id, String text) {
    element(id).clear();
    element(id).sendKeys(text);
  }

  String text(String id) {
    return (String)
        Objects.requireNonNull(run("return document.getElementById(arguments[0]).textContent", id));
  }

  void awaitText(String id, String form) {
    await(
        () -> "#%s is '%s' and does not match: %s".formatted(id, text(id), form),
        () -> text(id).matches(form));
  }

  /** Waits until the list of events has a row of this kind whose text matches. */
  void awaitRow(String kind, String form) {
    await(
        kind + " that matches: " + form,
        () -> rows("#events li." + kind).stream().anyMatch(row -> row.matches(form)));
  }

  List<String> rows(String selector) {
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

  void awaitClients(String kind, int clients) {
    String cell = "#clients-table tr[data-kind=" + kind + "] td:first-of-type";
    await(
        kind + " clients: " + clients, () -> rows(cell).equals(List.of(Integer.toString(clients))));
  }

  void chooseRate(String interval) {
    browser().findElement(By.cssSelector("#rate-form input[value='" + interval + "']")).click();
  }
}
