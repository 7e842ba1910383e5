package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BrokerOrderTest {
  private static final int PUBLISHERS = 4;
  private static final int EVENTS = 2_000;

  @RegisterExtension final Stage stage = new Stage();

  private final Broker broker = stage.open(1 << 16);

  @Test
  void clientsSeeOneCommonOrderAndEachPublishersOwn() throws Exception {
    List<RecordingSink> sinks = subscribe(5);

    Stage.together(publishers());

    List<String> reference = receivedBy(sinks.getFirst());
    assertEquals(1 + PUBLISHERS * EVENTS, reference.size());
    assertEachPublishersOrder(reference);
    for (RecordingSink sink : sinks.subList(1, sinks.size())) {
      assertEquals(reference, receivedBy(sink));
    }
  }

  @Test
  void clientSubscribedDuringPublishingMissesNothingFromThenOn() throws Exception {
    RecordingSink witness = subscribe(1).getFirst();
    List<RecordingSink> late = new ArrayList<>();
    List<Callable<Object>> bodies = publishers();
    bodies.add(() -> {
      for (int i = 0; i < 100; i++) {
        late.addAll(subscribe(1));
        broker.publish("t", Event.of("joined-" + i));
      }
      return true;
    });

    Stage.together(bodies);

    List<String> reference = receivedBy(witness);
    assertEquals(1 + PUBLISHERS * EVENTS + late.size(), reference.size());
    for (int i = 0; i < late.size(); i++) {
      List<String> received = receivedBy(late.get(i));
      assertEquals(COMMENT, received.removeFirst());
      assertTrue(received.contains("data: joined-" + i));
      assertEquals(
          reference.subList(reference.size() - received.size(), reference.size()), received);
    }
  }

  @Test
  void clientsThatComeAndGoDoNotTouchTheOthers() throws Exception {
    List<RecordingSink> sinks = subscribe(2);
    List<Callable<Object>> bodies = publishers();
    for (int i = 0; i < 2; i++) {
      bodies.add(() -> {
        for (int j = 0; j < 200; j++) {
          Subscription guest = broker.subscribe("t", new RecordingSink());
          if (j % 2 == 0) {
            guest.close();
          } else {
            guest.disconnected();
          }
        }
        return true;
      });
    }

    Stage.together(bodies);

    List<String> reference = receivedBy(sinks.getFirst());
    assertEquals(1 + PUBLISHERS * EVENTS, reference.size());
    assertEquals(reference, receivedBy(sinks.getLast()));
  }

  @Test
  void clientThatLeavesDuringPublishingGotAPrefixWithoutHoles() throws Exception {
    RecordingSink witness = subscribe(1).getFirst();
    RecordingSink guest = stage.recording();
    Subscription subscription = broker.subscribe("t", guest);
    List<Callable<Object>> bodies = publishers();
    bodies.add(() -> {
      guest.expect(COMMENT);
      subscription.close();
      return true;
    });

    Stage.together(bodies);

    List<String> reference = receivedBy(witness);
    List<String> received = receivedBy(guest);
    assertTrue(guest.isEnded());
    assertEquals(reference.subList(1, 1 + received.size()), received);
  }

  private List<RecordingSink> subscribe(int clients) {
    List<RecordingSink> sinks = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      sinks.add(stage.recording());
      broker.subscribe("t", sinks.getLast());
    }
    return sinks;
  }

  private List<Callable<Object>> publishers() {
    List<Callable<Object>> bodies = new ArrayList<>();
    for (int i = 0; i < PUBLISHERS; i++) {
      int publisher = i;
      bodies.add(() -> {
        for (int event = 0; event < EVENTS; event++) {
          broker.publish("t", Event.of(publisher + "-" + event));
        }
        return true;
      });
    }
    return bodies;
  }

  /** Everything the sink was given, up to its end. */
  private List<String> receivedBy(RecordingSink sink) throws InterruptedException {
    assertTrue(broker.close(Stage.PATIENCE));
    sink.awaitClosed();
    return sink.rest();
  }

  private static void assertEachPublishersOrder(List<String> received) {
    for (int publisher = 0; publisher < PUBLISHERS; publisher++) {
      String prefix = "data: " + publisher + "-";
      List<String> expected = new ArrayList<>();
      for (int event = 0; event < EVENTS; event++) {
        expected.add(prefix + event);
      }
      assertEquals(expected, received.stream().filter(f -> f.startsWith(prefix)).toList());
    }
  }
}
