package dev.ssebroker;

import java.time.Duration;
import java.util.Map;

/**
 * A broker's figures at one moment: counters since the broker was opened, and gauges.
 *
 * <p>Immutable. Only brokers implement this interface and the ones nested in it: later versions may
 * add methods.
 */
public interface BrokerStats {
  /**
   * Returns the figures about clients.
   *
   * @return the clients' figures
   */
  Clients clients();

  /**
   * Returns the figures about events and gaps.
   *
   * @return the events' figures
   */
  Events events();

  /**
   * Returns the figures about the history.
   *
   * @return the history's figures
   */
  History history();

  /**
   * Returns the figures about all clients' queues.
   *
   * @return the queues' figures
   */
  Queues queues();

  /**
   * Returns the figures about the shared log.
   *
   * @return the shared log's figures
   */
  Log log();

  /** The figures about clients. Later versions may add methods. */
  interface Clients {
    /**
     * Returns the number of current clients.
     *
     * @return a gauge
     */
    int current();

    /**
     * Returns the number of current clients that read from the history or the shared log because
     * they have not caught up.
     *
     * @return a gauge
     */
    int replaying();

    /**
     * Returns the number of clients added since the broker was opened.
     *
     * @return a counter
     */
    long added();

    /**
     * Returns the number of clients ended, by reason.
     *
     * @return a counter for every reason; unmodifiable
     */
    Map<CloseReason, Long> ended();
  }

  /** The figures about events and gaps. Later versions may add methods. */
  interface Events {
    /**
     * Returns the number of events published.
     *
     * @return a counter
     */
    long published();

    /**
     * Returns the number of events written to clients. An event counts once for each client.
     *
     * @return a counter
     */
    long delivered();

    /**
     * Returns the number of bytes written to clients, before compression. It includes heartbeats
     * and gap notices.
     *
     * @return a counter
     */
    long deliveredBytes();

    /**
     * Returns the number of events dropped by overflow policies, or because their client was ended.
     * An event counts once for each client. Events that the history evicts before a client reads
     * them count as {@link #missed()} instead.
     *
     * @return a counter
     */
    long dropped();

    /**
     * Returns the number of gap notices written to clients.
     *
     * @return a counter
     */
    long gaps();

    /**
     * Returns the number of events reported as missed by gap notices. A notice without a number
     * adds nothing.
     *
     * @return a counter
     */
    long missed();
  }

  /** The figures about the history. Later versions may add methods. */
  interface History {
    /**
     * Returns the number of events in the history.
     *
     * @return a gauge
     */
    int events();

    /**
     * Returns the size of the events in the history.
     *
     * @return a gauge, in bytes
     */
    long bytes();
  }

  /** The figures about all clients' queues. Later versions may add methods. */
  interface Queues {
    /**
     * Returns the number of events in the longest queue.
     *
     * @return a gauge
     */
    long longestEvents();

    /**
     * Returns the size of all queued events. An event counts once for each queue, although all
     * queues share its bytes.
     *
     * @return a gauge, in bytes
     */
    long bytes();

    /**
     * Returns how long the oldest queued event has waited.
     *
     * @return a gauge; zero if all queues are empty
     */
    Duration oldestAge();
  }

  /** The figures about the shared log. Later versions may add methods. */
  interface Log {
    /**
     * Returns whether the shared log answered the broker's last request.
     *
     * @return a gauge; true for a broker without a shared log
     */
    boolean available();
  }
}
