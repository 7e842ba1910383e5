package dev.ssebroker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The figures of the build, the process and the JVM. What the platform does not tell is left out:
 * the memory and the descriptors of the process are those of Linux' {@code /proc}.
 */
final class ProcessFigures {
  private static final Path PROC = Path.of("/proc/self");
  private static final String VERSION = version();

  private ProcessFigures() {}

  private static String version() {
    try (InputStream in = ProcessFigures.class.getResourceAsStream("version.txt")) {
      return in == null ? "unknown" : new String(in.readAllBytes(), UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void addTo(PrometheusText text) {
    String versions =
        PrometheusText.label("version", VERSION)
            + ","
            + PrometheusText.label("java", System.getProperty("java.version"));
    text.head(ServerMetric.BUILD);
    text.sample(ServerMetric.BUILD.prometheusName, versions, 1);
    addProcess(text);
    addJvm(text);
  }

  private static void addProcess(PrometheusText text) {
    ProcessHandle.Info process = ProcessHandle.current().info();
    process
        .totalCpuDuration()
        .ifPresent(time -> text.add(ServerMetric.PROCESS_CPU, PrometheusText.seconds(time)));
    process
        .startInstant()
        .map(start -> Duration.between(Instant.EPOCH, start))
        .ifPresent(start -> text.add(ServerMetric.PROCESS_START, PrometheusText.seconds(start)));
    number("status", "VmRSS:")
        .ifPresent(kibibytes -> text.add(ServerMetric.PROCESS_MEMORY, kibibytes * 1024));
    openDescriptors().ifPresent(count -> text.add(ServerMetric.PROCESS_OPEN_FDS, count));
    number("limits", "Max open files")
        .ifPresent(count -> text.add(ServerMetric.PROCESS_MAX_FDS, count));
  }

  /** Returns the first number after the beginning of a line. */
  private static OptionalLong number(String file, String begin) {
    try {
      Optional<String> line =
          Files.readAllLines(PROC.resolve(file)).stream()
              .filter(l -> l.startsWith(begin))
              .findAny();
      return line.map(l -> l.substring(begin.length()).strip().split("\\s+", 2)[0])
          .filter(number -> number.matches("[0-9]{1,18}"))
          .map(number -> OptionalLong.of(Long.parseLong(number)))
          .orElse(OptionalLong.empty());
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  private static OptionalLong openDescriptors() {
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(PROC.resolve("fd"))) {
      long count = 0;
      for (Path ignored : descriptors) {
        count++;
      }
      return OptionalLong.of(count);
    } catch (IOException | DirectoryIteratorException e) {
      return OptionalLong.empty();
    }
  }

  private static void addJvm(PrometheusText text) {
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    MemoryUsage nonHeap = ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage();
    text.head(ServerMetric.MEMORY_USED);
    area(text, ServerMetric.MEMORY_USED, "heap", heap.getUsed());
    area(text, ServerMetric.MEMORY_USED, "nonheap", nonHeap.getUsed());
    text.head(ServerMetric.MEMORY_MAX);
    // -1 if there is none, as in Prometheus' client.
    area(text, ServerMetric.MEMORY_MAX, "heap", heap.getMax());
    area(text, ServerMetric.MEMORY_MAX, "nonheap", nonHeap.getMax());
    text.head(ServerMetric.BUFFERS_USED);
    for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      String label = PrometheusText.label("pool", pool.getName());
      text.sample(ServerMetric.BUFFERS_USED.prometheusName, label, pool.getMemoryUsed());
    }
    addCollectors(text, ManagementFactory.getGarbageCollectorMXBeans());
    text.add(ServerMetric.THREADS, ManagementFactory.getThreadMXBean().getThreadCount());
  }

  private static void area(PrometheusText text, ServerMetric metric, String area, long bytes) {
    text.sample(metric.prometheusName, PrometheusText.label("area", area), bytes);
  }

  /** There is none with Epsilon, the collector that collects nothing. */
  private static void addCollectors(PrometheusText text, List<GarbageCollectorMXBean> collectors) {
    if (collectors.isEmpty()) {
      return;
    }
    text.head(ServerMetric.GC);
    String name = ServerMetric.GC.prometheusName;
    for (GarbageCollectorMXBean collector : collectors) {
      String label = PrometheusText.label("gc", collector.getName());
      Duration time = Duration.ofMillis(Math.max(0, collector.getCollectionTime()));
      text.sample(name + "_count", label, Math.max(0, collector.getCollectionCount()));
      text.sample(name + "_sum", label, PrometheusText.seconds(time));
    }
  }
}
