package dev.ssebroker.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * The CPU time of the process, including all threads. On a shared machine it is a more stable
 * measure of cost than speed.
 */
public final class CpuTime {
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private long reported;

  /** Restarts the measurement. */
  public void restart() {
    reported = SYSTEM.getProcessCpuTime();
  }

  /** Returns the nanoseconds used since the previous call or restart. */
  public long newNanos() {
    long now = SYSTEM.getProcessCpuTime();
    long nanos = now - reported;
    reported = now;
    return nanos;
  }
}
