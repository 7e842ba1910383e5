package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing is lost silently and nothing comes twice, while publishers keep publishing. */
class BrokerLossTest {
  private static final int PUBLISHERS = 3;

  @RegisterExtension final Stage stage = new Stage();

  /** No silent loss: whatever lies between two events that follow each other was told. */
  @ParameterizedTest(name = "{0}, history of {1}")
  @MethodSource
  void everyEventIsReceivedOrToldAsMissing(Overflow overflow, int historyEvents) throws Exception {
    int events = 3_000;
    Broker broker =
        stage.open(
            Broker.builder()
                .overflow(overflow)
                .queueEvents(4)
                .historyEvents(historyEvents)
                .listener(stage.listener));
    RecordingSink sink = stage.add(new YieldingSink());
    Subscription subscription = broker.subscribe("t", sink);
    Callable<Object> body = () -> publish(broker, "t", events);

    Stage.together(Collections.nCopies(PUBLISHERS, body));

    subscription.close();
    assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
    long last = 0;
    long told = 0;
    for (String frame : sink.rest().stream().skip(1).toList()) {
      if (frame.startsWith("event: gap")) {
        assertEquals(0, told, "one notice for one gap");
        told = Long.parseLong(frame.replaceAll("(?s).*\"missed\":([0-9]+),.*", "$1"));
        assertTrue(told > 0);
      } else {
        long sequence = Long.parseLong(frame.substring(frame.lastIndexOf('-') + 1));
        assertEquals(last + told + 1, sequence);
        last = sequence;
        told = 0;
      }
    }
    assertEquals(1L * PUBLISHERS * events, last + told);
  }

  static Stream<Arguments> everyEventIsReceivedOrToldAsMissing() {
    return Stream.of(
        Arguments.of(Overflow.REPLAY, 100_000),
        Arguments.of(Overflow.REPLAY, 8),
        Arguments.of(Overflow.DROP_OLDEST, 8),
        Arguments.of(Overflow.DROP_NEWEST, 8),
        Arguments.of(Overflow.LATEST, 8));
  }

  /**
   * Each topic has a history of its own, so what is missing of one may be told before an event of
   * another that came earlier; but it is told before anything that came later.
   */
  @ParameterizedTest(name = "history of {0}")
  @ValueSource(ints = {100_000, 8, 1})
  void ofSeveralTopicsNothingIsMissingThatWasNotTold(int historyEvents) throws Exception {
    Broker broker =
        stage.open(
            Broker.builder().queueEvents(4).historyEvents(historyEvents).listener(stage.listener));
    RecordingSink witness = stage.recording();
    Subscription whole = broker.subscription("a/*", "b").queueEvents(1 << 20).open(witness);
    RecordingSink slow = stage.add(new YieldingSink());
    Subscription subscription = broker.subscription("a/*", "b", "a/x").open(slow);
    List<Callable<?>> bodies = new ArrayList<>();
    for (String topic : List.of("a/x", "a/y", "b", "other")) {
      bodies.add(() -> publish(broker, topic, 2_000));
    }

    Stage.together(bodies);

    for (Subscription each : List.of(whole, subscription)) {
      each.close();
      assertEquals(CloseReason.UNSUBSCRIBED, each.awaitEnd());
    }
    List<String> reference = witness.rest();
    assertEquals(1 + 3 * 2_000, reference.size());
    int last = 0;
    int receivedOrTold = 0;
    for (String frame : slow.rest().stream().skip(1).toList()) {
      if (frame.startsWith("event: gap")) {
        receivedOrTold += Integer.parseInt(frame.replaceAll("(?s).*\"missed\":([0-9]+),.*", "$1"));
      } else {
        receivedOrTold++;
        int place = reference.indexOf(frame);
        assertTrue(place > last, "order");
        assertTrue(place <= receivedOrTold, "missing and not told");
        last = place;
      }
    }
    assertEquals(3 * 2_000, last);
    assertEquals(3 * 2_000, receivedOrTold);
  }

  /** A client that is slower than those who publish. */
  private static final class YieldingSink extends RecordingSink {
    @Override
    public void write(Batch batch) throws IOException {
      for (int i = 0; i < 2_000; i++) {
        Thread.onSpinWait();
      }
      super.write(batch);
    }
  }

  @Test
  void clientsThatComeBackAgainAndAgainDuringPublishingMissNothingAndGetNothingTwice()
      throws Exception {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    Broker broker =
        stage.open(Broker.builder().historyEvents(100_000).queueEvents(8).listener(stage.listener));
    String epoch = EventId.parse(broker.publish("a/x", Event.of("0")).id()).orElseThrow().epoch();
    List<Callable<?>> bodies = new ArrayList<>();
    for (String topic : List.of("a/x", "a/y", "b/x", "other")) {
      bodies.add(() -> publish(broker, topic, 3_000));
    }
    List<List<String>> received = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      List<String> frames = new ArrayList<>();
      received.add(frames);
      Random random = new Random(seed + i);
      bodies.add(() -> comeBackAgainAndAgain(broker, epoch + "-0", random, frames));
    }

    Stage.together(bodies);

    RecordingSink witness = stage.recording();
    Subscription subscription =
        broker.subscription("a/*", "*/x").lastEventId(epoch + "-0").open(witness);
    subscription.close();
    assertEquals(CloseReason.UNSUBSCRIBED, subscription.awaitEnd());
    witness.expect(COMMENT);
    List<String> reference = witness.rest();
    assertEquals(broker.stats().events().published() - 3_000, reference.size());
    for (List<String> frames : received) {
      assertTrue(frames.size() > 0);
      assertEquals(reference.subList(0, frames.size()), frames, () -> "seed " + seed);
    }
  }

  private Object comeBackAgainAndAgain(
      Broker broker, String firstId, Random random, List<String> frames) throws Exception {
    String lastId = firstId;
    for (int round = 0; round < 60; round++) {
      RecordingSink sink = new RecordingSink();
      Subscription subscription = broker.subscription("a/*", "*/x").lastEventId(lastId).open(sink);
      sink.expect(COMMENT);
      int wanted = random.nextInt(20);
      publish(broker, "a/x", wanted);
      frames.addAll(sink.take(wanted));
      if (random.nextBoolean()) {
        subscription.close();
      } else {
        subscription.disconnected();
      }
      subscription.awaitEnd();
      frames.addAll(sink.rest());
      if (!frames.isEmpty()) {
        lastId = frames.getLast().replaceAll("(?s).*\nid: ", "");
      }
    }
    return frames;
  }

  private static int publish(Broker broker, String topic, int events) {
    for (int i = 0; i < events; i++) {
      broker.publish(topic, Event.of(Integer.toString(i)));
    }
    return events;
  }
}
