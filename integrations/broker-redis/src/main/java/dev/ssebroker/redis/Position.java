package dev.ssebroker.redis;

import dev.ssebroker.EventId;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where an event stands.
 *
 * @param incarnation what Redis calls its log: another one if it lost everything
 * @param generation how often a reader has found since that events were lost, from 1
 * @param sequence the event's place, which goes on through the generations
 */
record Position(String incarnation, long generation, long sequence) {
  private static final Pattern EPOCH =
      Pattern.compile("(?<incarnation>[0-9a-z]{1,16})\\.(?<generation>[1-9a-z][0-9a-z]{0,9})");

  /** Empty if no log of this kind gave out the id. */
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

  /** The name of its entry in the stream. */
  String entryId() {
    return generation + "-" + sequence;
  }

  /** A name behind all of its generation's entries. */
  String endOfGeneration() {
    return generation + "-" + Long.toUnsignedString(-1);
  }
}
