package dev.ssebroker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The folder of a comparison's results. */
final class ComparisonResults {
  /** Takes what there is so far, so that a comparison that is broken off is not lost. */
  @FunctionalInterface
  interface Store {
    void store(List<Measurement> measurements, Map<String, String> leftOut) throws IOException;
  }

  private final Path folder;

  ComparisonResults(Path folder) {
    this.folder = folder;
  }

  /** Writes results.json. */
  void writeRuns(String conditions, List<Measurement> measurements, Map<String, String> leftOut)
      throws IOException {
    Files.createDirectories(folder);
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("conditions", conditions);
    json.put("leftOut", leftOut);
    json.put("runs", measurements.stream().map(Measurement::json).toList());
    Files.writeString(folder.resolve("results.json"), Json.write(json));
  }

  /** Writes results.md and the pictures by what results.json has. */
  void writeTablesAndPictures() throws IOException {
    Map<String, Object> json = Json.read(Files.readString(folder.resolve("results.json")));
    List<Measurement> measurements = new ArrayList<>();
    for (Object run : (List<?>) Objects.requireNonNull(json.get("runs"))) {
      measurements.add(Measurement.of((Map<?, ?>) Objects.requireNonNull(run)));
    }
    Map<?, ?> leftOut = (Map<?, ?>) Objects.requireNonNull(json.get("leftOut"));
    StringBuilder text = new StringBuilder("# Comparison\n\n");
    text.append(json.get("conditions")).append("\n");
    for (Scenario scenario : Scenario.values()) {
      ComparisonTable table = new ComparisonTable(scenario, measurements);
      if (!table.isEmpty()) {
        text.append('\n').append(table.text());
        for (Metric metric : scenario.pictured()) {
          ComparisonPicture picture = new ComparisonPicture(table, metric);
          String name = picture.write(folder);
          if (!name.isEmpty()) {
            text.append("\n![%s: %s](%s.svg)\n".formatted(scenario.title(), metric.title(), name));
          }
        }
      }
    }
    if (!leftOut.isEmpty()) {
      text.append("\n## Left out\n\n");
      leftOut.forEach((server, why) -> text.append("- %s: %s\n".formatted(server, why)));
    }
    Files.writeString(folder.resolve("results.md"), text);
  }

  /** Says where and with what was measured. */
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
    return "%s; %d processors of %s, %s %s, Java %s.%n%nCommand: `java -cp broker-bench/target/benchmarks.jar dev.ssebroker.bench.Comparison%s`%n"
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
