package dev.ssebroker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The folder with the results of a comparison. */
final class ComparisonResults {
  /** Stores the results so far, so that they survive an aborted comparison. */
  @FunctionalInterface
  interface Store {
    void store(List<Measurement> measurements, Map<String, String> skipped) throws IOException;
  }

  private final Path folder;

  ComparisonResults(Path folder) {
    this.folder = folder;
  }

  /** Writes results.json. The runs replace earlier ones of the same scenarios. */
  void writeRuns(String conditions, List<Measurement> measurements, Map<String, String> skipped)
      throws IOException {
    Files.createDirectories(folder);
    Map<Scenario, String> allConditions = new EnumMap<>(Scenario.class);
    List<Measurement> all = new ArrayList<>();
    Map<String, String> allSkipped = new LinkedHashMap<>();
    if (Files.exists(file())) {
      Map<String, Object> earlier = Json.read(Files.readString(file()));
      allConditions.putAll(conditions(earlier));
      all.addAll(runs(earlier));
      allSkipped.putAll(skipped(earlier));
    }
    measurements.forEach(measurement -> {
      allConditions.put(measurement.scenario(), conditions);
      all.removeIf(run -> run.scenario() == measurement.scenario());
      allSkipped.remove(measurement.server());
    });
    all.addAll(measurements);
    allSkipped.putAll(skipped);

    Map<String, String> conditionsByTitle = new LinkedHashMap<>();
    allConditions.forEach((scenario, text) -> conditionsByTitle.put(scenario.title(), text));
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("conditions", conditionsByTitle);
    json.put("leftOut", allSkipped);
    json.put("runs", all.stream().map(Measurement::json).toList());
    Files.writeString(file(), Json.write(json));
  }

  private Path file() {
    return folder.resolve("results.json");
  }

  private static Map<Scenario, String> conditions(Map<String, Object> json) {
    Map<Scenario, String> conditions = new EnumMap<>(Scenario.class);
    ((Map<?, ?>) Objects.requireNonNull(json.get("conditions")))
        .forEach((title, text) ->
            conditions.put(Scenario.of(String.valueOf(title)), String.valueOf(text)));
    return conditions;
  }

  private static List<Measurement> runs(Map<String, Object> json) {
    List<Measurement> runs = new ArrayList<>();
    for (Object run : (List<?>) Objects.requireNonNull(json.get("runs"))) {
      runs.add(Measurement.of((Map<?, ?>) Objects.requireNonNull(run)));
    }
    return runs;
  }

  private static Map<String, String> skipped(Map<String, Object> json) {
    Map<String, String> skipped = new LinkedHashMap<>();
    ((Map<?, ?>) Objects.requireNonNull(json.get("leftOut")))
        .forEach((server, reason) -> skipped.put(String.valueOf(server), String.valueOf(reason)));
    return skipped;
  }

  /** Writes results.md and the charts from results.json. */
  void writeTablesAndCharts() throws IOException {
    Map<String, Object> json = Json.read(Files.readString(file()));
    List<Measurement> runs = runs(json);
    StringBuilder text = new StringBuilder("# Comparison\n");
    for (Map.Entry<Scenario, String> entry : conditions(json).entrySet()) {
      Scenario scenario = entry.getKey();
      ComparisonTable table = new ComparisonTable(scenario, runs);
      text.append('\n').append(table.text(entry.getValue()));
      for (Metric metric : scenario.charted()) {
        String name = new ComparisonChart(table, metric).write(folder);
        if (!name.isEmpty()) {
          text.append("\n![%s: %s](%s.svg)\n".formatted(scenario.title(), metric.title(), name));
        }
      }
    }
    Map<String, String> skipped = skipped(json);
    if (!skipped.isEmpty()) {
      text.append("\n## Skipped\n\n");
      skipped.forEach((server, reason) -> text.append("- %s: %s\n".formatted(server, reason)));
    }
    Files.writeString(folder.resolve("results.md"), text);
  }

  /** Describes the machine and the command of the measurement. */
  static String conditions(String command) throws IOException {
    String processor = "an unknown processor";
    Path information = Path.of("/proc/cpuinfo");
    if (Files.exists(information)) {
      processor =
          Files.readAllLines(information).stream()
              .filter(line -> line.startsWith("model name"))
              .findFirst()
              .map(line -> line.substring(line.indexOf(':') + 1).trim())
              .orElse(processor);
    }
    return "%s; %d processors of %s, %s %s, Java %s.%n%n`java -cp broker-bench/target/benchmarks.jar dev.ssebroker.bench.Comparison%s`%n"
        .formatted(
            LocalDate.now(ZoneId.systemDefault()),
            Runtime.getRuntime().availableProcessors(),
            processor,
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            System.getProperty("java.version"),
            command.isEmpty() ? "" : " " + command);
  }
}
