package dev.ssebroker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What all processes together have used of the machine, says Linux' /proc.
 *
 * @param busyMicros of processor time by anyone; 0 where it is not known
 * @param stolenMicros that the machine wanted and, being a virtual one, did not get
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
