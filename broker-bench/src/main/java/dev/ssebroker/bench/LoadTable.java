package dev.ssebroker.bench;

import java.util.Locale;

/** A {@link LoadReport} as a table for people: a name and a text per line. */
final class LoadTable {
  private static final double KIB = 1024;
  private static final double MIB = 1024 * KIB;

  private final LoadReport report;
  private final StringBuilder out = new StringBuilder();

  LoadTable(LoadReport report) {
    this.report = report;
    clientRows();
    if (report.knowsServer()) {
      serverRows();
    }
    row(
        "this tool",
        "%.2f us of CPU per event, busiest thread %.0f %% of the time",
        report.clientMicrosPerEvent(),
        100 * report.clientBusy());
    report.warnings().forEach(warning -> row("WARNING", "%s", warning));
  }

  String text() {
    return out.toString();
  }

  private void clientRows() {
    row(
        "clients",
        "%,d connected in %.2f s, slowest response %.0f ms; %,d more never read",
        report.settings().clients(),
        report.connectSeconds(),
        report.slowestHeadMillis(),
        report.settings().stalled());
    report.resumed().ifPresent(this::resumedRow);
    row(
        "received",
        "%,.0f events per second, %.1f MB/s%s, in %d s",
        report.receivedPerSecond(),
        report.megabytesPerSecond(),
        report.compressed() ? " compressed" : "",
        report.settings().seconds());
    row(
        "per client",
        "%,d to %,d of %,d events",
        report.fewest(),
        report.most(),
        report.expected());
    row(
        "lost",
        "%,d%s; out of order %,d, repeated %,d, gap notices %,d, clients ended %,d",
        report.lost(),
        report.sequenced() ? "" : " compared with the best client",
        report.outOfOrder(),
        report.repeated(),
        report.gaps(),
        report.ended());
    row(
        "latency",
        "p50 %s  p90 %s  p99 %s  p99.9 %s  max %s",
        time(50),
        time(90),
        time(99),
        time(99.9),
        time(100));
  }

  private void resumedRow(LoadReport.Resumed resumed) {
    row(
        "resumed",
        "%,d events back; %,d of %,d clients received all events, once and in order; %s",
        resumed.events(),
        resumed.complete(),
        report.settings().clients(),
        resumed.caughtUpSeconds().isPresent()
            ? String.format(
                Locale.ROOT, "caught up after %.2f s", resumed.caughtUpSeconds().getAsDouble())
            : "some did not catch up");
  }

  private void serverRows() {
    row(
        "server",
        "%.2f us of CPU per delivery, %.0f %% of one core",
        report.serverMicrosPerDelivery(),
        report.used().serverMicros() * 1e5 / report.used().nanos());
    row(
        "memory",
        "%.1f KiB per connection; resident %.1f MiB before, %.1f with clients, %.1f at the end",
        report.residentBytesPerConnection().orElse(0) / KIB,
        report.resident(0) / MIB,
        report.resident(1) / MIB,
        report.resident(2) / MIB);
  }

  private void row(String name, String format, Object... values) {
    out.append(String.format(Locale.ROOT, "%-11s ", name));
    out.append(String.format(Locale.ROOT, format + "%n", values));
  }

  private String time(double percentile) {
    double micros = report.micros(percentile);
    if (micros < 1000) {
      return String.format(Locale.ROOT, "%.0f us", micros);
    }
    return String.format(Locale.ROOT, micros < 100_000 ? "%.2f ms" : "%.0f ms", micros / 1000);
  }
}
