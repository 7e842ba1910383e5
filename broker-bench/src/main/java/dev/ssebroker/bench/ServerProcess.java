package dev.ssebroker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The CPU time and memory of the processes of the measured server, from /proc of Linux. */
final class ServerProcess {
  /** The unit of times in /proc, which is the same on every machine. */
  static final long TICK_MICROS = 10_000;

  private final List<Long> pids;

  /**
   * Creates the set of processes.
   *
   * @throws LoadFailure if a process or /proc does not exist
   */
  ServerProcess(List<Long> pids) throws LoadFailure {
    this.pids = List.copyOf(pids);
    cpuMicros();
  }

  /** Returns the CPU time so far, in user and system mode. */
  long cpuMicros() throws LoadFailure {
    long ticks = 0;
    for (long pid : pids) {
      String stat = read(pid, "stat");
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      ticks += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }
    return ticks * TICK_MICROS;
  }

  /** Returns the resident memory in bytes. */
  long residentBytes() throws LoadFailure {
    long kibibytes = 0;
    for (long pid : pids) {
      for (String line : read(pid, "status").split("\n", -1)) {
        if (line.startsWith("VmRSS:")) {
          kibibytes += Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
    }
    return kibibytes * 1024;
  }

  private static String read(long pid, String file) throws LoadFailure {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/" + file));
    } catch (IOException e) {
      throw new LoadFailure(
          "cannot read /proc/%d/%s: does the process exist?".formatted(pid, file));
    }
  }
}
