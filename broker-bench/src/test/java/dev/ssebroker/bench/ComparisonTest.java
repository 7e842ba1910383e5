package dev.ssebroker.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** All numbers in these tests are made up. */
class ComparisonTest {
  @TempDir private Path directory;

  @Test
  void everyRoundHasAllServersAndStartsWithAnotherOne() {
    ComparisonSettings settings =
        new ComparisonSettings(
            List.of("a", "b", "c"),
            List.of(Scenario.STEADY, Scenario.IDLE),
            2,
            10,
            10,
            "256m",
            50,
            64,
            1,
            1,
            directory,
            directory);

    assertEquals(
        List.of(
            "steady 1 a",
            "steady 1 b",
            "steady 1 c",
            "steady 2 b",
            "steady 2 c",
            "steady 2 a",
            "idle 1 a",
            "idle 1 b",
            "idle 1 c",
            "idle 2 b",
            "idle 2 c",
            "idle 2 a"),
        settings.turns().stream()
            .map(turn -> turn.scenario().title() + " " + turn.round() + " " + turn.server())
            .toList());
  }

  @Test
  void tableHasMediansAndRatiosBestFirst() {
    ComparisonTable table =
        new ComparisonTable(
            Scenario.STEADY,
            List.of(
                steady("made-up-peer", 1, 20, 4000, 0),
                steady("broker", 1, 10, 3000, 0),
                steady("raw-loop", 1, 8, 1000, 0),
                steady("made-up-peer", 2, 24, 6000, 0),
                steady("broker", 2, 9, 2000, 0),
                steady("broker", 3, 14, 2500, 0),
                steady("lossy-peer", 1, 1, 100, 7),
                Measurement.failed(Scenario.STEADY, "broken-peer", 1, "it exited with 1: reason"),
                Measurement.failed(Scenario.IDLE, "elsewhere", 1, "no")));

    assertEquals(
        """
        ## steady

        Made up.

        | server | CPU µs per delivery | × raw loop | × best peer | p99 ms | × raw loop | × best peer | lost | failed |
        |---|---:|---:|---:|---:|---:|---:|---:|---:|
        | lossy-peer | 1.00 | 0.13 | 0.05 | 0.10 | 0.10 | 0.02 | 7 |  |
        | raw-loop | 8.00 | 1.00 | 0.36 | 1.00 | 1.00 | 0.20 | 0 |  |
        | broker | 10.00 (9.00–14.00) | 1.25 | 0.45 | 2.50 (2.00–3.00) | 2.50 | 0.50 | 0 |  |
        | made-up-peer | 22.00 (20.00–24.00) | 2.75 | 1.00 | 5.00 (4.00–6.00) | 5.00 | 1.00 | 0 |  |
        | broken-peer | – | – | – | – | – | – | 0 | 1 of 1 |

        Median of the rounds (minimum–maximum). Lost is the sum of all rounds. The best peer is the best one without losses.

        broken-peer, round 1, failed: it exited with 1: reason
        """,
        table.text("Made up.\n"));
  }

  @Test
  void measurementIsUnchangedWhenReadAndWrittenAgain() {
    String text = Json.write(steady("broker", 1, 10, 3000, 0).json());

    assertEquals(text, Json.write(Measurement.of(Json.read(text)).json()));
  }

  @Test
  void serverThatDeliversNothingIsNotTheFastest() {
    Measurement nothing =
        measurement(
            Scenario.STALLED,
            "hung-peer",
            1,
            """
            {"received":0,"receivedPerSecond":0.000,"lost":0,"latencyMicros":{"p99":0.000}}\
            """,
            """
            {"received":90,"receivedPerSecond":9.000,"latencyMicros":{"p99":900.000}}\
            """);

    assertTrue(Double.isNaN(Metric.P99.of(nothing)));
    assertTrue(Double.isNaN(Metric.P99_CHANGE.of(nothing)));
    assertEquals(0, Metric.DELIVERIES_CHANGE.of(nothing));
    assertFalse(nothing.isLossless());
  }

  @Test
  void measurementIsReadAsWritten() {
    Measurement measurement = steady("broker", 2, 10, 3000, 1);

    assertEquals(measurement, Measurement.of(Json.read(Json.write(measurement.json()))));
  }

  @Test
  void newRunsReplaceEarlierRunsOfTheScenario() throws Exception {
    ComparisonResults results = new ComparisonResults(directory);
    Measurement idle = Measurement.failed(Scenario.IDLE, "raw-loop", 1, "made up");
    results.writeRuns("First.", List.of(idle, steady("raw-loop", 1, 8, 1000, 0)), Map.of());
    results.writeRuns("Second.", List.of(steady("broker", 1, 9, 1000, 0)), Map.of());

    Map<String, Object> json = Json.read(Files.readString(directory.resolve("results.json")));
    assertEquals(Map.of("steady", "Second.", "idle", "First."), json.get("conditions"));
    assertEquals(
        List.of("raw-loop", "broker"),
        ((List<?>) Objects.requireNonNull(json.get("runs")))
            .stream().map(run -> ((Map<?, ?>) run).get("server")).toList());
  }

  @ParameterizedTest
  @CsvSource({
    // The highest sustained rate of the made-up server, the first rate tried, the rate found.
    "1000, 50, 1000",
    "1000, 3000, 984",
    "50, 50, 50",
    "1, 50, 1",
  })
  void searchFindsTheHighestRateToTenPercent(int highest, int first, int found) throws Exception {
    List<Integer> tried = new ArrayList<>();
    Optional<Measurement> best =
        new SaturationSearch(
                10,
                rate -> {
                  tried.add(rate);
                  return saturated(rate, rate, rate > highest ? 1 : 0);
                })
            .run(first);

    assertEquals(found * 10, best.orElseThrow().number("receivedPerSecond"), tried::toString);
    assertEquals(tried.size(), best.orElseThrow().trials().size());
  }

  @Test
  void rateIsNotSustainedIfThePublisherIsTooSlow() {
    assertTrue(SaturationSearch.isSustained(saturated(1000, 1000, 0), 1000, 10));
    assertFalse(SaturationSearch.isSustained(saturated(1000, 900, 0), 1000, 10));
  }

  @Test
  void serverThatSustainsNoRateHasNoResult() throws Exception {
    SaturationSearch search = new SaturationSearch(10, rate -> saturated(rate, rate, 1));

    assertTrue(search.run(4).isEmpty());
    assertEquals(3, search.trials().size());
  }

  @Test
  void serverThatCannotRunIsSkipped() throws Exception {
    script(
        """
        [ $# -eq 0 ] && { echo absent; echo broken; exit; }
        echo "$1 $3 $4"
        [ "$1" = absent ] && { echo "absent is not installed"; exit 3; }
        echo "broken is broken"; exit 1
        """);
    StringWriter out = new StringWriter();
    int status =
        compare(out, new StringWriter(), "--servers", "absent,broken", "--scenarios", "steady");

    assertEquals(1, status);
    assertEquals(
        """
        [1/6, about 3 min left] steady, round 1: absent
          absent is skipped: absent is not installed
        [2/6, about 2 min left] steady, round 1: broken
          failed: it exited with 1: broken is broken
        """,
        out.toString().lines().limit(4).map(line -> line + "\n").reduce("", String::concat));
    assertEquals(1, out.toString().lines().filter(line -> line.contains("is skipped")).count());
    Map<String, Object> json = Json.read(Files.readString(directory.resolve("out/results.json")));
    assertEquals(Map.of("absent", "absent is not installed"), json.get("leftOut"));
  }

  @Test
  void redrawWritesTablesAndChartsFromTheResults() throws Exception {
    ComparisonResults results = new ComparisonResults(directory.resolve("out"));
    results.writeRuns(
        "Made up.",
        List.of(steady("raw-loop", 1, 8, 1000, 0), steady("made-up-peer", 1, 20, 4000, 0)),
        Map.of("absent", "it is not installed"));

    assertEquals(0, compare(new StringWriter(), new StringWriter(), "--redraw"));
    String text = Files.readString(directory.resolve("out/results.md"));
    assertTrue(text.contains("![steady: p99 ms](steady-p99.svg)"), text);
    assertTrue(text.endsWith("\n## Skipped\n\n- absent: it is not installed\n"), text);
    assertEquals(
        0, ImageIO.read(directory.resolve("out/steady-cpu.png").toFile()).getRGB(0, 0) >>> 24);
    assertTrue(Files.readString(directory.resolve("out/steady-cpu.svg")).contains("<svg "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--servers=nobody   | --servers has 'nobody'; allowed are raw-loop, broker",
        "--scenarios=hasty  | --scenarios: there is no scenario 'hasty'; allowed are steady, saturation, idle, stalled",
        "--rounds=0         | --rounds is 0; allowed is from 1 to 1000",
        "--clients=0        | --clients is 0; allowed is from 1 to 1000000",
        "--rate=0           | --rate is 0; allowed is from 1 to 1000000",
        "--size=-1          | --size is -1; allowed is from 0 to 10000000",
        "--seconds=0        | --seconds is 0; allowed is from 1 to 3600",
        "--warmup=-1        | --warmup is -1; allowed is from 0 to 3600",
        "--idle-clients=0   | --idle-clients is 0; allowed is from 1 to 1000000",
        "--idle-heap=much   | --idle-heap is 'much'; write a number and m or g",
        "--rounds=three     | Invalid value for option '--rounds'",
      })
  void invalidArgumentIsRefused(String argument, String message) {
    StringWriter err = new StringWriter();

    assertEquals(2, compare(new StringWriter(), err, argument));
    assertTrue(err.toString().startsWith(message), err::toString);
  }

  private int compare(StringWriter out, StringWriter err, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--peers", directory.toString()));
    all.addAll(List.of("--results", directory.resolve("out").toString()));
    return Comparison.run(
        new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
  }

  private void script(String text) throws Exception {
    Path script = Files.writeString(directory.resolve("start.sh"), "#!/bin/sh\n" + text);
    assertTrue(script.toFile().setExecutable(true));
  }

  private static Measurement steady(
      String server, int round, int cpuMicros, int p99Micros, int lost) {
    return measurement(
        Scenario.STEADY,
        server,
        round,
        """
        {"received":500000,"receivedPerSecond":50000.000,"lost":%d,"outOfOrder":0,"repeated":0,\
        "ended":0,"latencyMicros":{"p50":1.000,"p99":%d.000},"serverCpuMicrosPerDelivery":%d.000,\
        "warnings":[]}\
        """
            .formatted(lost, p99Micros, cpuMicros),
        "{}");
  }

  private static Measurement saturated(int rate, int reached, int lost) {
    return measurement(
        Scenario.SATURATION,
        "made-up-at-" + rate,
        1,
        """
        {"received":500000,"receivedPerSecond":%d.000,"lost":%d,"outOfOrder":0,"repeated":0,\
        "ended":0,"latencyMicros":{"p99":1000.000}}\
        """
            .formatted(10 * reached, lost),
        "{}");
  }

  private static Measurement measurement(
      Scenario scenario, String server, int round, String report, String baseline) {
    return new Measurement(
        scenario, server, round, "", Json.read(report), Json.read(baseline), List.of());
  }
}
