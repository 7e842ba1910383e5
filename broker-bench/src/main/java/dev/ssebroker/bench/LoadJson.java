package dev.ssebroker.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/** A {@link LoadReport} as JSON, with the fields that {@code Load --help} explains. */
final class LoadJson {
  private final LoadReport report;
  private final Map<String, Object> fields = new LinkedHashMap<>();

  LoadJson(LoadReport report) {
    this.report = report;
    addSettings();
    report.resumed().ifPresent(this::addResumed);
    addClients();
    addLatency();
    fields.put("clientCpuMicrosPerEvent", report.clientMicrosPerEvent());
    fields.put("clientBusy", report.clientBusy());
    if (report.knowsServer()) {
      addServer();
    }
    fields.put("warnings", report.warnings());
  }

  Map<String, Object> fields() {
    return fields;
  }

  private void addSettings() {
    LoadSettings settings = report.settings();
    fields.put("url", settings.url().toString());
    fields.put("clients", settings.clients());
    fields.put("stalled", settings.stalled());
    fields.put("threads", settings.threads());
    fields.put("warmupSeconds", settings.warmupSeconds());
    fields.put("seconds", settings.seconds());
    fields.put("compressed", report.compressed());
    fields.put("connectSeconds", report.connectSeconds());
    fields.put("slowestAnswerMillis", report.slowestHeadMillis());
  }

  private void addResumed(LoadReport.Resumed resumed) {
    fields.put("resumed", resumed.events());
    fields.put("complete", resumed.complete());
    resumed.caughtUpSeconds().ifPresent(seconds -> fields.put("caughtUpSeconds", seconds));
  }

  private void addClients() {
    fields.put("received", report.received());
    fields.put("receivedPerSecond", report.receivedPerSecond());
    fields.put("megabytesPerSecond", report.megabytesPerSecond());
    fields.put("owedPerClient", report.expected());
    fields.put("fewestPerClient", report.fewest());
    fields.put("mostPerClient", report.most());
    fields.put("sequenced", report.sequenced());
    fields.put("lost", report.lost());
    fields.put("behind", report.lagging());
    fields.put("outOfOrder", report.outOfOrder());
    fields.put("repeated", report.repeated());
    fields.put("gaps", report.gaps());
    fields.put("ended", report.ended());
  }

  private void addLatency() {
    Map<String, Object> micros = new LinkedHashMap<>();
    micros.put("p50", report.micros(50));
    micros.put("p90", report.micros(90));
    micros.put("p99", report.micros(99));
    micros.put("p99.9", report.micros(99.9));
    micros.put("max", report.micros(100));
    fields.put("latencyMicros", micros);
  }

  private void addServer() {
    fields.put("serverCpuMicrosPerDelivery", report.serverMicrosPerDelivery());
    fields.put("serverCpuSeconds", report.used().serverMicros() / 1e6);
    fields.put("foreignProcessors", report.foreignProcessors());
    fields.put("residentBytesBefore", report.resident(0));
    fields.put("residentBytesConnected", report.resident(1));
    fields.put("residentBytesAtEnd", report.resident(2));
    fields.put("residentBytesPerConnection", report.residentBytesPerConnection().orElse(0));
  }
}
