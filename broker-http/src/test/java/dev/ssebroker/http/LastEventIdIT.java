package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.MemoryLog;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that says where it was resumes, or receives a gap notice. */
class LastEventIdIT {
  private static final StreamHandler HANDLER = request -> Decision.stream("t");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lastEventId",
        "lastEventID",
        "last_event_id",
        "last-event-id",
        "Last-Event-ID",
        "evs_last_event_id"
      })
  void idIsTakenUnderTheNamesOfOtherSystems(String name) throws Exception {
    try (Broker broker = Broker.open();
        SseServer server = SseServer.builder(broker, HANDLER).port(0).start()) {
      String id = broker.publish("t", Event.of("seen")).id();
      broker.publish("t", Event.of("missed"));
      String stream = firstEvent(server, "/?" + name + "=" + id, "");
      assertTrue(stream.contains("data: missed\n"), stream);
    }
  }

  /** HTML §9.2.6 allows an id every character but NUL and line ends. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "%00",
        "a%00",
        "a%0Ab",
        "a%0D",
        "+",
        "%C2%A0",
        "%EF%BB%BF",
        "-",
        "-1",
        "a-",
        "a--1",
        "earliest",
        "0",
        "9999999999999999999",
        "a-9999999999999999999",
        "*",
        "a%2Fb",
        "gr%C3%BC%C3%9F",
        "LONG"
      })
  void idThatCannotBeUnderstoodIsAGap(String id) throws Exception {
    String target = "/?lastEventId=" + id.replace("LONG", "x".repeat(8000));
    try (Broker plain = Broker.open();
        Broker forgetful = Broker.builder().historyEvents(0).open();
        Broker sharing = Broker.builder().log(new MemoryLog(10).join()).open()) {
      for (Broker broker : new Broker[] {plain, forgetful, sharing}) {
        try (SseServer server = SseServer.builder(broker, HANDLER).port(0).start()) {
          broker.publish("t", Event.of("before"));
          String stream = firstEvent(server, target, "");
          assertTrue(stream.contains("event: gap\ndata: {\"missed\":null,"), stream);
        }
      }
    }
  }

  /** HTML §9.2.4: the field is UTF-8. */
  @Test
  void idBeyondAsciiInTheFieldIsAGap() throws Exception {
    try (Broker broker = Broker.open();
        SseServer server = SseServer.builder(broker, HANDLER).port(0).start()) {
      String stream = firstEvent(server, "/", "Last-Event-ID: gr\u00c3\u00bc\u00c3\u009f\r\n");
      assertTrue(stream.contains("\"reason\":\"unknown-id\""), stream);
    }
  }

  private static String firstEvent(SseServer server, String target, String fields)
      throws IOException {
    try (RawClient client = new RawClient(server)) {
      client.send("GET " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
      client.readThrough("\n\n:\n\n");
      return client.readThrough("\n\n");
    }
  }
}
