package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class FlightEventsIT {
  @RegisterExtension final Stage stage = new Stage();
  @TempDir private Path folder;

  @Test
  void recordingTellsOfClientsAndGaps() throws Exception {
    List<RecordedEvent> events = record(false);

    assertEquals(List.of("1", "2"), values(events, "ClientAdded", "client"));
    assertEquals(List.of("t", "t"), values(events, "ClientAdded", "topics"));
    assertEquals(List.of("false", "true"), values(events, "ClientAdded", "resumes"));
    assertEquals(List.of("overflow", "restarted"), values(events, "Gap", "reason"));
    assertEquals(List.of("-1", "2"), values(events, "Gap", "missed"));
    assertEquals(
        List.of("BROKER_CLOSED", "BROKER_CLOSED"), values(events, "ClientEnded", "reason"));
    assertEquals(List.of("1"), values(events, "Replay", "events"));
    assertEquals(List.of(), values(events, "Publish", "topic"));
  }

  @Test
  void recordingThatAsksForItTellsOfEachEvent() throws Exception {
    List<RecordedEvent> asked = record(true);

    assertEquals(5, values(asked, "Publish", "topic").size());
    assertEquals(List.of("0", "0", "0", "1", "1"), values(asked, "Publish", "dropped"));
    assertTrue(asked.stream().anyMatch(e -> e.getEventType().getName().endsWith("SlowWrite")));
  }

  /** One client that resumes from another life, and one that is stalled and misses two events. */
  private List<RecordedEvent> record(boolean everything) throws Exception {
    Path file = folder.resolve(everything ? "all.jfr" : "default.jfr");
    try (Recording recording = new Recording(Configuration.getConfiguration("default"))) {
      if (everything) {
        Stream.of("Publish", "SlowWrite")
            .forEach(name -> recording.enable("dev.ssebroker." + name).withoutThreshold());
      }
      recording.start();
      scene();
      recording.stop();
      recording.dump(file);
    }
    assertTrue(Files.size(file) > 0);
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().startsWith("dev.ssebroker."))
        .toList();
  }

  private void scene() throws Exception {
    Broker broker = stage.open(Broker.builder().listener(stage.listener));
    String id = broker.publish("t", Event.of("x")).id();
    RecordingSink resuming = stage.recording();
    broker.subscription("t").lastEventId("gone-1").open(resuming);
    resuming.expect(
        ":", "event: gap\ndata: {\"missed\":null,\"reason\":\"restarted\"}", "data: x\nid: " + id);
    GatedSink stalled = stage.gated();
    broker.subscription("t").overflow(Overflow.DROP_NEWEST).queueEvents(2).open(stalled);
    stalled.awaitBlocked();
    for (int i = 0; i < 4; i++) {
      broker.publish("t", Event.of("x"));
    }
    stalled.open();
    resuming.take(4);
    stalled.take(4);
    broker.close();
  }

  /** In the order of their text: two clients' events may come in any. */
  private static List<String> values(List<RecordedEvent> events, String name, String field) {
    return events.stream()
        .filter(event -> event.getEventType().getName().equals("dev.ssebroker." + name))
        .map(event -> String.valueOf(event.<Object>getValue(field)))
        .sorted()
        .toList();
  }
}
