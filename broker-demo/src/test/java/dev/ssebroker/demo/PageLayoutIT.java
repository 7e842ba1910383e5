package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

/** The layout on screens of all sizes, keyboard access, and accessible names. */
@Timeout(120)
class PageLayoutIT extends DemoPage {
  @Test
  void everyControlIsReachedByTabInOrderWithAVisibleFocus() throws Exception {
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
                      return (at.id || at.name || at.tagName) + (visible ? '' : ' without a visible focus');
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
  void everyControlHasAnAccessibleName() throws Exception {
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

  /** Placeholders are replaced at first; after that, nothing moves. */
  @ParameterizedTest
  @CsvSource({"1280, 800", "800, 600", "390, 844", "320, 568"})
  void liveFiguresDoNotShiftTheLayout(int width, int height) throws Exception {
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
    String shifts =
        (String)
            Objects.requireNonNull(
                run(
                    """
                    return JSON.stringify(shifts.map(({ value, startTime, sources }) =>
                      [value, startTime, sources.map(({ node }) => node?.id || node?.nodeName)]));
                    """));
    assertTrue(holds("return shift(begin) < 0.01"), shifts);
    assertTrue(holds("return shift(0) < 0.03"), shifts);
  }

  @ParameterizedTest
  @CsvSource({"light, desktop", "dark, desktop", "light, phone", "dark, phone"})
  void screenshotsAreTaken(String scheme, String screen) throws Exception {
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
    assertEquals(screen.equals("phone") ? 390L : 1280L, run("return innerWidth"));
  }

  /** With all optional parts visible, and a text without a line break. */
  @ParameterizedTest
  @CsvSource({"390, 844", "320, 568"})
  void phoneDoesNotScrollSideways(int width, int height) throws Exception {
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
}
