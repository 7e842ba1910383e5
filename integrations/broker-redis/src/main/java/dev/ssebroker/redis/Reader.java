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

/** Reads and follows the log. Starts a new generation when it notices that events were lost. */
final class Reader {
  /*
   * Loss. Redis may lose the newest events, by a failover or by a restart with older data, and then
   * assign their sequences to other events. A follower can notice this, since it has already read
   * the lost events. Either the log ends before the position of the follower, or the event at or
   * after this position names another call than the follower expects (the chain). The follower then
   * starts a new generation. All readers see it as a new epoch.
   *
   * Order of reads. A page reads the entries first and the log's state second. An incarnation never
   * returns. So if the state has the expected incarnation, the entries belong to it. A log only
   * grows within an epoch. So a state that ends before the position proves a loss, however the two
   * reads interleave with appends.
   *
   * Reads without waiting. Their positions come from clients, who may have made them up. So they
   * never start a generation.
   *
   * After a loss. The follower skips the remaining events of the old generation. Among them are
   * events that others stored at positions that the follower had already read. Its clients receive
   * a gap notice for the new epoch instead.
   */
  private static final int MAX_LINKS = 4;
  private static final int MAX_ENTRIES = 1000;
  private static final long MAX_BLOCK_MILLIS = 1000;
  private static final Duration MAX_WAIT = Duration.ofDays(365);
  private static final String OLDEST = "0-0";

  /** The end of the stream. Used to wait while the log has no state. */
  private static final String NEWEST = "$";

  private static final System.Logger LOG = System.getLogger(Reader.class.getName());

  private final Keys names;
  private final Duration timeout;
  private final LinkPool followLinks;
  private final LinkPool requestLinks;

  /** The last position that {@link #follow} returned. One thread follows a log. */
  private volatile @Nullable Reached lastFollowed;

  /** The last position that {@link #end} returned. Following starts there. */
  private volatile @Nullable Reached lastEnd;

  Reader(Members members, Keys names, Duration timeout) {
    this.names = names;
    this.timeout = timeout;
    this.followLinks = new LinkPool(members, MAX_LINKS, timeout);
    this.requestLinks = new LinkPool(members, MAX_LINKS, timeout);
  }

  /**
   * A position that was read.
   *
   * @param token the token of the call that stored the event at this position
   * @param link the connection that read it; null if it is not one for following
   */
  private record Reached(EventId id, String token, @Nullable Link link) {}

  /** The state of the log. The token is that of its last call. */
  private record State(String incarnation, long generation, long last, String token) {
    boolean isOf(Position position) {
      return incarnation.equals(position.incarnation());
    }
  }

  /** An entry of the stream. */
  private record StreamEntry(Position position, EntryFields fields) {}

  /** Entries of the stream, and the state of the log; the state is null if there is no log. */
  private record Page(@Nullable State state, List<StreamEntry> entries) {
    Position lastPosition() {
      return entries.getLast().position;
    }

    List<Entry> events() {
      return entries.stream().flatMap(one -> one.fields.entry().stream()).toList();
    }
  }

  /** Reads events, without waiting. */
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

  /** Reads events, and waits for the first one. */
  List<Entry> follow(EventId after, int limit, Duration wait) throws Fault {
    Duration bounded = wait.compareTo(MAX_WAIT) < 0 ? wait : MAX_WAIT;
    long end = System.nanoTime() + bounded.toNanos();
    return followLinks.use(link -> follow(link, after, limit, end));
  }

  private List<Entry> follow(Link link, EventId after, int limit, long end) throws Fault {
    Optional<Position> position = Position.of(after);
    Reached reached = reached(after);
    String afterEntry = position.map(Position::entryId).orElse(OLDEST);
    // A new connection may follow a failover, so the first read on it does not wait.
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

  /** Returns whether the log ends before the position, or with another event at it. */
  private static boolean isLost(Position position, @Nullable Reached reached, State state) {
    if (position.generation() != state.generation) {
      return position.generation() > state.generation;
    }
    if (position.sequence() != state.last) {
      return position.sequence() > state.last;
    }
    return reached != null && !reached.token.equals(state.token);
  }

  /** Returns whether the event after the position was stored after another event. */
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
        "Redis at {0} has lost events up to {1}; the log continues in a new epoch",
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

  /** Reads the entries after an entry id, and then the state of the log. */
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
      LOG.log(System.Logger.Level.WARNING, "skipped entry {0} of the log: it is no event", name);
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

  /** Returns the last position. Creates the log if there is none. */
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

  /** Looks up the id, and then the event: the id may outlive its event. */
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
