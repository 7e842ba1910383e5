package dev.ssebroker;

import static dev.ssebroker.ScheduledBroker.AGES;
import static dev.ssebroker.ScheduledBroker.assertRising;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.schedule.Schedule;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Publishers, clients that come and go, and the broker's close. */
class BrokerSchedules {
  private static final int SCHEDULES = 4_000;

  private static void explore(
      String name, Broker.Builder builder, Consumer<ScheduledBroker> scenario) {
    ScheduledBroker.explore(name, SCHEDULES, builder, scenario);
  }

  private static Broker.Builder queueOf1(Overflow overflow) {
    return Broker.builder().queueEvents(1).overflow(overflow);
  }

  @Test
  void clientThatComesWhileEventsArePublishedReceivesAllFromThereOn() {
    explore(
        "subscribe | publish",
        queueOf1(Overflow.REPLAY),
        run -> {
          LineSink sink = new LineSink();
          run.start("publisher", () -> run.publish("0", "1", "2", "3"));
          run.broker.subscribe("t", sink);
          run.finish();
          int first = 4 - sink.events.size();
          sink.assertOrderly(
              IntStream.range(first, 4).mapToObj(Integer::toString).toArray(String[]::new));
        });
  }

  @Test
  void eventIsDeliveredThoughNothingElseHappens() {
    explore(
        "publish, one at a time",
        queueOf1(Overflow.DISCONNECT),
        run -> {
          LineSink sink = new LineSink();
          run.broker.subscribe("t", sink);
          for (int i = 0; i < 4; i++) {
            run.publish(Integer.toString(i));
            run.awaitDelivered(sink, i + 1);
          }
          run.finish();
          sink.assertOrderly("0", "1", "2", "3");
        });
  }

  @Test
  void clientsThatOverflowLoseNothingAndSeeOneOrder() {
    explore(
        "publish | publish | two clients that overflow",
        queueOf1(Overflow.REPLAY),
        run -> {
          LineSink one = new LineSink();
          LineSink other = new LineSink();
          run.broker.subscribe("t", one);
          run.broker.subscription("t", "*").open(other);
          run.start("a", () -> run.publish("a1", "a2", "a3"));
          run.start("b", () -> run.publish("b1", "b2"));
          run.awaitDelivered(one, 5);
          run.awaitDelivered(other, 5);
          run.finish();
          assertEquals(5, one.events.size());
          assertRising(one.ids);
          assertRising(one.events.stream().filter(event -> event.startsWith("a")).toList());
          one.assertOrderly(other.events.toArray(String[]::new));
          other.assertOrderly(one.events.toArray(String[]::new));
        });
  }

  @Test
  void eventsThatAreDroppedAreCountedWhenTheOldestGo() {
    explore(
        "publish | publish | drop the oldest",
        queueOf1(Overflow.DROP_OLDEST),
        BrokerSchedules::assertAllReceivedOrMissed);
  }

  @Test
  void eventsThatAreDroppedAreCountedWhenTheNewestGo() {
    explore(
        "publish | publish | drop the newest",
        queueOf1(Overflow.DROP_NEWEST),
        BrokerSchedules::assertAllReceivedOrMissed);
  }

  @Test
  void eventsThatAreDroppedAreCountedWithoutAHistory() {
    explore(
        "publish | publish | overflow without a history",
        queueOf1(Overflow.REPLAY).historyEvents(0),
        BrokerSchedules::assertAllReceivedOrMissed);
  }

  private static void assertAllReceivedOrMissed(ScheduledBroker run) {
    LineSink sink = new LineSink();
    run.broker.subscribe("t", sink);
    run.start("a", () -> run.publish("a1", "a2", "a3"));
    run.start("b", () -> run.publish("b1", "b2"));
    run.awaitDelivered(sink, 5);
    run.finish();
    assertRising(sink.ids);
    assertEquals(5, sink.events.size() + sink.missed);
    assertEquals(sink.missed, run.broker.stats().events().missed());
    assertEquals(sink.missed, run.broker.stats().events().dropped());
    assertTrue(sink.ended);
    sink.assertOver();
  }

  @Test
  void latestEventOfAKeyIsDelivered() {
    explore(
        "publish | publish | the latest of each key",
        queueOf1(Overflow.LATEST),
        run -> {
          LineSink sink = new LineSink();
          run.broker.subscribe("t", sink);
          run.start("a", () -> publishKeyed(run, "k1", "k2", "k3"));
          Schedule.await("the latest", () -> sink.events.contains("k3"));
          run.finish();
          assertRising(sink.events);
          sink.assertOrderly(sink.events.toArray(String[]::new));
        });
  }

  private static void publishKeyed(ScheduledBroker run, String... data) {
    for (String text : data) {
      run.broker.publish("t", Event.of(text).withKey("k"));
    }
  }

  @Test
  void closeEndsAllClientsAndPublishersLearnOfIt() {
    explore(
        "publish | subscribe | close",
        queueOf1(Overflow.REPLAY),
        run -> {
          LineSink there = new LineSink();
          LineSink late = new LineSink();
          List<String> published = new ArrayList<>();
          boolean[] refused = new boolean[1];
          run.broker.subscribe("t", there);
          run.start("publisher", () -> publishUntilClosed(run, published, "1", "2", "3"));
          run.start(
              "subscriber",
              () -> {
                try {
                  run.broker.subscribe("t", late);
                } catch (BrokerClosedException e) {
                  refused[0] = true;
                }
              });
          run.start("closer", () -> assertTrue(run.broker.close(AGES)));
          run.finish();
          there.assertOrderly(published.toArray(String[]::new));
          if (refused[0]) {
            assertEquals(List.of(), late.events);
            assertFalse(late.closed, "a sink was touched that was refused");
          } else {
            int first = published.size() - late.events.size();
            late.assertOrderly(published.subList(first, published.size()).toArray(String[]::new));
          }
        });
  }

  private static void publishUntilClosed(
      ScheduledBroker run, List<String> published, String... data) {
    try {
      for (String text : data) {
        run.publish(text);
        published.add(text);
      }
    } catch (BrokerClosedException e) {
      Schedule.step("refused");
    }
  }

  @Test
  void firstReasonToEndWins() {
    explore(
        "close the subscription | disconnect | publish",
        queueOf1(Overflow.REPLAY),
        run -> {
          LineSink sink = new LineSink();
          Subscription client = run.broker.subscribe("t", sink);
          List<String> calls = new ArrayList<>();
          List<CloseReason> awaited = new ArrayList<>();
          run.start("publisher", () -> run.publish("1", "2"));
          run.start("waiter", () -> awaited.add(awaitEnd(client)));
          run.start(
              "unsubscriber",
              () -> {
                calls.add("close");
                client.close();
                calls.add("closed");
              });
          run.start(
              "reader",
              () -> {
                calls.add("disconnect");
                client.disconnected();
                calls.add("disconnected");
              });
          run.finish();
          CloseReason reason = run.ends.get(client);
          assertNotNull(reason, "the listener was not notified");
          assertEquals(List.of(reason), awaited);
          if (calls.indexOf("closed") < calls.indexOf("disconnect")) {
            assertEquals(CloseReason.UNSUBSCRIBED, reason);
          }
          if (calls.indexOf("disconnected") < calls.indexOf("close")) {
            assertEquals(CloseReason.DISCONNECTED, reason);
          }
          assertRising(sink.events);
          sink.assertOver();
        });
  }

  private static CloseReason awaitEnd(Subscription client) {
    try {
      return client.awaitEnd();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void clientThatDisconnectsEndsThoughNothingElseHappens() {
    explore(
        "publish | disconnect",
        queueOf1(Overflow.DROP_OLDEST),
        run -> {
          LineSink sink = new LineSink();
          Subscription client = run.broker.subscribe("t", sink);
          run.publish("1");
          run.start("publisher", () -> run.publish("2", "3"));
          client.disconnected();
          assertEquals(CloseReason.DISCONNECTED, awaitEnd(client));
          sink.assertOver();
          run.finish();
          assertRising(sink.events);
        });
  }

  @Test
  void clientThatIsClosedReceivesWhatWasPublishedBefore() {
    explore(
        "publish | close the subscription",
        queueOf1(Overflow.REPLAY),
        run -> {
          LineSink sink = new LineSink();
          Subscription client = run.broker.subscribe("t", sink);
          run.publish("1", "2");
          run.start("publisher", () -> run.publish("3", "4"));
          client.close();
          assertEquals(CloseReason.UNSUBSCRIBED, awaitEnd(client));
          assertTrue(sink.events.size() >= 2, "an event was lost");
          sink.assertOrderly(List.of("1", "2", "3", "4").subList(0, sink.events.size()));
          run.finish();
        });
  }

  @Test
  void publisherThatWaitsForRoomIsWokenByTheWriter() {
    explore(
        "publish, waiting for room | publish, waiting for room",
        queueOf1(Overflow.await(Overflow.MAX_PATIENCE)),
        run -> {
          LineSink sink = new LineSink();
          run.broker.subscribe("t", sink);
          run.start("a", () -> run.publish("a1", "a2", "a3"));
          run.start("b", () -> run.publish("b1", "b2"));
          run.finish();
          assertEquals(5, sink.events.size());
          assertRising(sink.ids);
          assertEquals(0, sink.gaps);
        });
  }

  @Test
  void publishersThatWaitForTwoClientsLoseNothing() {
    explore(
        "publish, waiting for two clients | publish, waiting for one",
        queueOf1(Overflow.await(Overflow.MAX_PATIENCE)),
        run -> {
          LineSink both = new LineSink();
          LineSink one = new LineSink();
          run.broker.subscription("t", "u").open(both);
          run.broker.subscribe("t", one);
          run.start("a", () -> run.publish("a1", "a2"));
          run.start("b", () -> run.publishTo("u", "b1", "b2"));
          run.finish();
          assertEquals(4, both.events.size());
          assertRising(both.ids);
          one.assertOrderly("a1", "a2");
        });
  }

  @Test
  void publisherThatGivesUpFreesTheOthers() {
    explore(
        "publish to a blocked client | publish | interrupt",
        queueOf1(Overflow.await(Overflow.MAX_PATIENCE)),
        run -> {
          LineSink sink = new LineSink();
          sink.block();
          run.broker.subscribe("t", sink);
          sink.awaitBlocked();
          run.publish("1");
          run.start("b", () -> run.publish("b1", "b2"));
          Thread a = run.start("a", () -> run.publish("a1", "a2"));
          run.start("interrupter", () -> Schedule.interrupt(a));
          run.awaitActors();
          sink.open();
          run.finish();
          assertEquals(5, sink.events.size());
          assertRising(sink.ids);
          assertEquals(0, sink.gaps);
        });
  }

  @Test
  void publisherWhosePatienceEndsAtAnyMomentLosesNothing() {
    explore(
        "publish, losing patience | publish, losing patience",
        queueOf1(Overflow.await(Overflow.MAX_PATIENCE)),
        run -> {
          LineSink sink = new LineSink();
          Subscription client = run.broker.subscribe("t", sink);
          run.schedule.beImpatient();
          run.start("a", () -> run.publish("a1", "a2", "a3"));
          run.start("b", () -> run.publish("b1", "b2"));
          run.awaitActors();
          client.close();
          run.schedule.awaitOthers();
          run.assertAllEnded();
          assertEquals(5, sink.events.size());
          assertRising(sink.ids);
          assertEquals(0, sink.gaps);
          sink.assertOver();
        });
  }

  @Test
  void publisherThatWaitsForRoomIsFreedWhenTheClientOrTheBrokerEnds() {
    explore(
        "publish, waiting for room | disconnect | close",
        queueOf1(Overflow.await(Overflow.MAX_PATIENCE)),
        run -> {
          LineSink sink = new LineSink();
          Subscription client = run.broker.subscribe("t", sink);
          run.start("publisher", () -> publishUntilClosed(run, new ArrayList<>(), "1", "2", "3"));
          run.start("reader", client::disconnected);
          run.start("closer", () -> assertTrue(run.broker.close(AGES)));
          run.finish();
          assertRising(sink.events);
          sink.assertOver();
        });
  }

  @Test
  void publisherThatWaitsForRoomIsFreedWhenTheClientDisconnects() {
    explore(
        "publish, waiting for room | disconnect",
        queueOf1(Overflow.await(Overflow.MAX_PATIENCE)),
        run -> {
          LineSink sink = new LineSink();
          Subscription client = run.broker.subscribe("t", sink);
          run.start("publisher", () -> run.publish("1", "2", "3"));
          run.start("reader", client::disconnected);
          run.finish();
          assertRising(sink.events);
          sink.assertOver();
        });
  }
}
