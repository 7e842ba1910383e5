package dev.ssebroker.demo;

import dev.ssebroker.Overflow;
import dev.ssebroker.http.Cors;
import dev.ssebroker.http.Limits;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * What a demo serves, and how. Every value is within the bounds that broker and server have.
 *
 * @param host a name or an address of this machine
 * @param port 0 for a free one
 * @param tls empty for plain HTTP
 * @param cors which web sites' pages may read the answers
 * @param limits what clients may take of the server
 * @param drain how long streams may take to come to their end
 * @param interval from one event of the ticker to the next
 * @param message what the ticker says; {@link Demo#TIME} becomes the time
 * @param overflow what happens when a client's queue is full
 * @param queueEvents bounds a client's queue
 * @param queueBytes bounds a client's queue
 * @param heartbeat how long a stream may be quiet
 * @param retry how long clients are asked to wait before they come back
 * @param maxAge how long a client may stay; empty for ever
 * @param writeDeadline how long one write may take
 * @param historyEvents bounds what is kept of each topic
 * @param historyBytes bounds what is kept of all topics together
 * @param historyAge bounds the age of what is kept
 * @param publishToken what publishers must show; empty if the server decides by itself who may
 *     publish
 * @param sharedLog empty if this demo is on its own
 * @param relay empty for none
 */
record ServeSettings(
    String host,
    int port,
    Optional<SSLContext> tls,
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
    Optional<Relayed> relay) {

  /** Shows no secret. */
  @Override
  public String toString() {
    return "ServeSettings[host=%s, port=%d]".formatted(host, port);
  }
}
