package dev.ssebroker;

import static dev.ssebroker.ScheduledBroker.AGES;
import static dev.ssebroker.ScheduledBroker.assertRising;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.ScheduledBroker.Pace;
import dev.ssebroker.schedule.Schedule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Writers that park, end and are started again, and writers for which there is no thread. */
class WriterSchedules {
  private static final int SCHEDULES = 4_000;

  @Test
  void heartbeatsDisturbNoEvent() {
    ScheduledBroker.explore(
        "publish | look | close the subscription",
        SCHEDULES,
        Broker.builder().heartbeat(Duration.ofMillis(100)),
        run -> {
          LineSink sink = new LineSink();
          Subscription client = run.broker.subscribe("t", sink);
          run.start("publisher", () -> run.publish("1", "2", "3"));
          run.start(
              "housekeeper",
              () -> {
                run.look();
                run.look();
              });
          run.awaitDelivered(sink, 3);
          client.close();
          run.finish();
          sink.assertOrderly("1", "2", "3");
        });
  }

  /** Each event is published while the writer of the one before it ends. */
  @Test
  void idleClientIsWrittenEachEventByItself() {
    ScheduledBroker.explore(
        "publish, one at a time | look",
        SCHEDULES,
        Pace.IDLE,
        Broker.builder(),
        run -> {
          LineSink sink = new LineSink();
          run.broker.subscribe("t", sink);
          run.start("housekeeper", run::look);
          for (int i = 1; i <= 4; i++) {
            run.publish(Integer.toString(i));
            run.awaitDelivered(sink, i);
          }
          run.finish();
          sink.assertOrderly("1", "2", "3", "4");
        });
  }

  /** END is offered while the queue is full and the writer stops. */
  @Test
  void streamEndsAfterTheEventsOfAFullQueue() {
    ScheduledBroker.explore(
        "publish, close the subscription",
        SCHEDULES,
        Broker.builder().queueEvents(2).overflow(Overflow.DROP_NEWEST),
        run -> {
          LineSink sink = new LineSink();
          Subscription client = run.broker.subscribe("t", sink);
          run.publish("1", "2");
          client.close();
          run.schedule.awaitOthers();
          sink.assertOrderly("1", "2");
          assertEquals(CloseReason.UNSUBSCRIBED, run.ends.get(client));
          run.finish();
        });
  }

  @Test
  void gapNoticeIsDirectlyBeforeTheEventThatFollowsTheGap() {
    ScheduledBroker.explore(
        "publish, dropping the oldest | look",
        SCHEDULES,
        Broker.builder()
            .queueEvents(1)
            .overflow(Overflow.DROP_OLDEST)
            .heartbeat(Duration.ofMillis(100)),
        run -> {
          LineSink sink = new LineSink();
          run.broker.subscribe("t", sink);
          run.start("publisher", () -> run.publish("1", "2", "3", "4", "5", "6"));
          run.start("housekeeper", run::look);
          run.awaitDelivered(sink, 6);
          run.finish();
          sink.assertEachReceivedOrMissed(6);
          assertTrue(sink.ended);
          sink.assertOver();
        });
  }

  @Test
  void idleClientIsWrittenAHeartbeat() {
    ScheduledBroker.explore(
        "look, look",
        SCHEDULES,
        Pace.IDLE,
        Broker.builder().heartbeat(Duration.ofMillis(100)),
        run -> {
          LineSink sink = new LineSink();
          run.broker.subscribe("t", sink);
          for (int comments = 1; comments <= 3; comments++) {
            int count = comments;
            Schedule.await("a comment", () -> sink.comments == count);
            run.schedule.awaitOthers();
            run.look();
          }
          Schedule.await("the last comment", () -> sink.comments == 4);
          run.finish();
          sink.assertOrderly();
        });
  }

  @Test
  void clientThatReachesItsMaximumAgeReceivesWhatWasPublishedBefore() {
    ScheduledBroker.explore(
        "publish | look, after the maximum age",
        SCHEDULES,
        Pace.IDLE,
        Broker.builder().queueEvents(1).maxAge(Duration.ofSeconds(10)),
        run -> {
          LineSink sink = new LineSink();
          run.broker.subscribe("t", sink);
          int[] published = new int[1];
          int[] before = new int[1];
          run.start(
              "publisher",
              () -> {
                while (published[0] < 4) {
                  run.publish(Integer.toString(published[0]));
                  published[0]++;
                }
              });
          run.start(
              "housekeeper",
              () -> {
                before[0] = published[0];
                run.look();
              });
          run.finish();
          assertTrue(sink.events.size() >= before[0] || run.ends.isEmpty());
          assertRising(sink.events);
          assertEquals(0, sink.gaps);
          assertTrue(sink.ended);
          sink.assertOver();
        });
  }

  @Test
  void clientForWhichThereIsNoThreadEndsOnceAndDisturbsNoOther() {
    ScheduledBroker.explore(
        "publish | close the subscription | disconnect | look, without threads",
        SCHEDULES,
        Broker.builder().queueEvents(1).heartbeat(Duration.ofMillis(100)),
        run -> {
          run.failThreads(3);
          List<LineSink> sinks = new ArrayList<>();
          List<Subscription> clients = new ArrayList<>();
          for (int i = 0; i < 3; i++) {
            subscribe(run, sinks, clients);
          }
          run.start("publisher", () -> run.publish("1", "2", "3"));
          run.start("housekeeper", run::look);
          if (clients.size() > 1) {
            run.start("unsubscriber", clients.get(0)::close);
            run.start("reader", clients.get(1)::disconnected);
          }
          run.awaitActors();
          run.failThreads(0);
          run.schedule.awaitQuiet();
          run.look();
          run.finish();
          sinks.forEach(LineSink::assertOver);
          for (int i = 0; i < clients.size(); i++) {
            assertRising(sinks.get(i).events);
            if (run.ends.get(clients.get(i)) == CloseReason.BROKER_CLOSED) {
              sinks.get(i).assertOrderly("1", "2", "3");
            }
          }
        });
  }

  @Test
  void clientForWhichThereIsNoWriterIsEndedByItsCloser() {
    ScheduledBroker.explore(
        "publish | disconnect | look, without writers",
        SCHEDULES,
        Pace.IDLE,
        Broker.builder().queueEvents(1).heartbeat(Duration.ofMillis(100)),
        run -> {
          List<LineSink> sinks = new ArrayList<>();
          List<Subscription> clients = new ArrayList<>();
          subscribe(run, sinks, clients);
          subscribe(run, sinks, clients);
          run.schedule.awaitOthers();
          run.failWriters();
          run.start("publisher", () -> run.publish("1"));
          run.start("reader", clients.getFirst()::disconnected);
          run.start("housekeeper", run::look);
          run.schedule.awaitOthers();
          assertEquals(0, run.broker.clientCount(), "clients that nobody ends");
          run.finish();
          sinks.forEach(LineSink::assertOver);
        });
  }

  @Test
  void closeEndsClientsForWhichThereIsNoThread() {
    ScheduledBroker.explore(
        "publish | close, without any thread",
        SCHEDULES,
        Broker.builder().queueEvents(1),
        run -> {
          List<LineSink> sinks = new ArrayList<>();
          List<Subscription> clients = new ArrayList<>();
          subscribe(run, sinks, clients);
          subscribe(run, sinks, clients);
          run.failThreads(1);
          run.start(
              "publisher",
              () -> {
                try {
                  run.publish("1", "2");
                } catch (BrokerClosedException e) {
                  Schedule.step("refused");
                }
              });
          run.broker.close(AGES);
          assertEquals(0, run.broker.clientCount());
          sinks.forEach(LineSink::assertOver);
          run.failThreads(0);
          run.broker.close(AGES);
          run.awaitActors();
          run.schedule.awaitOthers();
          run.assertAllEnded();
        });
  }

  private static void subscribe(
      ScheduledBroker run, List<LineSink> sinks, List<Subscription> clients) {
    LineSink sink = new LineSink();
    try {
      clients.add(run.broker.subscribe("t", sink));
      sinks.add(sink);
    } catch (OutOfMemoryError e) {
      assertEquals(clients.size(), run.broker.clientCount());
    }
  }
}
