package dev.ssebroker.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Counts the deliveries and their cost. */
@AuxCounters(AuxCounters.Type.OPERATIONS)
@State(Scope.Thread)
public class Received {
  public long deliveries;

  /** The CPU time of the process. Divided by the deliveries, it is the cost of one delivery. */
  public long cpuNanos;
}
