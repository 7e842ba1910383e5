package dev.ssebroker;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Writes what there is for a client, on a virtual thread that is started for that and ends when
 * there is nothing more. A client never has two at a time, and nobody else writes to its sink.
 */
final class Writer implements Runnable {
  /*
   * An idle client has no thread, since a parked one costs more memory than all the rest of the client:
   * its stack is copied to the heap frame by frame, and stays there. Starting a thread takes a little longer
   * than unparking one, which next to a write to a socket is nothing.
   */
  private static final Logger LOG = Broker.LOG;

  private final Broker broker;
  private final Client client;

  /** What is to be written next. First a comment, so that the client sees the stream begin. */
  private final Batch batch;

  Writer(Broker broker, Client client) {
    this.broker = broker;
    this.client = client;
    this.batch = new Batch(broker.deflation);
    batch.add(EventStreamEncoder.comment());
  }

  @Override
  public void run() {
    // Counts only if nobody has asked for an end before.
    CloseReason reason = CloseReason.FAILED;
    boolean over = true;
    try {
      over = writeOn();
    } catch (IOException e) {
      reason = CloseReason.DISCONNECTED;
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "The sink of " + client + " threw; the client ends", e);
    } finally {
      if (over) {
        leave(reason);
      }
    }
  }

  /** The broker hears of the end even if the sink throws an Error. */
  private void leave(CloseReason reason) {
    try {
      client.closeSink();
    } finally {
      broker.ended(client, reason);
    }
  }

  /**
   * Writes until there is nothing to write. Returns whether that was the stream's end; if not,
   * another thread may already be at work.
   */
  private boolean writeOn() throws IOException {
    while (true) {
      if (!batch.isEmpty()) {
        write();
      }
      switch (client.outbox.take(batch)) {
        case FRAMES -> broker.madeRoom();
        case BEHIND -> broker.readPage(client, batch);
        case NOTHING -> {
          return false;
        }
        case END -> {
          end();
          return true;
        }
      }
    }
  }

  private void end() throws IOException {
    if (!client.cut) {
      timed(client.sink::end);
    }
  }

  private void write() throws IOException {
    if (!client.cut) {
      FlightEvents.SlowWrite flight = new FlightEvents.SlowWrite();
      flight.begin();
      timed(() -> client.sink.write(batch));
      flight.commit(client, batch);
      broker.delivered(client, batch);
    }
    batch.clear();
  }

  private interface Writing {
    void run() throws IOException;
  }

  /** Lets the pulse see how long a write takes. */
  private void timed(Writing writing) throws IOException {
    // The lowest bit says that there is a write at all; a nanosecond does not matter.
    client.writingSinceNanos = broker.clock.getAsLong() | 1;
    try {
      writing.run();
    } finally {
      client.lastWriteNanos = broker.clock.getAsLong();
      client.writingSinceNanos = 0;
    }
  }
}
