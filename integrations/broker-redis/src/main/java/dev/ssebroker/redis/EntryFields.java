package dev.ssebroker.redis;

import dev.ssebroker.Event;
import dev.ssebroker.EventId;
import dev.ssebroker.EventLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a stream entry: names and values. The fields {@code topic} and {@code data} are
 * required.
 *
 * @param entry the event; empty if the fields are not those of an event
 * @param call the token of the call that stored the event
 * @param before the token of the previous call; null except for the first event of a call
 */
record EntryFields(Optional<EventLog.Entry> entry, String call, @Nullable String before) {
  private static final byte[] TOPIC = Link.bytes("topic");
  private static final byte[] TYPE = Link.bytes("type");
  private static final byte[] DATA = Link.bytes("data");
  private static final byte[] ID = Link.bytes("id");
  private static final byte[] KEY = Link.bytes("key");
  private static final byte[] RETRY = Link.bytes("retry");

  static List<byte[]> write(String topic, Event event) {
    List<byte[]> fields = new ArrayList<>();
    add(fields, TOPIC, topic);
    if (!event.type().equals(Event.MESSAGE)) {
      add(fields, TYPE, event.type());
    }
    add(fields, DATA, event.data());
    event.id().ifPresent(id -> add(fields, ID, id));
    event.key().ifPresent(key -> add(fields, KEY, key));
    event.retry().ifPresent(retry -> add(fields, RETRY, Long.toString(retry.toMillis())));
    return fields;
  }

  private static void add(List<byte[]> fields, byte[] name, String value) {
    fields.add(name);
    fields.add(Link.bytes(value));
  }

  static EntryFields read(EventId position, List<?> fields) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i + 1 < fields.size(); i += 2) {
      values.put(Link.text(fields.get(i)), Link.text(fields.get(i + 1)));
    }
    String call = values.getOrDefault("call", "");
    return new EntryFields(entry(position, values), call, values.get("before"));
  }

  private static Optional<EventLog.Entry> entry(EventId position, Map<String, String> values) {
    String topic = values.get("topic");
    String data = values.get("data");
    if (topic == null || data == null) {
      return Optional.empty();
    }
    try {
      Event event =
          new Event(
              values.getOrDefault("type", Event.MESSAGE),
              data,
              Optional.ofNullable(values.get("retry")).map(Long::parseLong).map(Duration::ofMillis),
              Optional.ofNullable(values.get("key")),
              Optional.ofNullable(values.get("id")));
      return Optional.of(new EventLog.Entry(position, topic, event));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** {@return whether the call with this token stored the previous event} */
  boolean follows(String token) {
    return (before == null ? call : before).equals(token);
  }
}
