package dev.ssebroker;

/** One client's place in the broker, as the one who subscribed it sees it. Thread-safe. */
public interface Subscription extends AutoCloseable {

  /**
   * The client's number: unique within its broker, rising, and part of its writer's thread name.
   *
   * @return 1 or more
   */
  long id();

  /**
   * The topic the client receives.
   *
   * @return the name it was subscribed with
   */
  String topic();

  /**
   * Ends the client in an orderly way: it receives no event published from now on, what is queued
   * for it is still written, and its sink is ended and closed. Returns at once. Does nothing if the
   * client is ending already.
   */
  @Override
  void close();

  /**
   * Says that the client itself has gone, as the one who reads its connection noticed: what is
   * queued is discarded and the sink is closed. Returns at once. Does nothing if the client has
   * ended already; if it is ending in an orderly way, its reason stays and the waiting is over.
   */
  void clientLeft();
}
