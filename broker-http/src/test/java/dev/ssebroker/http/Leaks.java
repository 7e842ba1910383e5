package dev.ssebroker.http;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import com.sun.management.UnixOperatingSystemMXBean;
import dev.ssebroker.Broker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** What disconnected clients and closed servers may leak in this process. */
final class Leaks {
  private static final Pattern SERVER_THREAD = Pattern.compile("\"(sse-[^\"]*)\"");

  private final Path dump;
  private long descriptorsBefore;

  /**
   * Creates a check without a measurement.
   *
   * @param directory for thread dumps
   */
  Leaks(Path directory) {
    dump = directory.resolve("threads");
  }

  /** Measures the open file descriptors, to compare them later. */
  void measure() {
    descriptorsBefore = descriptors();
  }

  void awaitNoClients(Broker broker) {
    Condition.await("clients", 0, broker::clientCount);
    Condition.await("threads", List.of(), this::clientThreads);
  }

  void awaitNoNewDescriptors() {
    Condition.await(
        "leaked file descriptors", 0L, () -> Math.max(0, descriptors() - descriptorsBefore));
  }

  /** Waits for all threads of brokers and servers to end. Call it after both are closed. */
  void awaitNoThreads() {
    Condition.await("threads", List.of(), this::threads);
  }

  /** Returns the names of the broker's and the servers' threads, including virtual ones. */
  List<String> threads() {
    try {
      Files.deleteIfExists(dump);
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
          .dumpThreads(dump.toString(), ThreadDumpFormat.TEXT_PLAIN);
      String text = Files.readString(dump);
      return SERVER_THREAD.matcher(text).results().map(r -> r.group(1)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> clientThreads() {
    return threads().stream().filter(name -> name.matches("sse-(conn|writer|closer)-.*")).toList();
  }

  private static long descriptors() {
    return ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class)
        .getOpenFileDescriptorCount();
  }
}
