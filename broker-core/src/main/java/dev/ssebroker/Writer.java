package dev.ssebroker;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.LongSupplier;

/**
 * The client's virtual thread: the only one that writes to the client's sink, from first byte to
 * last.
 */
final class Writer implements Runnable {
  private static final Logger LOG = Broker.LOG;

  private final Broker broker;
  private final Client client;
  private final LongSupplier clock;
  private final Batch batch;

  Writer(Broker broker, Client client, LongSupplier clock) {
    this.broker = broker;
    this.client = client;
    this.clock = clock;
    this.batch = new Batch(broker.deflation);
  }

  @Override
  public void run() {
    // Counts only if nobody has asked for an end before.
    CloseReason reason = CloseReason.FAILED;
    try {
      writeStream();
    } catch (IOException e) {
      reason = CloseReason.LEFT;
    } catch (InterruptedException e) {
      LOG.log(Level.WARNING, "The writer of " + client + " was interrupted; the client ends", e);
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "The sink of " + client + " threw; the client ends", e);
    } finally {
      leave(reason);
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

  private void writeStream() throws IOException, InterruptedException {
    batch.add(EventStreamEncoder.comment());
    write();
    Outbox.Taken taken = client.outbox.take(batch);
    while (taken != Outbox.Taken.END) {
      if (taken == Outbox.Taken.BEHIND) {
        broker.readPage(client, batch);
      } else {
        broker.madeRoom();
      }
      if (!batch.isEmpty()) {
        write();
      }
      taken = client.outbox.take(batch);
    }
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
    client.writingSinceNanos = clock.getAsLong() | 1;
    try {
      writing.run();
    } finally {
      client.lastWriteNanos = clock.getAsLong();
      client.writingSinceNanos = 0;
    }
  }
}
