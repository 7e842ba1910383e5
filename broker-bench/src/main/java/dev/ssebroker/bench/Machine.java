package dev.ssebroker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The CPU time of the whole machine, from /proc of Linux.
 *
 * @param busyMicros the CPU time of all processes; 0 if it is unknown
 * @param stolenMicros the CPU time that the hypervisor gave to other virtual machines
 */
record Machine(long busyMicros, long stolenMicros) {
  private static final int USER = 1;
  private static final int IDLE = 4;
  private static final int WAITING = 5;
  private static final int STOLEN = 8;

  static Machine now() {
    try {
      String all = Files.readString(Path.of("/proc/stat")).lines().findFirst().orElse("");
      String[] fields = all.split(" +", -1);
      long busy = 0;
      for (int i = USER; i < STOLEN; i++) {
        busy += i == IDLE || i == WAITING ? 0 : Long.parseLong(fields[i]);
      }
      return new Machine(
          busy * ServerProcess.TICK_MICROS,
          Long.parseLong(fields[STOLEN]) * ServerProcess.TICK_MICROS);
    } catch (IOException e) {
      return new Machine(0, 0);
    }
  }

  Machine since(Machine first) {
    return new Machine(busyMicros - first.busyMicros, stolenMicros - first.stolenMicros);
  }
}
