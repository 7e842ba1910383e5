package dev.ssebroker.demo;

import dev.ssebroker.Overflow;
import dev.ssebroker.http.Cors;
import dev.ssebroker.http.Limits;
import dev.ssebroker.http.Tls;
import java.time.Duration;
import java.util.Optional;

/**
 * The settings of {@code serve}. Every value is within the bounds of the broker and the server.
 *
 * @param host a name or an address of this machine
 * @param port the port to listen on; 0 for a free one
 * @param tls the certificate and its key; empty for plain HTTP
 * @param cors the origins whose pages may read responses
 * @param limits the limits of the server
 * @param drain how long streams are drained when the demo stops
 * @param interval the interval of the ticker
 * @param message the data of the ticker's events; {@link Demo#TIME} is replaced by the time
 * @param overflow the overflow policy
 * @param queueEvents the maximum number of events in a client's queue
 * @param queueBytes the maximum size of a client's queue
 * @param heartbeat the heartbeat of idle streams
 * @param retry the reconnection time that is sent to clients
 * @param maxAge the maximum age of a stream; empty for unlimited
 * @param writeDeadline the maximum time of one write
 * @param historyEvents the maximum number of events per topic in the history
 * @param historyBytes the maximum size of the history of all topics
 * @param historyAge the maximum age of events in the history
 * @param publishToken the token that publishers must send; empty if {@link Guard} decides by the
 *     address
 * @param sharedLog the shared log; empty if the demo has its own log
 * @param relay the relay; empty for none
 */
record ServeSettings(
    String host,
    int port,
    Optional<Tls> tls,
    Cors cors,
    Limits limits,
    Duration drain,
    Duration interval,
    String message,
    Overflow overflow,
    int queueEvents,
    long queueBytes,
    Duration heartbeat,
    Duration retry,
    Optional<Duration> maxAge,
    Duration writeDeadline,
    int historyEvents,
    long historyBytes,
    Duration historyAge,
    Optional<String> publishToken,
    Optional<SharedLog> sharedLog,
    Optional<RelaySettings> relay) {

  /** Omits all settings that may contain secrets. */
  @Override
  public String toString() {
    return "ServeSettings[host=%s, port=%d]".formatted(host, port);
  }
}
