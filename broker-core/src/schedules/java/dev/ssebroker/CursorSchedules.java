package dev.ssebroker;

import static dev.ssebroker.ScheduledBroker.AGES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.schedule.Schedule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Clients that replay from the history without the broker's lock, against publishers, evictions,
 * overflows and ends.
 */
class CursorSchedules {
  private static final int SCHEDULES = 4_000;

  private static void explore(
      String name, Broker.Builder builder, Consumer<ScheduledBroker> scenario) {
    ScheduledBroker.explore(name, SCHEDULES, builder, scenario);
  }

  private static Broker.Builder queueOf1() {
    return Broker.builder().queueEvents(1).overflow(Overflow.REPLAY);
  }

  /** Publishes an event to another topic; returns the id that a client of "t" resumes after. */
  private static String begin(ScheduledBroker run) {
    return run.broker.publish("o", Event.of("before")).id();
  }

  @Test
  void clientThatResumesWhileEventsArePublishedReceivesEachOnce() {
    explore(
        "resume | publish",
        queueOf1(),
        run -> {
          String last = begin(run);
          run.publish("1");
          LineSink sink = LineSink.ofAllAfter(last);
          run.start("publisher", () -> run.publish("2", "3", "4"));
          run.broker.subscription("t").lastEventId(last).open(sink);
          run.awaitDelivered(sink, 4);
          run.publish("5");
          run.awaitDelivered(sink, 5);
          run.finish();
          sink.assertOrderly("1", "2", "3", "4", "5");
        });
  }

  /** A publisher counts its event for one of them after the other has read it. */
  @Test
  void clientsThatResumeTogetherReceiveEachEventOnce() {
    explore(
        "resume | resume | resume | publish",
        queueOf1(),
        run -> {
          String last = begin(run);
          List<LineSink> sinks = Stream.generate(() -> LineSink.ofAllAfter(last)).limit(3).toList();
          sinks.forEach(sink -> run.broker.subscription("t").lastEventId(last).open(sink));
          run.start("publisher", () -> run.publish("1", "2"));
          sinks.forEach(sink -> run.awaitDelivered(sink, 2));
          run.publish("3");
          sinks.forEach(sink -> run.awaitDelivered(sink, 3));
          run.finish();
          sinks.forEach(sink -> sink.assertOrderly("1", "2", "3"));
        });
  }

  @Test
  void clientOfAPatternThatResumesReceivesEachOnce() {
    explore(
        "resume a pattern | publish | publish",
        queueOf1(),
        run -> {
          String last = begin(run);
          run.publishTo("t/1", "a1");
          LineSink sink = LineSink.ofAllAfter(last);
          run.start("a", () -> run.publishTo("t/1", "a2", "a3"));
          run.start("b", () -> run.publishTo("t/2", "b1", "b2"));
          run.broker.subscription("t/*").lastEventId(last).open(sink);
          run.awaitDelivered(sink, 5);
          run.finish();
          assertEquals(5, sink.events.size());
          sink.assertOrderly(sink.events);
        });
  }

  @Test
  void clientOfTwoTopicsThatResumesReceivesEachOnceInOneOrder() {
    explore(
        "resume two topics | publish | publish",
        queueOf1(),
        run -> {
          String last = begin(run);
          run.publishTo("u", "b1");
          LineSink sink = LineSink.ofAllAfter(last);
          run.start("a", () -> run.publish("a1", "a2"));
          run.start("b", () -> run.publishTo("u", "b2", "b3"));
          run.broker.subscription("t", "u").lastEventId(last).open(sink);
          run.awaitDelivered(sink, 5);
          run.finish();
          assertEquals(5, sink.events.size());
          sink.assertOrderly(sink.events);
        });
  }

  @Test
  void eventsThatWereEvictedDuringTheReplayAreCounted() {
    explore(
        "resume | publish to a history of two",
        queueOf1().historyEvents(2),
        run -> {
          String last = begin(run);
          run.publish("1", "2");
          LineSink sink = LineSink.ofAllAfter(last);
          run.start("publisher", () -> run.publish("3", "4", "5"));
          run.broker.subscription("t").lastEventId(last).open(sink);
          assertAllReceivedOrMissed(run, sink);
        });
  }

  @Test
  void eventsOfAPatternThatWereEvictedDuringTheReplayAreCounted() {
    explore(
        "resume a pattern | publish to histories of one",
        queueOf1().historyEvents(1),
        run -> {
          String last = begin(run);
          run.publishTo("t/1", "1");
          LineSink sink = LineSink.ofAllAfter(last);
          run.start("a", () -> run.publishTo("t/1", "2", "4"));
          run.start("b", () -> run.publishTo("t/2", "3", "5"));
          run.broker.subscription("t/*").lastEventId(last).open(sink);
          assertAllReceivedOrMissed(run, sink);
        });
  }

  @Test
  void eventsThatExpiredDuringTheReplayAreCounted() {
    explore(
        "resume | publish | expire",
        queueOf1().historyAge(Duration.ofSeconds(8)),
        run -> {
          String last = begin(run);
          run.publish("1", "2");
          LineSink sink = LineSink.ofAllAfter(last);
          run.start("publisher", () -> run.publish("3", "4", "5"));
          run.start("housekeeper", run::look);
          run.broker.subscription("t").lastEventId(last).open(sink);
          assertAllReceivedOrMissed(run, sink);
        });
  }

  @Test
  void eventsThatWereEvictedAfterAnOverflowAreCounted() {
    explore(
        "publish | publish | overflow of a history of one",
        queueOf1().historyEvents(1),
        run -> {
          LineSink sink = LineSink.ofAllAfter(begin(run));
          run.broker.subscribe("t", sink);
          run.start("a", () -> run.publish("1", "2", "3"));
          run.start("b", () -> run.publish("4", "5"));
          assertAllReceivedOrMissed(run, sink);
        });
  }

  private static void assertAllReceivedOrMissed(ScheduledBroker run, LineSink sink) {
    run.awaitDelivered(sink, 5);
    run.finish();
    assertEquals(5, sink.events.size() + sink.missed);
    assertEquals(sink.missed, run.broker.stats().events().missed());
    assertTrue(sink.ended);
    sink.assertOver();
  }

  @Test
  void clientThatOverflowsAgainAndAgainReceivesEachOnce() {
    explore(
        "publish | overflow, one after the other",
        queueOf1(),
        run -> {
          LineSink sink = LineSink.ofAllAfter(begin(run));
          run.broker.subscribe("t", sink);
          run.start("publisher", () -> run.publish("1", "2", "3"));
          run.awaitDelivered(sink, 2);
          run.publish("4", "5");
          run.awaitActors();
          run.awaitDelivered(sink, 5);
          run.finish();
          assertEquals(5, sink.events.size());
          sink.assertOrderly(sink.events);
        });
  }

  @Test
  void clientThatIsClosedDuringItsReplayReceivesWhatWasPublishedBefore() {
    explore(
        "resume | publish | close the subscription",
        queueOf1(),
        run -> {
          LineSink sink = closeDuringReplay(run);
          assertEquals(0, sink.missed);
          sink.assertOrderly(List.of("1", "2", "3", "4").subList(0, sink.events.size()));
        });
  }

  @Test
  void clientThatIsClosedAfterAnEvictionReceivesOrMissesWhatWasPublishedBefore() {
    explore(
        "resume | publish to a history of one | close the subscription",
        queueOf1().historyEvents(1),
        run -> {
          LineSink sink = closeDuringReplay(run);
          assertTrue(sink.ended);
          sink.assertOver();
        });
  }

  /** Asserts that the client has all that was published before the close, and nothing after it. */
  private static LineSink closeDuringReplay(ScheduledBroker run) {
    String last = begin(run);
    run.publish("1", "2");
    LineSink sink = LineSink.ofAllAfter(last);
    int[] published = {2, 2};
    int[] bounds = new int[2];
    run.start(
        "publisher",
        () -> {
          for (String data : List.of("3", "4")) {
            published[1]++;
            run.publish(data);
            published[0]++;
          }
        });
    Subscription client = run.broker.subscription("t").lastEventId(last).open(sink);
    run.start(
        "unsubscriber",
        () -> {
          bounds[0] = published[0];
          client.close();
          bounds[1] = published[1];
          run.publish("late");
        });
    run.finish();
    long total = sink.events.size() + sink.missed;
    assertTrue(
        bounds[0] <= total && total <= bounds[1],
        () -> total + " events, from " + bounds[0] + " to " + bounds[1] + " were published");
    assertFalse(sink.events.contains("late"), "an event that was published after the close");
    return sink;
  }

  @Test
  void clientThatDisconnectsDuringItsReplayEnds() {
    explore(
        "resume | publish | disconnect",
        queueOf1(),
        run -> {
          String last = begin(run);
          run.publish("1", "2");
          LineSink sink = LineSink.ofAllAfter(last);
          run.start("publisher", () -> run.publish("3", "4"));
          Subscription client = run.broker.subscription("t").lastEventId(last).open(sink);
          run.start("reader", client::disconnected);
          run.finish();
          sink.assertOver();
          assertEquals(List.of("1", "2", "3", "4").subList(0, sink.events.size()), sink.events);
        });
  }

  @Test
  void clientsThatReplayReceiveAllBeforeTheBrokerIsClosed() {
    explore(
        "resume | publish | close",
        queueOf1(),
        run -> {
          String last = begin(run);
          run.publish("1", "2");
          LineSink sink = LineSink.ofAllAfter(last);
          List<String> published = new ArrayList<>(List.of("1", "2"));
          run.start(
              "publisher",
              () -> {
                try {
                  for (String data : List.of("3", "4")) {
                    run.publish(data);
                    published.add(data);
                  }
                } catch (BrokerClosedException e) {
                  Schedule.step("refused");
                }
              });
          run.broker.subscription("t").lastEventId(last).open(sink);
          assertTrue(run.broker.close(AGES));
          run.finish();
          sink.assertOrderly(published);
        });
  }
}
