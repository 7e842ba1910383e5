package dev.ssebroker;

import java.io.IOException;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/** One subscriber: its outbox, its sink and its end. */
final class Client implements Subscription {
  private final Broker broker;
  private final long id;
  private final String topic;
  final Sink sink;
  final Outbox outbox;

  /** Where the client stands in its audience. Guarded by the broker's lock. */
  int place;

  /** Null until the client is to end, then never changed. Guarded by the broker's lock. */
  @Nullable CloseReason reason;

  /** Written under the broker's lock; volatile for the writer, which looks without it. */
  volatile boolean cut;

  Client(Broker broker, long id, String topic, Sink sink, Outbox outbox) {
    this.broker = broker;
    this.id = id;
    this.topic = topic;
    this.sink = sink;
    this.outbox = outbox;
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public String topic() {
    return topic;
  }

  @Override
  public void close() {
    broker.end(this, CloseReason.UNSUBSCRIBED);
  }

  @Override
  public void clientLeft() {
    broker.cut(this, CloseReason.LEFT);
  }

  /** Called by the writer on its way out and, to free a blocked write, by the closer of a cut. */
  void closeSink() {
    try {
      sink.close();
    } catch (IOException e) {
      // Nothing is left to be written, and nobody to tell.
    } catch (RuntimeException e) {
      Broker.LOG.log(Level.WARNING, "The sink of " + this + " threw when it was closed", e);
    }
  }

  @Override
  public String toString() {
    return "client " + id + " of " + topic;
  }
}
