package dev.ssebroker.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Counts what clients received and what that cost. */
@AuxCounters(AuxCounters.Type.OPERATIONS)
@State(Scope.Thread)
public class Received {
  public long deliveries;

  /** Processor time of the process: divided by the other counter, the cost of one. */
  public long cpuNanos;
}
