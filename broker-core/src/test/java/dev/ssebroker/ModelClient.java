package dev.ssebroker;

import dev.ssebroker.ModelConnection.Kind;
import dev.ssebroker.ModelConnection.Origin;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Plays a client at random: it comes, stalls, goes, and comes back with what it received last. */
final class ModelClient implements Callable<Boolean> {
  private static final List<String> FILTERS =
      List.of("a", "b", "n/x", "n/x/z", "n/*", "*/x", "n/**", "n/*/z", "*", "**");

  private final ModelLife life;
  private final SplittableRandom random;

  /** The connection that has ended last; null if there is none. */
  private @Nullable ModelConnection before;

  ModelClient(ModelLife life, SplittableRandom random) {
    this.life = life;
    this.random = random;
  }

  @Override
  public Boolean call() throws Exception {
    long target = 0;
    for (int i = random.nextInt(1, 5); i > 0; i--) {
      target += random.nextLong(life.plannedEvents / 3 + 1);
      life.log.awaitPublished(Math.min(target, life.plannedEvents));
      ModelConnection connection = life.connection(topics(), policy(), origin(), temper());
      if (!connection.open(describe(connection))) {
        return false;
      }
      Subscription subscription = connection.subscription;
      target += random.nextLong(life.plannedEvents / 3 + 1);
      life.log.awaitPublished(Math.min(target, life.plannedEvents));
      if (subscription != null && leaves(connection, subscription)) {
        subscription.awaitEnd();
        before = connection;
      }
    }
    return true;
  }

  /** Returns whether the connection ends without anybody's help. */
  private boolean leaves(ModelConnection connection, Subscription subscription) {
    int way = random.nextInt(8);
    switch (way) {
      case 0 -> {
        return false;
      }
      case 1 -> {
        connection.close(subscription);
        return false;
      }
      case 2 -> {
        connection.sink.openGate();
        return false;
      }
      case 3 -> {
        connection.close(subscription);
        connection.leave(subscription);
      }
      case 4, 5 -> connection.leave(subscription);
      default -> {
        connection.close(subscription);
        connection.sink.openGate();
      }
    }
    return true;
  }

  private Subscription.Builder describe(ModelConnection connection) {
    Subscription.Builder builder =
        life.broker.subscription(connection.topics.toArray(String[]::new));
    builder.queueEvents(random.nextBoolean() ? random.nextInt(1, 9) : 1024);
    builder.queueBytes(random.nextBoolean() ? random.nextInt(1024, 4096) : 1 << 20);
    if (life.timed && random.nextInt(4) == 0) {
      builder.maxAge(Duration.ofSeconds(random.nextInt(1, 5)));
    }
    return builder;
  }

  private List<String> topics() {
    Set<String> topics = new LinkedHashSet<>();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      topics.add(FILTERS.get(random.nextInt(FILTERS.size())));
    }
    return List.copyOf(topics);
  }

  private Overflow policy() {
    return switch (random.nextInt(life.awaits ? 7 : 6)) {
      case 0, 1 -> Overflow.REPLAY;
      case 2 -> Overflow.DROP_OLDEST;
      case 3 -> Overflow.DROP_NEWEST;
      case 4 -> Overflow.LATEST;
      case 5 -> Overflow.DISCONNECT;
      default -> Overflow.await(Duration.ofNanos(random.nextInt(1, 200_000)));
    };
  }

  private ModelSink.Temper temper() {
    return new ModelSink.Temper(
        random.nextBoolean() ? random.nextInt(1, 5) : 0,
        random.nextInt(6) == 0 ? random.nextInt(1, 5) : 0,
        random.nextBoolean(),
        random.nextInt(3) == 0 ? random.nextInt(5000) : 0);
  }

  private Origin origin() throws CharacterCodingException {
    ModelConnection last = before;
    if (last != null && random.nextInt(3) > 0) {
      String id = last.lastEventId();
      return id.isEmpty() ? Origin.NEW : of(Kind.KNOWN, id);
    }
    String recent = life.log.recentId();
    if (recent.isEmpty()) {
      return Origin.NEW;
    }
    String epoch = ModelLog.epochOf(recent);
    return switch (random.nextInt(8)) {
      case 0 -> of(Kind.KNOWN, recent);
      case 1, 2 -> of(Kind.KNOWN, epoch + "-" + random.nextLong(ModelLog.sequenceOf(recent) + 1));
      case 3 -> of(Kind.RESTARTED, life.oldId);
      case 4 -> of(Kind.UNKNOWN, List.of("x", "1:2", "-", "a-01", "a-b").get(random.nextInt(5)));
      case 5 -> of(Kind.FUTURE, epoch + "-" + (1_000_000_000L + random.nextInt(9)));
      default -> Origin.NEW;
    };
  }

  /** Without a history no id is known. */
  private Origin of(Kind kind, String id) {
    return life.ids
        ? new Origin(kind, id, kind == Kind.KNOWN ? ModelLog.sequenceOf(id) : 0)
        : new Origin(Kind.UNKNOWN, id, 0);
  }
}
