package dev.ssebroker.redis;

import dev.ssebroker.Event;
import dev.ssebroker.EventId;
import dev.ssebroker.RefusedIdException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/** The events of one append, until they are stored or the append fails. */
final class Call {
  /**
   * What is known about the events. A caller that gives up reports the outcome of the previous
   * state.
   */
  enum State {
    NOT_STORED,
    SENT,
    GIVEN_UP
  }

  private final List<Event> events;
  private final List<byte[]> keys = new ArrayList<>();
  private final List<byte[]> arguments = new ArrayList<>();
  private final int bytes;
  private final AtomicReference<State> state = new AtomicReference<>(State.NOT_STORED);
  private final CompletableFuture<List<EventId>> result = new CompletableFuture<>();

  Call(Keys names, String topic, List<Event> events) {
    this.events = List.copyOf(events);
    if (events.isEmpty()) {
      throw new IllegalArgumentException("events is empty; at least one is needed");
    }
    arguments.add(Link.bytes(events.size()));
    Set<String> ids = new HashSet<>();
    int bytes = 0;
    for (int i = 0; i < events.size(); i++) {
      Event event = events.get(i);
      String id = event.id().orElse("");
      if (!id.isEmpty()) {
        if (!ids.add(id)) {
          throw new RefusedIdException("id '%s' is used twice".formatted(id), i, false);
        }
        keys.add(Link.bytes(names.ownId(id)));
      }
      List<byte[]> fields = EntryFields.write(topic, event);
      arguments.add(Link.bytes(id));
      arguments.add(Link.bytes(fields.size()));
      arguments.addAll(fields);
      bytes += fields.stream().mapToInt(field -> field.length).sum();
    }
    this.bytes = bytes;
  }

  int size() {
    return events.size();
  }

  int bytes() {
    return bytes;
  }

  List<byte[]> keys() {
    return keys;
  }

  List<byte[]> arguments() {
    return arguments;
  }

  CompletableFuture<List<EventId>> result() {
    return result;
  }

  /** Returns whether to send the events: only if the caller still waits. */
  boolean markSent() {
    return state.compareAndSet(State.NOT_STORED, State.SENT);
  }

  /** Returns whether to send the events again, after Redis stored none of them. */
  boolean markUnsent() {
    return state.compareAndSet(State.SENT, State.NOT_STORED);
  }

  boolean isGivenUp() {
    return state.get() == State.GIVEN_UP;
  }

  /** Gives up. Returns the outcome, for the message of an exception. */
  String giveUp() {
    return outcome(state.getAndSet(State.GIVEN_UP) == State.SENT);
  }

  String outcome(boolean maybeStored) {
    String subject = events.size() == 1 ? "the event " : "the events ";
    if (maybeStored) {
      return subject + "may have been stored";
    }
    return subject + (events.size() == 1 ? "was" : "were") + " not stored";
  }

  /** Completes the result with the answer of the script for these events. */
  void complete(String incarnation, long generation, String answer) {
    char first = answer.charAt(0);
    if (Character.isDigit(first)) {
      long sequence = Long.parseLong(answer);
      List<EventId> ids = new ArrayList<>(events.size());
      for (int i = 0; i < events.size(); i++) {
        ids.add(new Position(incarnation, generation, sequence + i).id());
      }
      result.complete(List.copyOf(ids));
      return;
    }
    int index = Integer.parseInt(answer.substring(1)) - 1;
    String id = events.get(index).id().orElseThrow();
    boolean publishedBefore = first == 'b';
    String message =
        publishedBefore
            ? "id '%s' was published before"
            : "id '%s' looks like one of the broker's own";
    result.completeExceptionally(
        new RefusedIdException(message.formatted(id), index, publishedBefore));
  }
}
