package dev.ssebroker;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * The client's virtual thread: the only one that writes to the client's sink, from first byte to
 * last.
 */
final class Writer implements Runnable {
  private static final Logger LOG = Broker.LOG;

  private final Broker broker;
  private final Client client;
  private final Batch batch = new Batch();

  Writer(Broker broker, Client client) {
    this.broker = broker;
    this.client = client;
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
      client.closeSink();
      broker.ended(client, reason);
    }
  }

  private void writeStream() throws IOException, InterruptedException {
    batch.add(EventStreamEncoder.comment());
    write();
    while (client.outbox.take(batch)) {
      write();
    }
    if (!batch.isEmpty()) {
      write();
    }
    if (!client.cut) {
      client.sink.end();
    }
  }

  private void write() throws IOException {
    if (!client.cut) {
      client.sink.write(batch);
    }
    batch.clear();
  }
}
