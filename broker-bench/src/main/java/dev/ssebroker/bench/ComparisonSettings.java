package dev.ssebroker.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What is to be compared, and how.
 *
 * @param servers by name
 * @param scenarios in their order
 * @param rounds of each scenario
 * @param clients of each run that is not idle
 * @param idleClients of the idle scenario
 * @param idleHeap of servers with a JVM in the idle scenario, as -Xmx takes it
 * @param rate events per second where nothing is searched for
 * @param size bytes of padding where events need not be large
 * @param seconds of each measured window
 * @param warmup in seconds, under the load that is measured
 * @param results folder to write to
 * @param peers folder that has start.sh
 */
record ComparisonSettings(
    List<String> servers,
    List<Scenario> scenarios,
    int rounds,
    int clients,
    int idleClients,
    String idleHeap,
    int rate,
    int size,
    int seconds,
    int warmup,
    Path results,
    Path peers) {
  private static final int TRIALS = 9;

  ComparisonSettings {
    servers = List.copyOf(servers);
    scenarios = List.copyOf(scenarios);
  }

  /** One server's turn. */
  record Turn(Scenario scenario, int round, String server) {}

  /**
   * Returns the turns in their order: in each round all servers, one after the other, so that drift
   * of the machine hits all alike, and each round begins with another one.
   */
  List<Turn> turns() {
    List<Turn> turns = new ArrayList<>();
    for (Scenario scenario : scenarios) {
      for (int round = 1; round <= rounds; round++) {
        for (int i = 0; i < servers.size(); i++) {
          turns.add(new Turn(scenario, round, servers.get((i + round - 1) % servers.size())));
        }
      }
    }
    return turns;
  }

  /** Returns roughly how long a turn takes. */
  int nominalSeconds(Scenario scenario) {
    int once = warmup + seconds + 3;
    return switch (scenario) {
      case STEADY -> once;
      case SATURATION -> TRIALS * once;
      case IDLE -> 15;
      case STALLED -> 2 * once;
    };
  }
}
