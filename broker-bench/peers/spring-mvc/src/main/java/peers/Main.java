package peers;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Spring MVC as its reference shows it ("Asynchronous Requests", {@code SseEmitter}), on Spring
 * Boot's Tomcat with {@code spring.threads.virtual.enabled}. Calls of the emitter block.
 */
@SpringBootApplication
@RestController
public class Main {
  private static final FanOut<SseEmitter> CLIENTS = new FanOut<>(SseEmitter::send);

  public static void main(String[] args) {
    Ticker ticker = Ticker.of(args);
    SpringApplication application = new SpringApplication(Main.class);
    application.setDefaultProperties(
        Map.of(
            "server.address", "127.0.0.1",
            "server.port", ticker.port(),
            "spring.threads.virtual.enabled", true,
            // The default is 8192 clients.
            "server.tomcat.max-connections", 100_000,
            "server.tomcat.accept-count", 4096,
            // A graceful shutdown waits 30 s for the streams.
            "server.shutdown", "immediate",
            "spring.main.banner-mode", "off",
            "logging.level.root", "warn"));
    application.run();
    ticker.start(CLIENTS);
  }

  @GetMapping(path = "/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  public SseEmitter events() {
    SseEmitter client = new SseEmitter(-1L); // without a timeout
    client.onCompletion(() -> CLIENTS.remove(client));
    CLIENTS.add(client);
    return client;
  }
}
