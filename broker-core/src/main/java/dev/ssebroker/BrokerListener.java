package dev.ssebroker;

import java.util.OptionalLong;

/**
 * Is notified of clients that are added, end, and miss events.
 *
 * <p>All calls are made by one virtual thread, {@code sse-listener}, one at a time and in the order
 * in which things happened; none is made while the broker's lock is held. A call that blocks delays
 * the calls after it, which wait in memory, and nothing else. What a call throws is logged and
 * ignored.
 */
public interface BrokerListener {

  /**
   * A client was subscribed.
   *
   * @param subscription the client
   * @param clients how many there were then, this one included
   */
  default void clientAdded(Subscription subscription, int clients) {}

  /**
   * A client is being given a gap notice.
   *
   * @param subscription the client
   * @param missed how many events it will never have; empty if nobody knows
   * @param reason why
   */
  default void clientMissed(Subscription subscription, OptionalLong missed, GapReason reason) {}

  /**
   * A client has ended: its sink is closed. Called exactly once for each client added.
   *
   * @param subscription the client
   * @param reason why it ended
   * @param clients how many were left
   */
  default void clientEnded(Subscription subscription, CloseReason reason, int clients) {}
}
