package dev.ssebroker.http;

import java.util.Set;

/**
 * What the connections of one port share.
 *
 * @param settings what they are served, and how
 * @param connections they count themselves here
 * @param dispatcher decides what each of their requests gets
 * @param timeLimits the time limits that the server's watch checks; a concurrent set
 */
record Service(
    ServerSettings settings,
    Connections connections,
    Dispatcher dispatcher,
    Set<TimeLimit> timeLimits) {

  Service(ServerSettings settings, Connections connections, Set<TimeLimit> timeLimits) {
    this(settings, connections, new Dispatcher(settings, connections), timeLimits);
  }
}
