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

/** What clients that have gone may have left behind in this process. */
final class Leftovers {
  private static final Pattern SERVER_THREAD = Pattern.compile("\"(sse-[^\"]*)\"");

  private final Path dump;
  private long descriptorsBefore;

  /**
   * Has nothing to compare with yet.
   *
   * @param directory for thread dumps
   */
  Leftovers(Path directory) {
    dump = directory.resolve("threads");
  }

  /** Takes the file descriptors that are open now as the measure for later. */
  void measure() {
    descriptorsBefore = descriptors();
  }

  void awaitNoClients(Broker broker) {
    Condition.await("clients that are left", 0, broker::clientCount);
    Condition.await("threads that are left", List.of(), this::clientThreads);
  }

  void awaitNoNewDescriptors() {
    Condition.await(
        "file descriptors that are left", 0L, () -> Math.max(0, descriptors() - descriptorsBefore));
  }

  /** For when the broker and the server are closed. */
  void awaitNoThreads() {
    Condition.await("threads that are left", List.of(), this::threads);
  }

  /** The names of the broker's and the servers' threads, virtual ones too. */
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
