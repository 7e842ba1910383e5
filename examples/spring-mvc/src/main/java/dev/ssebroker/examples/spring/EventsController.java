package dev.ssebroker.examples.spring;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerClosedException;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;

/** Answers GET /events/news with the stream of the topic {@code news}. */
@RestController
class EventsController {
  private final Broker broker;

  EventsController(Broker broker) {
    this.broker = broker;
  }

  /** Returns at once: the client's writer sends the events on a virtual thread. */
  @GetMapping("/events/{*topic}")
  ResponseEntity<ResponseBodyEmitter> events(
      @PathVariable String topic,
      @RequestHeader(name = "Last-Event-ID", required = false) String lastEventId) {
    ResponseBodyEmitter emitter = new ResponseBodyEmitter(0L);
    broker.subscription(topic.substring(1)).lastEventId(lastEventId).open(new EmitterSink(emitter));
    return ResponseEntity.ok()
        .contentType(MediaType.TEXT_EVENT_STREAM)
        .header("Cache-Control", "no-cache, no-store, no-transform")
        .header("X-Accel-Buffering", "no")
        .body(emitter);
  }

  /** Ends the streams before Spring waits for open requests. */
  @EventListener(ContextClosedEvent.class)
  void close() {
    broker.close();
  }

  @ExceptionHandler(IllegalArgumentException.class)
  @ResponseStatus(HttpStatus.NOT_FOUND)
  void notATopic() {}

  @ExceptionHandler(BrokerClosedException.class)
  @ResponseStatus(HttpStatus.SERVICE_UNAVAILABLE)
  void closed() {}
}
