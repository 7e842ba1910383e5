package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.schedule.Schedule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BrokerSchedules {
  private static final int SCHEDULES = 1_000;
  private static final Duration AGES = Duration.ofDays(1);

  /** A broker in a schedule, and what must hold of each when the schedule is over. */
  private static final class Run {
    final Schedule schedule;
    final Map<Subscription, CloseReason> ends = new HashMap<>();
    final List<Subscription> added = new ArrayList<>();
    final Broker broker;
    private int actors;

    Run(Schedule schedule, Broker.Builder builder) {
      this.schedule = schedule;
      // Heartbeats and deadlines are not what is tested; the broker waits for this thread's end.
      schedule.doNotRun("sse-housekeeper");
      this.broker = builder.listener(new Ends()).open(schedule::thread, () -> 0);
    }

    private final class Ends implements BrokerListener {
      @Override
      public void clientAdded(Subscription subscription, int clients) {
        added.add(subscription);
      }

      @Override
      public void clientEnded(Subscription subscription, CloseReason reason, int clients) {
        assertEquals(null, ends.put(subscription, reason), "the end was told before");
      }
    }

    /**
     * Runs the body on a thread for whose end {@link #finish} waits before it closes the broker.
     */
    void start(String name, Runnable body) {
      actors++;
      schedule.start(
          name,
          () -> {
            body.run();
            actors--;
          });
    }

    void publish(String... data) {
      for (String text : data) {
        broker.publish("t", Event.of(text));
      }
    }

    void awaitActors() {
      Schedule.await("actors", () -> actors == 0);
    }

    /** No thread is held up until a time limit: whoever waits is woken. */
    void finish() {
      awaitActors();
      assertTrue(broker.close(AGES), "a client had to be cut");
      schedule.awaitOthers();
      assertEquals(added, List.copyOf(added.stream().filter(ends::containsKey).toList()));
      assertEquals(added.size(), ends.size());
      assertEquals(0, broker.clientCount());
      assertEquals(0, schedule.passedNanos(), "somebody waited until the time was over");
    }
  }

  private static void explore(String name, Broker.Builder builder, Consumer<Run> scenario) {
    Schedule.explore(name, SCHEDULES, schedule -> scenario.accept(new Run(schedule, builder)));
  }

  private static Broker.Builder queueOf1(Overflow overflow) {
    return Broker.builder().queueEvents(1).overflow(overflow);
  }

  private static void assertRising(List<String> events) {
    assertEquals(events.stream().distinct().sorted().toList(), events);
  }

  @Test
  void clientThatResumesWhileEventsArePublishedReceivesEachOnce() {
    explore(
        "resume | publish",
        queueOf1(Overflow.REPLAY),
        run -> {
          String last = run.broker.publish("t", Event.of("1")).id();
          run.publish("2");
          LineSink sink = new LineSink();
          run.start("publisher", () -> run.publish("3", "4", "5"));
          run.broker.subscription("t").lastEventId(last).open(sink);
          run.finish();
          sink.assertOrderly("2", "3", "4", "5");
        });
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
          run.finish();
          assertEquals(5, one.events.size());
          assertRising(one.ids);
          assertRising(one.events.stream().filter(event -> event.startsWith("a")).toList());
          one.assertOrderly(other.events.toArray(String[]::new));
          other.assertOrderly(one.events.toArray(String[]::new));
        });
  }

  @Test
  void whatAShortHistoryNoLongerHasIsSaid() {
    explore(
        "publish | publish | overflow of a history of one",
        queueOf1(Overflow.REPLAY).historyEvents(1),
        BrokerSchedules::assertAllReceivedOrMissed);
  }

  @Test
  void whatIsDroppedIsSaidWhenTheOldestGoes() {
    explore(
        "publish | publish | drop the oldest",
        queueOf1(Overflow.DROP_OLDEST),
        BrokerSchedules::assertAllReceivedOrMissed);
  }

  @Test
  void whatIsDroppedIsSaidWhenTheNewestGoes() {
    explore(
        "publish | publish | drop the newest",
        queueOf1(Overflow.DROP_NEWEST),
        BrokerSchedules::assertAllReceivedOrMissed);
  }

  private static void assertAllReceivedOrMissed(Run run) {
    LineSink sink = new LineSink();
    run.broker.subscribe("t", sink);
    run.start("a", () -> run.publish("a1", "a2", "a3"));
    run.start("b", () -> run.publish("b1", "b2"));
    run.finish();
    assertRising(sink.ids);
    assertEquals(5, sink.events.size() + sink.missed);
    assertEquals(sink.missed, run.broker.stats().events().missed());
    assertTrue(sink.ended);
    sink.assertOver();
  }

  @Test
  void closeEndsEveryoneAndPublishersAreToldInTime() {
    explore(
        "publish | subscribe | close",
        queueOf1(Overflow.REPLAY),
        run -> {
          LineSink there = new LineSink();
          LineSink late = new LineSink();
          List<String> published = new ArrayList<>();
          boolean[] refused = new boolean[1];
          run.broker.subscribe("t", there);
          run.start(
              "publisher",
              () -> {
                try {
                  for (String data : List.of("1", "2", "3")) {
                    run.publish(data);
                    published.add(data);
                  }
                } catch (BrokerClosedException e) {
                  Schedule.step("refused");
                }
              });
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

  @Test
  void firstReasonToEndWinsAndIsTheOneThatIsTold() {
    explore(
        "close the subscription | the client leaves | publish",
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
                calls.add("leave");
                client.disconnected();
                calls.add("left");
              });
          run.finish();
          CloseReason told = run.ends.get(client);
          assertNotNull(told, "no end was told");
          assertEquals(List.of(told), awaited);
          if (calls.indexOf("closed") < calls.indexOf("leave")) {
            assertEquals(CloseReason.UNSUBSCRIBED, told);
          }
          if (calls.indexOf("left") < calls.indexOf("close")) {
            assertEquals(CloseReason.DISCONNECTED, told);
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
  void publisherWhosePatienceEndsAtAnyMomentLosesNothing() {
    Schedule.explore(
        "publish, losing patience | publish, losing patience",
        SCHEDULES,
        schedule -> {
          Run run = new Run(schedule, queueOf1(Overflow.await(Overflow.MAX_PATIENCE)));
          LineSink sink = new LineSink();
          Subscription client = run.broker.subscribe("t", sink);
          schedule.beImpatient();
          run.start("a", () -> run.publish("a1", "a2", "a3"));
          run.start("b", () -> run.publish("b1", "b2"));
          run.awaitActors();
          client.close();
          schedule.awaitOthers();
          assertEquals(5, sink.events.size());
          assertRising(sink.ids);
          assertEquals(0, sink.gaps);
          sink.assertOver();
        });
  }

  @Test
  void publisherThatWaitsForRoomIsFreedWhenTheClientOrTheBrokerEnds() {
    explore(
        "publish, waiting for room | the client leaves | close",
        queueOf1(Overflow.await(Overflow.MAX_PATIENCE)),
        run -> {
          LineSink sink = new LineSink();
          Subscription client = run.broker.subscribe("t", sink);
          run.start(
              "publisher",
              () -> {
                try {
                  run.publish("1", "2", "3");
                } catch (BrokerClosedException e) {
                  Schedule.step("refused");
                }
              });
          run.start("reader", client::disconnected);
          run.start("closer", () -> assertTrue(run.broker.close(AGES)));
          run.finish();
          assertRising(sink.events);
          sink.assertOver();
        });
  }

  @Test
  void publisherThatWaitsForRoomIsFreedWhenTheClientLeaves() {
    explore(
        "publish, waiting for room | the client leaves",
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
