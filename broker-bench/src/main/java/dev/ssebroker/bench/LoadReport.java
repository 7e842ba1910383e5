package dev.ssebroker.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.HdrHistogram.Histogram;

/**
 * The results of a load run. Per-client counts cover the clients whose streams did not end. If
 * clients resumed, counts of events of the window include all events after the id.
 *
 * @param settings the settings of the run
 * @param connectSeconds the time until all heads of responses had arrived
 * @param slowestHeadMillis the longest time from the start of a connection to its response head
 * @param compressed whether the server compressed
 * @param received the number of events read within the window, by all clients
 * @param bytes the number of bytes read within the window, including HTTP framing
 * @param resumed the results of resuming; empty if clients did not resume
 * @param expected the number of events of the window, all of which each client should have; without
 *     a sequence, the number that the best client has
 * @param fewest the smallest number of events of the window that a client has
 * @param most the largest number of events of the window that a client has
 * @param sequenced whether all events have a sequence, which shows losses that all clients share
 * @param lost the number of expected events that clients do not have
 * @param lagging the number of clients without an event after the window at the end of the run
 * @param outOfOrder the number of events of the window that arrived after a later one
 * @param repeated the number of events of the window that arrived twice in a row
 * @param gaps the number of gap notices read within the window
 * @param ended the number of clients whose stream ended
 * @param firstEnd why the first of them ended; empty if there is none
 * @param latency in nanoseconds, from the T of an event until the read that completes it returns
 * @param fromFuture the number of events that were read before their T
 * @param used the resources used within the window
 * @param memory the memory of the server before the connections, with all clients that read, and at
 *     the end of the window
 */
record LoadReport(
    LoadSettings settings,
    double connectSeconds,
    double slowestHeadMillis,
    boolean compressed,
    long received,
    long bytes,
    Optional<Resumed> resumed,
    long expected,
    long fewest,
    long most,
    boolean sequenced,
    long lost,
    int lagging,
    long outOfOrder,
    long repeated,
    long gaps,
    int ended,
    String firstEnd,
    Histogram latency,
    long fromFuture,
    LoadRun.Usage used,
    List<Memory> memory) {
  private static final double BUSY = 0.9;
  private static final double FOREIGN = 0.2;

  LoadReport {
    memory = List.copyOf(memory);
  }

  /**
   * The memory of the server at one moment.
   *
   * @param residentBytes 0 if it is unknown
   */
  record Memory(long residentBytes) {}

  /**
   * The results of resuming.
   *
   * @param events how many events back the clients resumed
   * @param complete the number of clients that have every event after the id, once and in order, up
   *     to the end of the window
   * @param caughtUpSeconds the time from the first connect until the last client caught up; empty
   *     if some clients did not
   */
  record Resumed(int events, int complete, OptionalDouble caughtUpSeconds) {}

  /** Returns whether no stream ended and every client received every event once and in order. */
  boolean isAsExpected() {
    return lost == 0 && outOfOrder == 0 && repeated == 0 && ended == 0;
  }

  double receivedPerSecond() {
    return (double) received / settings.seconds();
  }

  double megabytesPerSecond() {
    return bytes / 1e6 / settings.seconds();
  }

  /** Returns the CPU time of the readers per event. */
  double clientMicrosPerEvent() {
    long nanos = used.readerNanos().stream().mapToLong(Long::longValue).sum();
    return used.received() == 0 ? 0 : nanos / 1e3 / used.received();
  }

  /** Returns the share of the time, from 0 to 1, that the busiest reader used the CPU. */
  double clientBusy() {
    return used.readerNanos().stream().mapToLong(Long::longValue).max().orElse(0)
        / (double) used.nanos();
  }

  double serverMicrosPerDelivery() {
    return used.received() == 0 ? 0 : (double) used.serverMicros() / used.received();
  }

  /**
   * Returns the average number of processors that other processes and the hypervisor used. Returns
   * 0 if the processes of the server are unknown.
   */
  double foreignProcessors() {
    long micros =
        used.machine().busyMicros()
            + used.machine().stolenMicros()
            - used.serverMicros()
            - used.ownMicros();
    return knowsServer() ? Math.max(0, micros * 1e3 / used.nanos()) : 0;
  }

  /** Returns the memory of the server in bytes at one of the moments, from 0. */
  long resident(int moment) {
    return Objects.requireNonNull(memory.get(moment)).residentBytes();
  }

  /** Returns the memory of the server per connection; empty if its processes are unknown. */
  OptionalLong residentBytesPerConnection() {
    return knowsServer()
        ? OptionalLong.of((resident(1) - resident(0)) / settings.clients())
        : OptionalLong.empty();
  }

  /** Returns whether the processes of the server are known. */
  boolean knowsServer() {
    return !settings.pids().isEmpty();
  }

  /** Returns the reasons why the numbers may be wrong. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (clientBusy() > BUSY) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "a thread of this tool was busy for %.0f %% of the time: the numbers may show the limit of"
                  + " the tool, not of the server",
              100 * clientBusy()));
    }
    if (foreignProcessors() > FOREIGN) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "other processes used %.2f processors: this increases latencies",
              foreignProcessors()));
    }
    if (received == 0) {
      warnings.add("no event was received: does the data contain marks 'T=<epoch nanoseconds>;'?");
    }
    if (received > 0 && !sequenced) {
      warnings.add(
          "the marks have no sequence 'N=<number>;': losses that all clients share are not"
              + " detected");
    }
    if (resumed.isPresent() && resumed.get().caughtUpSeconds().isEmpty()) {
      warnings.add("some clients that resumed have not caught up: there is no caughtUpSeconds");
    }
    if (lost > 0 && lagging > 0) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "%,d clients still lagged 5 s after the window: events in flight count as lost",
              lagging));
    }
    if (ended > 0) {
      warnings.add(
          String.format(Locale.ROOT, "%,d clients were ended, the first one: %s", ended, firstEnd));
    }
    if (fromFuture > 0) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "%,d events arrived before their T: the clock of the server differs",
              fromFuture));
    }
    if (settings.gzip() && !compressed) {
      warnings.add("the server does not compress");
    }
    return warnings;
  }

  /** Returns the report as a table for people. */
  String table() {
    return new LoadTable(this).text();
  }

  /** Returns a percentile of the latency in microseconds; 0 if nothing was received. */
  double micros(double percentile) {
    return latency.getTotalCount() == 0 ? 0 : latency.getValueAtPercentile(percentile) / 1e3;
  }

  /** Returns the fields that {@code Load --help} explains, in order. */
  Map<String, Object> json() {
    return new LoadJson(this).fields();
  }
}
