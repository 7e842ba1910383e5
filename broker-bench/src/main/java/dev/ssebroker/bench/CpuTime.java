package dev.ssebroker.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * What the process has used of the processors, all threads together: a measure of cost that
 * neighbours on the same machine change less than they change the speed.
 */
public final class CpuTime {
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private long seen;

  /** Starts anew: what was used before belongs to nobody. */
  public void restart() {
    seen = SYSTEM.getProcessCpuTime();
  }

  /** Returns the nanoseconds used since the last call or restart. */
  public long newNanos() {
    long now = SYSTEM.getProcessCpuTime();
    long nanos = now - seen;
    seen = now;
    return nanos;
  }
}
