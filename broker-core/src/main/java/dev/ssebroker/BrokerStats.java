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
  /** {@return the figures about clients} */
  Clients clients();

  /** {@return the figures about events and gaps} */
  Events events();

  /** {@return the figures about the history} */
  History history();

  /** {@return the figures about all clients' queues} */
  Queues queues();

  /** {@return the figures about the shared log} */
  Log log();

  /** The figures about clients. Later versions may add methods. */
  interface Clients {
    /** {@return the number of current clients, a gauge} */
    int current();

    /**
     * {@return the number of current clients that read from the history or the shared log because
     * they have not caught up, a gauge}
     */
    int replaying();

    /** {@return the number of clients added since the broker was opened, a counter} */
    long added();

    /** {@return the number of clients ended, a counter for every reason; unmodifiable} */
    Map<CloseReason, Long> ended();
  }

  /** The figures about events and gaps. Later versions may add methods. */
  interface Events {
    /** {@return the number of events published, a counter} */
    long published();

    /**
     * {@return the number of events written to clients, a counter} An event counts once for each
     * client.
     */
    long delivered();

    /**
     * {@return the number of bytes written to clients before compression, a counter} It includes
     * heartbeats and gap notices.
     */
    long deliveredBytes();

    /**
     * {@return the number of events dropped by overflow policies, or because their client was
     * ended, a counter} An event counts once for each client. Events that the history evicts before
     * a client reads them count as {@link #missed()} instead.
     */
    long dropped();

    /** {@return the number of gap notices written to clients, a counter} */
    long gaps();

    /**
     * {@return the number of events reported as missed by gap notices, a counter} A notice without
     * a number adds nothing.
     */
    long missed();
  }

  /** The figures about the history. Later versions may add methods. */
  interface History {
    /** {@return the number of events in the history, a gauge} */
    int events();

    /** {@return the size of the events in the history in bytes, a gauge} */
    long bytes();
  }

  /** The figures about all clients' queues. Later versions may add methods. */
  interface Queues {
    /** {@return the number of events in the longest queue, a gauge} */
    long longestEvents();

    /**
     * {@return the size of all queued events in bytes, a gauge} An event counts once for each
     * queue, although all queues share its bytes.
     */
    long bytes();

    /** {@return how long the oldest queued event has waited, a gauge; zero if all are empty} */
    Duration oldestAge();
  }

  /** The figures about the shared log. Later versions may add methods. */
  interface Log {
    /**
     * {@return whether the shared log answered the broker's last request, a gauge; true for a
     * broker without a shared log}
     */
    boolean available();
  }
}
