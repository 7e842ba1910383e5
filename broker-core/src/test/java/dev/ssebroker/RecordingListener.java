package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Keeps what it is told, as lines of text and by client. */
final class RecordingListener implements BrokerListener {
  private final BlockingQueue<String> notices = new LinkedBlockingQueue<>();
  private final Queue<Subscription> added = new ConcurrentLinkedQueue<>();
  private final Queue<Subscription> ended = new ConcurrentLinkedQueue<>();
  private final Map<Subscription, CompletableFuture<CloseReason>> reasons =
      new ConcurrentHashMap<>();

  @Override
  public void clientAdded(Subscription subscription, int clients) {
    added.add(subscription);
    notices.add("added %d, %d there".formatted(subscription.id(), clients));
  }

  @Override
  public void clientEnded(Subscription subscription, CloseReason reason, int clients) {
    ended.add(subscription);
    notices.add("ended %d %s, %d left".formatted(subscription.id(), reason, clients));
    futureOf(subscription).complete(reason);
  }

  /** Waits for the client's end. */
  CloseReason reasonOf(Subscription subscription) throws Exception {
    return futureOf(subscription).get(Stage.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private CompletableFuture<CloseReason> futureOf(Subscription subscription) {
    return reasons.computeIfAbsent(subscription, s -> new CompletableFuture<>());
  }

  /** Waits for these notices, in this order. */
  void expect(String... expected) throws InterruptedException {
    for (String notice : expected) {
      assertEquals(notice, notices.poll(Stage.PATIENCE.toSeconds(), TimeUnit.SECONDS));
    }
  }

  void assertEachToldOnce() {
    List<Long> addedIds = added.stream().map(Subscription::id).toList();
    List<Long> endedIds = ended.stream().map(Subscription::id).sorted().toList();
    assertEquals(addedIds, endedIds, "clients added, clients ended");
  }
}
