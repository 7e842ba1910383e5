package dev.ssebroker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerClosedException;
import dev.ssebroker.Event;
import dev.ssebroker.EventId;
import dev.ssebroker.EventLog;
import dev.ssebroker.EventLogException;
import dev.ssebroker.Receipt;
import dev.ssebroker.Subscription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The random life of a few brokers that share a log: some are killed and others added, some lose
 * their way to the log for a while, publishers publish at any of them, and clients move from one to
 * another with their last event id. Each client must be given all events of its topics in the log's
 * order, each once; if the log forgets, it must be told where events are missing.
 */
final class ClusterModel {
  private static final List<String> TOPICS = List.of("a", "b/x", "b/y");
  private static final List<String> FILTERS = List.of("a", "b/*", "b/y", "**");

  private final SplittableRandom random;
  private final Supplier<EventLog> logs;
  private final boolean forgets;
  private final Runnable disturbance;
  private final EventId begin;

  /** What is stored, as those who stored it know it, by its sequence. */
  private final Map<Long, Stored> stored = new ConcurrentSkipListMap<>();

  /** What may be stored. */
  private final Set<Stored> uncertain = ConcurrentHashMap.newKeySet();

  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by the lock. */
  private final List<Node> nodes = new ArrayList<>();

  private final AtomicBoolean published = new AtomicBoolean();
  private final Semaphore attempts = new Semaphore(0);

  private record Node(Broker broker, CutLog log) {}

  private record Stored(String topic, String data) {}

  /** What one client was given: an event, or a notice if it has no id. */
  private record Given(String id, String data) {}

  /**
   * Makes a life that has not begun.
   *
   * @param logs opens the log for one more broker
   * @param forgets whether the log may forget what a client was to be given
   * @param disturbance what happens to the log now and then
   */
  ClusterModel(
      SplittableRandom random, Supplier<EventLog> logs, boolean forgets, Runnable disturbance) {
    this.random = random;
    this.logs = logs;
    this.forgets = forgets;
    this.disturbance = disturbance;
    try (EventLog log = logs.get()) {
      this.begin = log.end();
    }
  }

  /** Returns how many events clients were given, and how many notices. */
  int[] play() throws Exception {
    for (int i = 0; i < 3; i++) {
      addNode(random.split());
    }
    List<Future<Boolean>> publishers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String name = "p" + i;
      SplittableRandom own = random.split();
      publishers.add(EventLogContract.async(() -> publish(name, own)));
    }
    List<Player> players = new ArrayList<>();
    List<Future<Boolean>> clients = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Player player = new Player(random.split());
      players.add(player);
      clients.add(EventLogContract.async(player::play));
    }
    Future<Boolean> operator = EventLogContract.async(() -> operate(random.split()));
    for (Future<Boolean> publisher : publishers) {
      EventLogContract.await(publisher);
    }
    published.set(true);
    attempts.release(100);
    EventLogContract.await(operator);
    for (String topic : TOPICS) {
      while (!publish(topic, List.of(last(topic)), random)) {
        // It may not have been stored, and everybody waits for it.
      }
    }
    for (Future<Boolean> client : clients) {
      EventLogContract.await(client);
    }
    nodes.forEach(node -> node.broker.close(Duration.ZERO));
    readWhatIsUncertain();
    checkStored();
    int events = 0;
    int notices = 0;
    for (Player player : players) {
      player.check();
      events += player.events();
      notices += player.given.size() - player.events();
    }
    return new int[] {events, notices};
  }

  private void addNode(SplittableRandom own) {
    CutLog log = new CutLog(logs.get());
    Broker broker =
        Broker.builder()
            .log(log)
            .historyEvents(own.nextInt(1, 40))
            .queueEvents(own.nextInt(1, 20))
            .open();
    lock.lock();
    try {
      nodes.add(new Node(broker, log));
    } finally {
      lock.unlock();
    }
  }

  private Node pick(SplittableRandom own) {
    lock.lock();
    try {
      return nodes.get(own.nextInt(nodes.size()));
    } finally {
      lock.unlock();
    }
  }

  /** Does something to some broker every few attempts to publish. */
  private boolean operate(SplittableRandom own) throws InterruptedException {
    while (!published.get()) {
      Node node = pick(own);
      switch (own.nextInt(5)) {
        case 0 -> {
          addNode(own);
          lock.lock();
          try {
            nodes.remove(node);
          } finally {
            lock.unlock();
          }
          node.broker.close(Duration.ZERO);
        }
        case 1 -> node.log.cut(true);
        case 2 -> disturbance.run();
        default -> node.log.cut(false);
      }
      attempts.acquire(own.nextInt(1, 20));
    }
    lock.lock();
    try {
      nodes.forEach(node -> node.log.cut(false));
    } finally {
      lock.unlock();
    }
    return true;
  }

  private boolean publish(String name, SplittableRandom own) {
    int count = own.nextInt(20, 120);
    int number = 0;
    while (number < count) {
      List<String> data = new ArrayList<>();
      for (int i = own.nextInt(1, 4); i > 0; i--) {
        data.add(name + " " + number++);
      }
      publish(TOPICS.get(own.nextInt(TOPICS.size())), data, own);
    }
    return true;
  }

  /** Tries until some broker has stored it, or may have: then this returns false. */
  private boolean publish(String topic, List<String> data, SplittableRandom own) {
    while (true) {
      attempts.release();
      try {
        List<Receipt> receipts =
            pick(own).broker.publish(topic, data.stream().map(Event::of).toList());
        for (int i = 0; i < data.size(); i++) {
          stored.put(sequenceOf(receipts.get(i).id()), new Stored(topic, data.get(i)));
        }
        return true;
      } catch (BrokerClosedException e) {
        Thread.onSpinWait();
      } catch (EventLogException e) {
        if (String.valueOf(e.getMessage()).contains("may have been stored")) {
          data.forEach(text -> uncertain.add(new Stored(topic, text)));
          return false;
        }
      }
    }
  }

  /** What ends a topic, for those who listen to it. */
  private static String last(String topic) {
    return "last:" + topic;
  }

  private static long sequenceOf(String id) {
    return EventId.parse(id).orElseThrow().sequence();
  }

  private void readWhatIsUncertain() {
    if (uncertain.isEmpty()) {
      return;
    }
    try (EventLog log = logs.get()) {
      int count = (int) (log.end().sequence() - begin.sequence());
      for (EventLog.Entry entry : EventLogContract.readAll(log, begin, count)) {
        Stored there = new Stored(entry.topic(), entry.event().data());
        if (uncertain.contains(there)) {
          stored.put(entry.id().sequence(), there);
        }
      }
    }
  }

  /**
   * No sequence is missing, nothing is there twice, and what one publisher published is in its
   * order. What it does not know the fate of may still be on its way to the log, and come behind
   * what it published next.
   */
  private void checkStored() {
    long expected = begin.sequence();
    Set<Stored> seen = new HashSet<>();
    Map<String, Integer> numbers = new TreeMap<>();
    for (Map.Entry<Long, Stored> entry : stored.entrySet()) {
      assertEquals(++expected, entry.getKey());
      Stored there = entry.getValue();
      assertTrue(
          seen.add(there) || there.data.equals(last(there.topic)), () -> there + " is there twice");
      int space = there.data.indexOf(' ');
      if (space > 0) {
        String name = there.data.substring(0, space);
        int number = Integer.parseInt(there.data.substring(space + 1));
        int before = numbers.getOrDefault(name, -1);
        assertTrue(
            number == before + 1 || !uncertain.isEmpty(), () -> there + " came behind " + before);
        assertTrue(
            number > before || uncertain.contains(there), () -> there + " came behind " + before);
        numbers.put(name, Math.max(number, before));
      }
    }
  }

  /** One client, on its way from broker to broker. */
  private final class Player {
    private final SplittableRandom own;
    private final String filter;
    private final Set<String> awaited = new HashSet<>();
    private final List<Given> given = new ArrayList<>();
    private String lastEventId = begin.toString();

    Player(SplittableRandom own) {
      this.own = own;
      this.filter = FILTERS.get(own.nextInt(FILTERS.size()));
      TOPICS.stream().filter(this::selects).map(ClusterModel::last).forEach(awaited::add);
    }

    private boolean selects(String topic) {
      return filter.equals("**")
          || filter.equals(topic)
          || (filter.equals("b/*") && topic.startsWith("b/"));
    }

    boolean play() throws Exception {
      while (!awaited.isEmpty()) {
        Tape tape = new Tape(own.nextInt(4) == 0 ? own.nextInt(1, 30) : 0, own.split());
        try {
          Subscription subscription =
              pick(own).broker.subscription(filter).lastEventId(lastEventId).open(tape);
          listen(subscription, tape, own.nextInt(1, 60));
        } catch (BrokerClosedException e) {
          Thread.onSpinWait();
        }
      }
      return true;
    }

    private void listen(Subscription subscription, Tape tape, int frames) throws Exception {
      boolean more = true;
      for (int i = 0; i < frames && more && !awaited.isEmpty(); i++) {
        more = take(tape.next());
      }
      if (own.nextBoolean()) {
        subscription.close();
      } else {
        subscription.disconnected();
      }
      subscription.awaitEnd();
      // What came in the meantime was received, too.
      while (more) {
        more = take(tape.next());
      }
    }

    /** Returns false if this was the stream's end. */
    private boolean take(String frame) {
      if (frame.equals(Tape.END)) {
        return false;
      }
      String data = field(frame, "data: ");
      String id = field(frame, "id: ");
      if (!data.isEmpty()) {
        given.add(new Given(id, data));
      }
      if (!id.isEmpty()) {
        lastEventId = id;
      }
      awaited.remove(data);
      return true;
    }

    private String field(String frame, String name) {
      return frame
          .lines()
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(name.length()))
          .findFirst()
          .orElse("");
    }

    int events() {
      return (int) given.stream().filter(each -> !each.id.isEmpty()).count();
    }

    void check() {
      List<Long> due =
          stored.entrySet().stream()
              .filter(entry -> selects(entry.getValue().topic))
              .map(Map.Entry::getKey)
              .toList();
      int next = 0;
      boolean noticed = false;
      for (Given each : given) {
        if (each.id.isEmpty()) {
          assertEquals("{\"missed\":null,\"reason\":\"evicted\"}", each.data);
          noticed = true;
          continue;
        }
        long sequence = sequenceOf(each.id);
        int at = due.indexOf(sequence);
        if (at < next || (at > next && !noticed) || (noticed && !forgets)) {
          throw new AssertionError(
              "%s came when %s was due%s, to a client of %s that was given %s"
                  .formatted(
                      each,
                      next < due.size() ? due.get(next) : "nothing",
                      noticed ? " behind a notice" : "",
                      filter,
                      given));
        }
        assertEquals(Objects.requireNonNull(stored.get(sequence)).data, each.data);
        next = at + 1;
        noticed = false;
      }
      // What came late may stand behind the events that this client ended with.
      List<Long> rest = due.subList(next, due.size());
      assertTrue(
          rest.stream().allMatch(sequence -> uncertain.contains(stored.get(sequence))),
          () -> "a client of %s ended before %s".formatted(filter, rest));
    }
  }
}
