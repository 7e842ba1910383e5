package dev.ssebroker;

import java.util.OptionalLong;

/**
 * Receives notifications of clients. One thread at a time, {@code sse-listener}, makes all calls,
 * in order and never under the broker's lock. A call that blocks delays only later notifications,
 * which wait in memory. What a call throws is logged.
 */
public interface BrokerListener {
  /**
   * A client was added.
   *
   * @param subscription the client
   * @param clients the number of clients, with this one
   */
  default void clientAdded(Subscription subscription, int clients) {}

  /**
   * A gap notice was written to a client.
   *
   * @param subscription the client
   * @param missed how many events it misses; empty if that is unknown
   * @param reason why
   */
  default void clientMissed(Subscription subscription, OptionalLong missed, GapReason reason) {}

  /**
   * A client has ended: its sink is closed. Called exactly once for each client added.
   *
   * @param subscription the client
   * @param reason why it ended
   * @param clients the number of other clients
   */
  default void clientEnded(Subscription subscription, CloseReason reason, int clients) {}
}
