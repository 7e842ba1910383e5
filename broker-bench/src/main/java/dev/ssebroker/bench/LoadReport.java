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
 * What a load run has measured.
 *
 * @param settings what was asked for
 * @param connectSeconds until all clients had their answers' heads
 * @param slowestAnswerMillis from the beginning of a connection to its answer's head
 * @param compressed whether the server compressed
 * @param received events read within the window, all clients together
 * @param bytes read within the window, HTTP's framing included
 * @param resumed what came of resuming, empty if clients did not resume; if they did, the events of
 *     the next components are those of the window and all others since the id
 * @param owed events of the window, of which a client should have each; without a sequence, as many
 *     as the client got that got most
 * @param fewest events of the window that a client got; of clients that lasted
 * @param most events of the window that a client got
 * @param sequenced whether all events had a sequence, so that holes are seen that all clients have
 * @param lost events of the window that clients that lasted were owed and did not get
 * @param behind clients that lasted and had received nothing of after the window when the run ended
 * @param outOfOrder events of the window that came after a later one
 * @param repeated events of the window that came twice in a row
 * @param gaps notices of missed events that were read within the window
 * @param ended clients whose stream ended
 * @param whyEnded the first of them, empty if there is none
 * @param latency in nanoseconds, from an event's T to the end of the read that brought its end
 * @param fromFuture events that were read before their T
 * @param used by server and readers within the window
 * @param memory of the server before the connections, with them (the stalled not yet), and at the
 *     window's end
 */
record LoadReport(
    LoadSettings settings,
    double connectSeconds,
    double slowestAnswerMillis,
    boolean compressed,
    long received,
    long bytes,
    Optional<Resumed> resumed,
    long owed,
    long fewest,
    long most,
    boolean sequenced,
    long lost,
    int behind,
    long outOfOrder,
    long repeated,
    long gaps,
    int ended,
    String whyEnded,
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
   * The server's memory at some moment.
   *
   * @param residentBytes 0 if not known
   */
  record Memory(long residentBytes) {}

  /**
   * What came of resuming.
   *
   * @param events how many back
   * @param complete clients that lasted and have every event since the id once and in order, up to
   *     the window's end
   * @param levelSeconds from the first connection's beginning until the last client had an event of
   *     after its answer's head; empty if not every client that lasted has one
   */
  record Resumed(int events, int complete, OptionalDouble levelSeconds) {}

  /** Says whether every client lasted and received every event once and in order. */
  boolean isAsExpected() {
    return lost == 0 && outOfOrder == 0 && repeated == 0 && ended == 0;
  }

  double receivedPerSecond() {
    return (double) received / settings.seconds();
  }

  double megabytesPerSecond() {
    return bytes / 1e6 / settings.seconds();
  }

  /** Returns how long the readers' threads worked for each event. */
  double clientMicrosPerEvent() {
    long nanos = used.readerNanos().stream().mapToLong(Long::longValue).sum();
    return used.received() == 0 ? 0 : nanos / 1e3 / used.received();
  }

  /** Returns the part of the time, from 0 to 1, that the busiest reader was at work. */
  double clientBusy() {
    return used.readerNanos().stream().mapToLong(Long::longValue).max().orElse(0)
        / (double) used.nanos();
  }

  double serverMicrosPerDelivery() {
    return used.received() == 0 ? 0 : (double) used.serverMicros() / used.received();
  }

  /**
   * Returns how many processors others than server and tool took on average, the hypervisor
   * included. Without the server's process this is not known, and 0.
   */
  double foreignProcessors() {
    long micros =
        used.machine().busyMicros()
            + used.machine().stolenMicros()
            - used.serverMicros()
            - used.ownMicros();
    return knowsServer() ? Math.max(0, micros * 1e3 / used.nanos()) : 0;
  }

  /** Returns the server's memory in bytes at one of the moments, 0 the first. */
  long resident(int moment) {
    return Objects.requireNonNull(memory.get(moment)).residentBytes();
  }

  /** Returns what a connection costs the server, empty if its process is not known. */
  OptionalLong residentBytesPerConnection() {
    return knowsServer()
        ? OptionalLong.of((resident(1) - resident(0)) / settings.clients())
        : OptionalLong.empty();
  }

  /** Says whether the server's process is known, without which its costs are not. */
  boolean knowsServer() {
    return !settings.pids().isEmpty();
  }

  /** What makes the numbers doubtful. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (clientBusy() > BUSY) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "a thread of this tool was busy for %.0f %% of the time: the numbers are its own limit,"
                  + " not the server's",
              100 * clientBusy()));
    }
    if (foreignProcessors() > FOREIGN) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "other processes took %.2f processors meanwhile: latencies are theirs as well",
              foreignProcessors()));
    }
    if (received == 0) {
      warnings.add("nothing was received: does the data have marks 'T=<epoch nanoseconds>;'?");
    }
    if (received > 0 && !sequenced) {
      warnings.add(
          "the marks have no sequence 'N=<number>;': an event that no client received is not seen as"
              + " lost");
    }
    if (resumed.isPresent() && resumed.get().levelSeconds().isEmpty()) {
      warnings.add("some clients that resumed have not caught up: there is no levelSeconds");
    }
    if (lost > 0 && behind > 0) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "%,d clients were still behind 5 s after the window: what was under way counts as lost",
              behind));
    }
    if (ended > 0) {
      warnings.add(
          String.format(Locale.ROOT, "%,d clients were ended, the first: %s", ended, whyEnded));
    }
    if (fromFuture > 0) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "%,d events came before they were sent: the server's clock differs from this one's",
              fromFuture));
    }
    if (settings.gzip() && !compressed) {
      warnings.add("the server does not compress");
    }
    return warnings;
  }

  /** Returns the report for people. */
  String table() {
    return new LoadTable(this).text();
  }

  /** Returns microseconds of latency, 0 if nothing was received. */
  double micros(double percentile) {
    return latency.getTotalCount() == 0 ? 0 : latency.getValueAtPercentile(percentile) / 1e3;
  }

  /** Returns the fields that {@code Load --help} explains, in their order. */
  Map<String, Object> json() {
    return new LoadJson(this).fields();
  }
}
