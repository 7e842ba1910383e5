package dev.ssebroker;

import dev.ssebroker.ModelConnection.Kind;
import dev.ssebroker.ModelConnection.Received;
import dev.ssebroker.ModelLog.Publication;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks what one client was given against what was published. */
final class StreamChecker {
  /*
   * A client is due the matching events between two sequences. Where it came or left while others
   * published, a test cannot know these exactly, but within bounds; then some pair of them must
   * explain all that the client was given: no event from outside, none twice, and behind none of
   * them more events missing than the notices so far had said. At an orderly end both numbers are
   * equal.
   *
   * A notice without a number covers whatever had begun to be published when it was written.
   *
   * Under LATEST, an event that is missing is excused by a newer one of its topic and key, in whose
   * place or turn it may come; the newest of them has no excuse.
   */
  private static final Pattern NOTICE =
      Pattern.compile("\\{\"missed\":(null|[1-9][0-9]*),\"reason\":\"([a-z-]+)\"\\}");

  private final ModelConnection connection;
  private final List<Publication> matching;
  private final List<Publication> all;
  private final boolean ids;
  private final boolean latest;
  private final List<Given> given = new ArrayList<>();

  /** An event, or a notice if it has none; the count of a notice is below 0 if it is not known. */
  private record Given(@Nullable Publication event, boolean hasId, long missed, long tick) {}

  StreamChecker(ModelLog log, ModelConnection connection, boolean ids, boolean ample)
      throws Exception {
    this.connection = connection;
    this.ids = ids;
    this.latest = connection.policy() == Overflow.Action.LATEST;
    this.all = log.inOrder();
    this.matching = all.stream().filter(p -> connection.selects(p.topic())).toList();
    String lastId = "";
    for (Received received : connection.received()) {
      if (received.isGap()) {
        demand(received.lastEventId().equals(lastId), "a notice has an id", received);
        given.add(new Given(null, false, missed(received, ample), received.tick()));
      } else {
        given.add(event(log, received, lastId));
      }
      lastId = received.lastEventId();
    }
  }

  int events() {
    return (int) given.stream().filter(g -> g.event != null).count();
  }

  int notices() {
    return given.size() - events();
  }

  long missed() {
    return given.stream().mapToLong(g -> Math.max(0, g.missed)).sum();
  }

  private Given event(ModelLog log, Received received, String lastId) {
    Publication event = log.find(received.data());
    if (event == null) {
      throw failure("an event that nobody published", received);
    }
    boolean hasId = received.lastEventId().equals(event.receipt().id());
    if (!hasId) {
      demand(received.lastEventId().equals(lastId), "another event's id", received);
      demand(!ids || (latest && event.key() != null), "an event without its id", received);
    }
    demand(!hasId || ids, "an id without a history", received);
    return new Given(event, hasId, 0, received.tick());
  }

  /** Only those notices may come that the client's origin, its policy and the history allow. */
  private long missed(Received received, boolean ample) {
    Matcher notice = NOTICE.matcher(received.data());
    demand(notice.matches(), "a malformed notice", received);
    Kind kind = connection.origin.kind();
    boolean known = !notice.group(1).equals("null");
    boolean first = given.isEmpty();
    boolean fromHistory =
        ids
            && (connection.policy() == Overflow.Action.REPLAY
                || connection.policy() == Overflow.Action.AWAIT);
    switch (notice.group(2)) {
      case "overflow" ->
          demand(
              known && !fromHistory && connection.policy() != Overflow.Action.DISCONNECT,
              "a notice its policy does not allow",
              received);
      case "evicted" -> {
        demand(ids && !ample, "a notice although the history has all", received);
        demand(fromHistory || kind != Kind.NEW, "a notice its policy does not allow", received);
        demand(known || (first && kind == Kind.KNOWN), "a notice without a number", received);
      }
      default ->
          demand(
              first && !known && notice.group(2).equals(kind.notice),
              "a notice its origin does not allow",
              received);
    }
    return known ? Long.parseLong(notice.group(1)) : -1;
  }

  void check() {
    if (!connection.origin.kind().notice.isEmpty() && !given.isEmpty()) {
      demand(given.getFirst().missed < 0, "its stream does not begin with a notice", given);
    }
    String why = "";
    for (long end : ends()) {
      for (long start : starts()) {
        why = explain(start, end);
        if (why.isEmpty()) {
          return;
        }
      }
    }
    throw failure(why, given);
  }

  /** The sequences behind which the client may have come. */
  private List<Long> starts() {
    return switch (connection.origin.kind()) {
      case KNOWN -> List.of(connection.origin.sequence());
      case RESTARTED -> List.of(0L);
      case NEW, UNKNOWN, FUTURE -> cuts(connection.opening, connection.opened);
    };
  }

  /** The sequences up to which the client may have been served. */
  private List<Long> ends() {
    if (!connection.sink.isEnded()) {
      long tick = connection.sink.writes.isEmpty() ? 0 : connection.sink.writes.getLast().tick();
      return List.of(cuts(tick, tick).getLast());
    }
    return switch (reason()) {
      case UNSUBSCRIBED -> cuts(connection.closing, connection.closed);
      case MAX_AGE -> cuts(connection.opening, connection.sink.endTick);
      case BROKER_CLOSED -> List.of((long) all.size());
      case DISCONNECTED, TOO_SLOW, WRITE_TIMED_OUT, FAILED, OUT_OF_RESOURCES ->
          throw failure("an orderly end", reason());
    };
  }

  CloseReason reason() {
    Subscription subscription = connection.subscription;
    if (subscription == null) {
      throw new IllegalStateException("never opened");
    }
    try {
      return subscription.awaitEnd();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Where something that happened between two ticks may stand in the order: not before what had
   * returned by then, not behind what began later.
   */
  private List<Long> cuts(long from, long to) {
    long least = 0;
    long most = all.size();
    for (Publication event : all) {
      if (event.returned() < from) {
        least = Math.max(least, event.sequence());
      }
      if (event.began() > to) {
        most = Math.min(most, event.sequence() - 1);
      }
    }
    List<Long> cuts = new ArrayList<>(List.of(least));
    for (Publication event : matching) {
      if (event.sequence() > least && event.sequence() <= most) {
        cuts.add(event.sequence());
      }
    }
    return cuts;
  }

  /** Returns what is wrong with the stream if it is to lie between two sequences, or nothing. */
  private String explain(long start, long end) {
    List<Publication> due =
        matching.stream().filter(p -> p.sequence() > start && p.sequence() <= end).toList();
    Set<Publication> had = new HashSet<>();
    Missing missing = new Missing(due, had);
    long last = start;
    for (Given next : given) {
      Publication event = next.event;
      if (event == null) {
        missing.notice(next);
        continue;
      }
      long sequence = event.sequence();
      if (!event.equals(due(event, start, end)) || !had.add(event)) {
        return "%d is not due or a double, between %d and %d".formatted(sequence, start, end);
      }
      boolean inOrder = next.hasId || !latest;
      if (inOrder && sequence <= last) {
        return "%d came behind %d".formatted(sequence, last);
      }
      last = inOrder ? sequence : last;
      if (inOrder && missing.before(sequence) > missing.noticed) {
        return "before %d, %d are missing and %d noticed, between %d and %d"
            .formatted(sequence, missing.before(sequence), missing.noticed, start, end);
      }
    }
    long least = connection.sink.isEnded() ? missing.before(Long.MAX_VALUE) : 0;
    long most = (long) due.size() - had.size();
    if (missing.noticed < least || missing.noticed > most) {
      return "noticed %d, missing %d to %d, between %d and %d"
          .formatted(missing.noticed, least, most, start, end);
    }
    return "";
  }

  private @Nullable Publication due(Publication event, long start, long end) {
    boolean due =
        event.sequence() > start && event.sequence() <= end && connection.selects(event.topic());
    return due ? event : null;
  }

  /** Counts, along the order, what a client that is due something was not given. */
  private final class Missing {
    private final List<Publication> due;
    private final Set<Publication> had;

    /** The newest of each key; it excuses the older ones under LATEST. */
    private final Map<String, Long> newest = new HashMap<>();

    private int next;
    private long unexcused;
    private long excusedBefore = -1;
    private long noticed;

    Missing(List<Publication> due, Set<Publication> had) {
      this.due = due;
      this.had = had;
      due.stream()
          .filter(event -> latest && event.key() != null)
          .forEach(event -> newest.put(keyOf(event), event.sequence()));
    }

    void notice(Given notice) {
      noticed += Math.max(0, notice.missed);
      if (notice.missed < 0) {
        excusedBefore = notice.tick;
      }
    }

    /** The least that the notices must have said by now. */
    long before(long sequence) {
      while (next < due.size() && due.get(next).sequence() < sequence) {
        Publication event = due.get(next++);
        boolean replaced = newest.getOrDefault(keyOf(event), 0L) > event.sequence();
        if (!had.contains(event) && event.began() >= excusedBefore && !replaced) {
          unexcused++;
        }
      }
      return unexcused;
    }

    private String keyOf(Publication event) {
      return event.topic() + " " + event.key();
    }
  }

  private void demand(boolean holds, String otherwise, Object what) {
    if (!holds) {
      throw failure(otherwise, what);
    }
  }

  private AssertionError failure(String message, Object what) {
    String text = what.toString();
    return new AssertionError(
        "%s: %s%n%s%nits events: %s"
            .formatted(
                message, text.substring(0, Math.min(2000, text.length())), connection, summary()));
  }

  private List<String> summary() {
    return given.stream()
        .map(g -> g.event == null ? "gap " + g.missed : (g.hasId ? "" : "~") + g.event.sequence())
        .toList();
  }
}
