package dev.ssebroker.redis;

import dev.ssebroker.EventId;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The position of an event in the log.
 *
 * @param incarnation the name of the log in Redis; changes if Redis loses all its data
 * @param generation starts at 1; increases whenever a reader notices that events were lost
 * @param sequence the sequence of the event; continues across generations
 */
record Position(String incarnation, long generation, long sequence) {
  private static final Pattern EPOCH =
      Pattern.compile("(?<incarnation>[0-9a-z]{1,16})\\.(?<generation>[1-9a-z][0-9a-z]{0,9})");

  /** {@return the position; empty if the id is not of a Redis log} */
  static Optional<Position> of(EventId id) {
    Matcher epoch = EPOCH.matcher(id.epoch());
    if (!epoch.matches()) {
      return Optional.empty();
    }
    return Optional.of(
        new Position(
            epoch.group("incarnation"),
            Long.parseLong(epoch.group("generation"), Character.MAX_RADIX),
            id.sequence()));
  }

  EventId id() {
    return new EventId(
        incarnation + "." + Long.toString(generation, Character.MAX_RADIX), sequence);
  }

  /** {@return the id of the event's entry in the stream} */
  String entryId() {
    return generation + "-" + sequence;
  }

  /** {@return an entry id that is greater than all entry ids of this generation} */
  String endOfGeneration() {
    return generation + "-" + Long.toUnsignedString(-1);
  }
}
