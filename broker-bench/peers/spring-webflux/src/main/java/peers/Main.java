package peers;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.BufferOverflowStrategy;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * Spring WebFlux as its reference shows it ("Server-Sent Events": a {@code Flux} of {@code
 * ServerSentEvent}). The sink is one of Reactor's reference ("Sinks"), in which no client blocks
 * another one. Each client has a buffer. Runs on Spring Boot's Reactor Netty.
 */
@SpringBootApplication
@RestController
public class Main {
  private static final Sinks.Many<ServerSentEvent<String>> SINK =
      Sinks.many().multicast().directBestEffort();

  public static void main(String[] args) {
    Ticker ticker = Ticker.of(args);
    SpringApplication application = new SpringApplication(Main.class);
    application.setDefaultProperties(
        Map.of(
            "server.address", "127.0.0.1",
            "server.port", ticker.port(),
            // A graceful shutdown waits 30 s for the streams.
            "server.shutdown", "immediate",
            "spring.main.banner-mode", "off",
            "logging.level.root", "warn"));
    application.run();
    ticker.start(data -> SINK.tryEmitNext(ServerSentEvent.builder(data).build()));
  }

  @GetMapping(path = "/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  public Flux<ServerSentEvent<String>> events() {
    return SINK.asFlux().onBackpressureBuffer(1024, BufferOverflowStrategy.DROP_LATEST);
  }
}
