package dev.ssebroker;

import java.time.Duration;
import java.util.Map;

/**
 * A broker's figures at one moment: gauges, and counters since the broker was opened. Immutable.
 * Only brokers implement this interface and the nested ones; later versions may add methods.
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

  /** The figures about clients. */
  interface Clients {
    /** {@return the number of current clients, a gauge} */
    int current();

    /** {@return the number of clients that replay from the history or the shared log, a gauge} */
    int replaying();

    /** {@return the number of clients added, a counter} */
    long added();

    /** {@return the number of clients ended, a counter for every reason; unmodifiable} */
    Map<CloseReason, Long> ended();
  }

  /** The figures about events and gaps. */
  interface Events {
    /** {@return the number of events published, a counter} */
    long published();

    /** {@return the number of events written, counted once for each client, a counter} */
    long delivered();

    /** {@return the uncompressed bytes written, with heartbeats and gap notices, a counter} */
    long deliveredBytes();

    /**
     * {@return the events dropped by policy or with ended clients, a counter, once for each client}
     * Those that the history evicts before a client reads them count as {@link #missed()}.
     */
    long dropped();

    /** {@return the number of gap notices written to clients, a counter} */
    long gaps();

    /** {@return the number of missed events that gap notices report, where known, a counter} */
    long missed();
  }

  /** The figures about the history. */
  interface History {
    /** {@return the number of events in the history, a gauge} */
    int events();

    /** {@return the size of the events in the history in bytes, a gauge} */
    long bytes();
  }

  /** The figures about all clients' queues. */
  interface Queues {
    /** {@return the number of events in the longest queue, a gauge} */
    long longestEvents();

    /** {@return the bytes of all queued events, counted once for each queue, a gauge} */
    long bytes();

    /** {@return how long the oldest queued event has waited, a gauge; zero if all are empty} */
    Duration oldestAge();
  }

  /** The figures about the shared log. */
  interface Log {
    /** {@return whether the log answered the broker's last request, a gauge; true without a log} */
    boolean available();
  }
}
