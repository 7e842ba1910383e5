package dev.ssebroker;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/** The broker's events for the JDK's Flight Recorder. */
final class FlightEvents {
  private FlightEvents() {}

  @Category("SSE Broker")
  @StackTrace(false)
  abstract static class BrokerEvent extends Event {}

  abstract static class ClientEvent extends BrokerEvent {
    @SuppressWarnings("UnusedVariable") // Read by the recorder.
    @Label("Client")
    long client;

    /** Not a boolean: JDK 21 would take such a method with one parameter for a setting. */
    final ClientEvent of(Client client) {
      this.client = client.id();
      return this;
    }
  }

  @Name("dev.ssebroker.ClientAdded")
  @Label("Client Added")
  static final class ClientAdded extends ClientEvent {
    @Label("Topics")
    String topics = "";

    @Label("Resumes")
    @Description("Whether the client came with a last event id")
    boolean resumes;

    static void commit(Client client, boolean resumes) {
      ClientAdded event = new ClientAdded();
      if (event.of(client).shouldCommit()) {
        event.topics = String.join(", ", client.topics());
        event.resumes = resumes;
        event.commit();
      }
    }
  }

  @Name("dev.ssebroker.ClientEnded")
  @Label("Client Ended")
  static final class ClientEnded extends ClientEvent {
    @Label("Reason")
    String reason = "";

    @Label("Lag")
    @Description("How many events the client was behind when it was to end")
    long lag;

    static void commit(Client client, CloseReason reason, long lag) {
      ClientEnded event = new ClientEnded();
      if (event.of(client).shouldCommit()) {
        event.reason = reason.name();
        event.lag = lag;
        event.commit();
      }
    }
  }

  @Name("dev.ssebroker.Publish")
  @Label("Publish")
  @Description("One event queued for its clients, the wait for the broker's lock not included")
  @Enabled(false)
  static final class Publish extends BrokerEvent {
    @Label("Topic")
    String topic = "";

    @Label("Bytes")
    @DataAmount
    long bytes;

    @Label("Queued")
    int queued;

    @Label("Replaying")
    int replaying;

    @Label("Dropped")
    @Description("Events dropped because of this one, each counted once for each client")
    int dropped;

    void commit(String topic, Frame frame, Receipt receipt) {
      if (shouldCommit()) {
        this.topic = topic;
        this.bytes = frame.length();
        this.queued = receipt.queued();
        this.replaying = receipt.replaying();
        this.dropped = receipt.dropped();
        commit();
      }
    }
  }

  @Name("dev.ssebroker.Gap")
  @Label("Gap Notice")
  static final class Gap extends ClientEvent {
    @Label("Missed")
    @Description("-1 if nobody knows")
    long missed;

    @Label("Reason")
    String reason = "";

    static void commit(Client client, GapNotice gap) {
      Gap event = new Gap();
      if (event.of(client).shouldCommit()) {
        event.missed = gap.missed;
        event.reason = gap.reason.wireName();
        event.commit();
      }
    }
  }

  @Name("dev.ssebroker.Replay")
  @Label("Replay")
  @Description("A page of the history, read by a client that is replaying")
  static final class Replay extends ClientEvent {
    @Label("Events")
    int events;

    @Label("Bytes")
    @DataAmount
    long bytes;

    static void commit(Client client, Batch batch) {
      Replay event = new Replay();
      if (batch.events() > 0 && event.of(client).shouldCommit()) {
        event.events = batch.events();
        event.bytes = batch.length();
        event.commit();
      }
    }
  }

  @Name("dev.ssebroker.SlowWrite")
  @Label("Slow Write")
  @Threshold("1 s")
  static final class SlowWrite extends ClientEvent {
    @Label("Bytes")
    @DataAmount
    long bytes;

    void commit(Client client, Batch batch) {
      end();
      if (of(client).shouldCommit()) {
        this.bytes = batch.length();
        commit();
      }
    }
  }
}
