package dev.ssebroker.redis;

import dev.ssebroker.EventId;
import dev.ssebroker.EventLog.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol.Command;

/** Reads the log, follows it, and begins a new generation when it finds that events were lost. */
final class Reader {
  /*
   * Idea: Redis may lose the newest events, by a failover or by a restart with older data, and then
   * give their sequences to others. Who follows the log is the one who can tell, since it has shown
   * the lost events already: the log ends before the position that it had reached, or the event behind
   * that position does not name the call that stored the event there. It then begins a new generation,
   * which all readers see as a new epoch.
   *
   * A look reads first the events and then the log's state. An incarnation never comes back, so if
   * the state has the expected one, the events are of it; and since a log only grows within an
   * epoch, a state that ends before the position reached is a loss however the two interleave with
   * appends.
   *
   * Whoever reads without waiting passes ids that clients sent, which may be made up; such a read
   * changes nothing.
   *
   * What others stored, before the loss was noticed, in the places that the follower had reached in
   * the old generation, it never shows: its clients are told of a gap by the new epoch. For the same
   * reason it leaves the rest of the old generation out.
   */
  private static final int MAX_LINKS = 4;
  private static final int MAX_ENTRIES = 1000;
  private static final long MAX_BLOCK_MILLIS = 1000;
  private static final Duration MAX_WAIT = Duration.ofDays(365);
  private static final String OLDEST = "0-0";

  /** For a stream that nobody knows the log of: it is read when there is a log again. */
  private static final String NEWEST = "$";

  private static final System.Logger LOG = System.getLogger(Reader.class.getName());

  private final Keys names;
  private final Duration timeout;
  private final LinkPool followLinks;
  private final LinkPool requestLinks;

  /** What a waiting read has last returned: one thread follows a log. */
  private volatile @Nullable Reached lastFollowed;

  /** Where the log ended when that was last asked, which is where following begins. */
  private volatile @Nullable Reached lastEnd;

  Reader(Members members, Keys names, Duration timeout) {
    this.names = names;
    this.timeout = timeout;
    this.followLinks = new LinkPool(members, MAX_LINKS, timeout);
    this.requestLinks = new LinkPool(members, MAX_LINKS, timeout);
  }

  /**
   * A position, the token of the call that stored the event there, and the connection that said so,
   * null if it was not one for following.
   */
  private record Reached(EventId id, String token, @Nullable Link link) {}

  /** What the log says of itself. */
  private record State(String incarnation, long generation, long last, String token) {
    boolean isOf(Position position) {
      return incarnation.equals(position.incarnation());
    }
  }

  /** An entry of the stream. */
  private record StreamEntry(Position position, EntryFields fields) {}

  /** The state is null if there is no log. */
  private record Page(@Nullable State state, List<StreamEntry> entries) {
    Position lastPosition() {
      return entries.getLast().position;
    }

    List<Entry> events() {
      return entries.stream().flatMap(one -> one.fields.entry().stream()).toList();
    }
  }

  /** Reads without waiting. */
  List<Entry> read(EventId after, int limit) throws Fault {
    return requestLinks.use(link -> read(link, Position.of(after), limit));
  }

  private List<Entry> read(Link link, Optional<Position> after, int limit) throws Fault {
    String afterEntry = after.map(Position::entryId).orElse(OLDEST);
    while (true) {
      Page page = readPage(link, afterEntry, limit, 0);
      State state = page.state;
      if (state == null) {
        return List.of();
      }
      if (!afterEntry.equals(OLDEST) && !isKnown(after, state)) {
        afterEntry = OLDEST;
        continue;
      }
      List<Entry> events = page.events();
      if (page.entries.isEmpty() || !events.isEmpty()) {
        return events;
      }
      afterEntry = page.lastPosition().entryId();
      after = Optional.of(page.lastPosition());
    }
  }

  private static boolean isKnown(Optional<Position> after, State state) {
    return after
        .filter(position -> state.isOf(position) && position.generation() <= state.generation)
        .isPresent();
  }

  /** Reads, and waits for the first event. */
  List<Entry> follow(EventId after, int limit, Duration wait) throws Fault {
    Duration bounded = wait.compareTo(MAX_WAIT) < 0 ? wait : MAX_WAIT;
    long end = System.nanoTime() + bounded.toNanos();
    return followLinks.use(link -> follow(link, after, limit, end));
  }

  private List<Entry> follow(Link link, EventId after, int limit, long end) throws Fault {
    Optional<Position> position = Position.of(after);
    Reached reached = reached(after);
    String afterEntry = position.map(Position::entryId).orElse(OLDEST);
    // After a new connection, which may follow a failover, the log is looked at before any wait.
    boolean mayBlock = reached != null && reached.link == link;
    while (true) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      long blockMillis = mayBlock ? Math.clamp(left, 1, MAX_BLOCK_MILLIS) : 0;
      Page page = readPage(link, afterEntry, limit, blockMillis);
      mayBlock = true;
      State state = page.state;
      if (state == null) {
        if (left <= 0) {
          return List.of();
        }
        afterEntry = NEWEST;
        continue;
      }
      if (afterEntry.equals(NEWEST)) {
        afterEntry = position.map(Position::entryId).orElse(OLDEST);
        mayBlock = false;
        continue;
      }
      if (position.isPresent()) {
        if (!state.isOf(position.get())) {
          position = Optional.empty();
          afterEntry = OLDEST;
          mayBlock = false;
          continue;
        }
        if (isLost(position.get(), reached, state)
            || isReplaced(position.get(), reached, page.entries)) {
          renew(link, position.get());
          afterEntry = position.get().endOfGeneration();
          mayBlock = false;
          continue;
        }
      }
      List<Entry> events = page.events();
      if (!page.entries.isEmpty()) {
        lastFollowed =
            new Reached(page.lastPosition().id(), page.entries.getLast().fields.call(), link);
        if (!events.isEmpty()) {
          return events;
        }
        position = Optional.of(page.lastPosition());
        reached = lastFollowed;
        afterEntry = page.lastPosition().entryId();
      } else if (left <= 0) {
        return List.of();
      }
    }
  }

  /** The log ends before the position, or in another event there. */
  private static boolean isLost(Position position, @Nullable Reached reached, State state) {
    if (position.generation() != state.generation) {
      return position.generation() > state.generation;
    }
    if (position.sequence() != state.last) {
      return position.sequence() > state.last;
    }
    return reached != null && !reached.token.equals(state.token);
  }

  /** The event behind the position was stored behind another one. */
  private static boolean isReplaced(
      Position position, @Nullable Reached reached, List<StreamEntry> entries) {
    if (reached == null || entries.isEmpty()) {
      return false;
    }
    StreamEntry first = entries.getFirst();
    return first.position.generation() == position.generation()
        && first.position.sequence() == position.sequence() + 1
        && !first.fields.follows(reached.token);
  }

  private void renew(Link link, Position reached) throws Fault {
    LOG.log(
        System.Logger.Level.WARNING,
        "Redis at {0} has lost events up to {1}; the log goes on in a new epoch",
        link.address(),
        reached.id());
    Script.RENEW.run(
        link,
        millis(),
        List.of(Link.bytes(names.state())),
        List.of(
            Link.bytes(reached.incarnation()),
            Link.bytes(reached.generation()),
            Link.bytes(reached.sequence())));
  }

  private @Nullable Reached reached(EventId after) {
    Reached followed = this.lastFollowed;
    if (followed != null && followed.id.equals(after)) {
      return followed;
    }
    Reached end = this.lastEnd;
    return end != null && end.id.equals(after) ? end : null;
  }

  /** Looks at what stands behind the position, and then at the log's state. */
  private Page readPage(Link link, String afterEntry, int limit, long blockMillis) throws Fault {
    List<byte[]> arguments = new ArrayList<>();
    arguments.add(Link.bytes("COUNT"));
    arguments.add(Link.bytes(Math.min(limit, MAX_ENTRIES)));
    if (blockMillis > 0) {
      arguments.add(Link.bytes("BLOCK"));
      arguments.add(Link.bytes(blockMillis));
    }
    arguments.add(Link.bytes("STREAMS"));
    arguments.add(Link.bytes(names.events()));
    arguments.add(Link.bytes(afterEntry));
    link.send(Command.XREAD, arguments.toArray(new byte[0][]));
    sendStateRequest(link);
    List<Object> answers = link.receive(2, millis() + (int) blockMillis);
    Object streams = link.checked(answers.getFirst());
    State state = state(link.checked(answers.getLast()));
    if (state == null || streams == null) {
      return new Page(state, List.of());
    }
    List<?> stream = (List<?>) ((List<?>) streams).getFirst();
    List<StreamEntry> entries = new ArrayList<>();
    for (Object entry : (List<?>) stream.get(1)) {
      entries.add(streamEntry(state.incarnation, (List<?>) entry));
    }
    return new Page(state, entries);
  }

  private static StreamEntry streamEntry(String incarnation, List<?> entry) {
    String name = Link.text(entry.get(0));
    int dash = name.indexOf('-');
    Position position =
        new Position(
            incarnation,
            Long.parseLong(name.substring(0, dash)),
            Long.parseLong(name.substring(dash + 1)));
    EntryFields fields = EntryFields.read(position.id(), (List<?>) entry.get(1));
    if (fields.entry().isEmpty()) {
      LOG.log(System.Logger.Level.WARNING, "the log''s entry {0} is no event", name);
    }
    return new StreamEntry(position, fields);
  }

  private void sendStateRequest(Link link) throws Fault {
    link.send(
        Command.HMGET,
        Link.bytes(names.state()),
        Link.bytes("incarnation"),
        Link.bytes("generation"),
        Link.bytes("last"),
        Link.bytes("token"));
  }

  private static @Nullable State state(Object answer) {
    List<?> values = (List<?>) answer;
    if (values.contains(null)) {
      return null;
    }
    return new State(
        Link.text(values.get(0)),
        Long.parseLong(Link.text(values.get(1))),
        Long.parseLong(Link.text(values.get(2))),
        Link.text(values.get(3)));
  }

  /** Begins a log if there is none, so that there is a position to begin from. */
  EventId end(List<byte[]> keys, List<byte[]> arguments) throws Fault {
    return requestLinks.use(link -> {
      String answer = Link.text(Script.APPEND.run(link, millis(), keys, arguments));
      String[] words = answer.split(" ", -1);
      Position position =
          new Position(words[0], Long.parseLong(words[1]), Long.parseLong(words[2]));
      lastEnd = new Reached(position.id(), words[3], null);
      return position.id();
    });
  }

  Optional<EventId> find(String ownId) throws Fault {
    return requestLinks.use(link -> find(link, ownId));
  }

  /** The name of an event that is no longer kept may still be there. */
  private Optional<EventId> find(Link link, String ownId) throws Fault {
    link.send(Command.GET, Link.bytes(names.ownId(ownId)));
    sendStateRequest(link);
    List<Object> answers = link.receive(2, millis());
    Object value = link.checked(answers.getFirst());
    State state = state(link.checked(answers.getLast()));
    if (value == null || state == null) {
      return Optional.empty();
    }
    String[] words = Link.text(value).split(" ", -1);
    if (!words[0].equals(state.incarnation)) {
      return Optional.empty();
    }
    byte[] name = Link.bytes(words[1]);
    link.send(Command.XRANGE, Link.bytes(names.events()), name, name);
    List<?> entries = (List<?>) link.checked(link.receive(1, millis()).getFirst());
    if (entries.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(streamEntry(state.incarnation, (List<?>) entries.getFirst()).position.id());
  }

  private int millis() {
    return (int) timeout.toMillis();
  }
}
