package dev.ssebroker.http;

import java.util.Locale;

/**
 * The metrics that only {@code /metrics} has: those of the server, of the process and of the JVM.
 * The latter two have the names that Prometheus' client for Java gives them.
 */
enum ServerMetric {
  CONNECTIONS("sse_http_connections", Type.GAUGE, "Open connections."),
  REFUSED("sse_http_refused_total", Type.COUNTER, "Requests and connections refused, by reason."),
  DELIVERY(
      "sse_delivery_seconds",
      Type.HISTOGRAM,
      "Time from the publishing of an event, or from the beginning of the client's stream if that"
          + " was later, until the event was written. Each write counts once, with its first event."),
  BUILD("sse_build_info", Type.GAUGE, "Always 1. The labels name the versions."),
  PROCESS_CPU(
      "process_cpu_seconds_total",
      Type.COUNTER,
      "Total user and system CPU time spent in seconds."),
  PROCESS_START(
      "process_start_time_seconds",
      Type.GAUGE,
      "Start time of the process since unix epoch in seconds."),
  PROCESS_MEMORY("process_resident_memory_bytes", Type.GAUGE, "Resident memory size in bytes."),
  PROCESS_OPEN_FDS("process_open_fds", Type.GAUGE, "Number of open file descriptors."),
  PROCESS_MAX_FDS("process_max_fds", Type.GAUGE, "Maximum number of open file descriptors."),
  MEMORY_USED("jvm_memory_used_bytes", Type.GAUGE, "Used bytes of a given JVM memory area."),
  MEMORY_MAX("jvm_memory_max_bytes", Type.GAUGE, "Max bytes of a given JVM memory area."),
  BUFFERS_USED("jvm_buffer_pool_used_bytes", Type.GAUGE, "Used bytes of a given JVM buffer pool."),
  GC(
      "jvm_gc_collection_seconds",
      Type.SUMMARY,
      "Time spent in a given JVM garbage collector in seconds."),
  THREADS(
      "jvm_threads_current", Type.GAUGE, "Current thread count of a JVM, without virtual threads.");

  /** The types of Prometheus' text format. */
  enum Type {
    GAUGE,
    COUNTER,
    HISTOGRAM,
    SUMMARY
  }

  final String prometheusName;
  final Type type;
  final String help;

  ServerMetric(String prometheusName, Type type, String help) {
    this.prometheusName = prometheusName;
    this.type = type;
    this.help = help;
  }

  String typeName() {
    return type.name().toLowerCase(Locale.ROOT);
  }
}
