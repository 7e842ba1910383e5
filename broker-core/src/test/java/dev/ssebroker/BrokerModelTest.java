package dev.ssebroker;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Random runs against a model: whatever publishers, clients, stalls and ends do at the same time,
 * each client is given its events in order and none twice, and is told of each that it misses.
 *
 * <p>A failure names its seed, which fixes what everybody does but not how their threads
 * interleave: {@code -Dmodel.seed=…} plays that one again and again.
 */
class BrokerModelTest {
  private static final int RUNS = Integer.getInteger("model.runs", 3000);

  private final AtomicInteger runs = new AtomicInteger();
  private final AtomicLong clients = new AtomicLong();
  private final AtomicLong events = new AtomicLong();

  @Test
  void everyClientIsGivenItsEventsOrToldThatTheyAreMissing() throws Exception {
    Long only = Long.getLong("model.seed");
    long first = only == null ? new SplittableRandom().nextLong(1_000_000_000) : only;
    System.out.printf("model: %d runs from seed %d%n", RUNS, first);
    List<Future<Boolean>> players = new ArrayList<>();
    AtomicInteger turn = new AtomicInteger();
    for (int i = 0; i < 2; i++) {
      players.add(
          Stage.async(() -> {
            for (int run = turn.getAndIncrement(); run < RUNS; run = turn.getAndIncrement()) {
              play(only == null ? first + run : only);
            }
            return true;
          }));
    }
    for (Future<Boolean> player : players) {
      player.get();
    }
    System.out.printf("model: %s runs, %s clients, %s events given%n", runs, clients, events);
  }

  /** A broker's life, and in some runs a second one, to which clients bring the first one's ids. */
  private void play(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    ModelLife life = new ModelLife(random.split(), "0zz-7");
    play(seed, life);
    if (random.nextInt(4) == 0 && !life.log.recentId().isEmpty()) {
      play(seed, new ModelLife(random.split(), life.log.recentId()));
    }
    runs.incrementAndGet();
  }

  private void play(long seed, ModelLife life) {
    try {
      life.play();
      new LifeChecker(life).check();
    } catch (Exception | AssertionError e) {
      throw new AssertionError("seed " + seed + ", " + life, e);
    }
    BrokerStats stats = life.broker.stats();
    clients.addAndGet(stats.clients().added());
    events.addAndGet(stats.events().delivered());
  }
}
