package dev.ssebroker.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The settings of a comparison.
 *
 * @param servers the names of the servers
 * @param scenarios the scenarios, in order
 * @param rounds the number of rounds per scenario
 * @param clients the number of clients, except in the idle scenario
 * @param idleClients the number of clients in the idle scenario
 * @param idleHeap the heap of JVMs in the idle scenario, as a value of -Xmx
 * @param rate the events per second, except for saturation and idle
 * @param size the bytes of padding, except for stalled
 * @param seconds the length of each measured window
 * @param warmup the length of the warm-up in seconds
 * @param results the folder to write to
 * @param peers the folder with start.sh
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

  /** One run of one server. */
  record Turn(Scenario scenario, int round, String server) {}

  /**
   * Returns the turns in order. Each round has all servers, so that drift of the machine affects
   * all of them equally. Each round starts with another server.
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

  /** Returns roughly how many seconds a turn takes. */
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
