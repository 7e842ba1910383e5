package dev.ssebroker.examples.spring;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import java.time.LocalTime;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

/** Serves a ticker at http://localhost:8080/events/ticker. */
@SpringBootApplication
@EnableScheduling
class SpringExample {
  @Autowired private Broker broker;

  @Bean
  static Broker broker() {
    return Broker.open();
  }

  @Scheduled(fixedRate = 1000)
  void tick() {
    broker.publish("ticker", Event.of("tick", LocalTime.now().toString()));
  }

  public static void main(String[] args) {
    SpringApplication.run(SpringExample.class, args);
  }
}
