package dev.ssebroker;

import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One client from its subscription to its end, as its test knows it. */
final class ModelConnection {
  /** With what a client comes, and so what it is told first. */
  enum Kind {
    NEW(""),
    KNOWN(""),
    RESTARTED("restarted"),
    UNKNOWN("unknown-id"),
    FUTURE("future-id");

    /** The reason of the notice that comes first; empty if there is none. */
    final String notice;

    Kind(String notice) {
      this.notice = notice;
    }
  }

  /** The last event id a client presents; the sequence counts if the id is known. */
  record Origin(Kind kind, String id, long sequence) {
    static final Origin NEW = new Origin(Kind.NEW, "", 0);
  }

  /** What a client is given at once, an event or a notice; the tick is that of its write. */
  record Received(String type, String data, String lastEventId, long tick) {
    boolean isGap() {
      return type.equals(Event.GAP);
    }
  }

  final List<String> topics;
  final Overflow overflow;
  final Origin origin;
  final ModelSink sink;
  private final ModelLog log;
  private final Pattern selected;

  // Written by the thread that plays the client; read when it has ended.
  @Nullable Subscription subscription;
  long opening;
  long opened;
  long closing = Long.MAX_VALUE;
  long closed = Long.MAX_VALUE;
  boolean left;

  ModelConnection(
      ModelLog log, List<String> topics, Overflow overflow, Origin origin, ModelSink sink) {
    this.log = log;
    this.topics = topics;
    this.overflow = overflow;
    this.origin = origin;
    this.sink = sink;
    this.selected =
        Pattern.compile(
            String.join(
                "|",
                topics.stream()
                    .map(t -> t.replace("**", ".+").replaceAll("(?<!\\.)\\*", "[^/]+"))
                    .toList()));
  }

  /** Returns false if the broker was closed. */
  boolean open(Subscription.Builder builder) {
    opening = log.tick();
    try {
      subscription = builder.overflow(overflow).lastEventId(origin.id).open(sink);
    } catch (BrokerClosedException e) {
      return false;
    }
    opened = log.tick();
    return true;
  }

  void close(Subscription of) {
    closing = log.tick();
    of.close();
    closed = log.tick();
  }

  void leave(Subscription of) {
    left = true;
    of.disconnected();
  }

  boolean selects(String topic) {
    return selected.matcher(topic).matches();
  }

  Overflow.Action policy() {
    return overflow.action();
  }

  /** The bytes it was given, as a browser reads them. */
  List<Received> received() throws CharacterCodingException {
    byte[] bytes = sink.bytes();
    List<EventStreamParser.Dispatched> events = EventStreamParser.parse(bytes).events();
    List<Received> received = new ArrayList<>();
    int start = 0;
    for (ModelSink.Write write : sink.writes) {
      int end = start + write.length();
      int count = EventStreamParser.parse(Arrays.copyOfRange(bytes, start, end)).events().size();
      for (int i = 0; i < count; i++) {
        EventStreamParser.Dispatched event = events.get(received.size());
        received.add(new Received(event.type(), event.data(), event.lastEventId(), write.tick()));
      }
      start = end;
    }
    return received;
  }

  /** What it would come back with; empty if it was never given an id. */
  String lastEventId() throws CharacterCodingException {
    List<Received> received = received();
    return received.isEmpty() ? "" : received.getLast().lastEventId();
  }

  @Override
  public String toString() {
    return "%s of %s, %s from %s, %s, ticks %d-%d to %d-%d%s"
        .formatted(
            subscription,
            topics,
            overflow,
            origin,
            sink,
            opening,
            opened,
            closing,
            closed,
            left ? ", left" : "");
  }
}
