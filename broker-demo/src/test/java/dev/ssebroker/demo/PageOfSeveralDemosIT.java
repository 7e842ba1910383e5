package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.ssebroker.redis.RedisServer;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The page of a demo with a shared log, which polls the figures of its own demo. */
@Timeout(120)
class PageOfSeveralDemosIT extends DemoPage {
  private final RedisServer redis;

  PageOfSeveralDemosIT() throws IOException {
    redis = closing(RedisServer.start());
  }

  private Demo demo() throws IOException {
    return demo("--interval=1h", "--redis=" + redis.uri());
  }

  @Test
  void pageShowsTheClientsOfItsDemoAndTheEventsOfAllDemos() throws Exception {
    Demo first = demo();
    Demo second = demo();
    openPage(first.port());
    press("open-10");
    awaitClients("fast", 10);
    awaitText("clients", "11");

    openPage(second.port());
    awaitText("clients", "1");
    awaitClients("fast", 0);
    press("publish");
    awaitText("publish-result", "Published as \\S+, for the clients of all demos\\.");
    awaitRow("event", "Hello, everybody");

    openPage(first.port());
    awaitText("clients", "11");
  }

  @Test
  void polledFiguresAreNoLatencySample() throws Exception {
    openPage(demo().port());
    awaitText("clients", "1");
    press("open-10");
    awaitClients("fast", 10);
    assertEquals("–", text("page-latency"));

    press("burst");
    awaitText("page-latency", "[0-9.]+ m?s");
  }

  @Test
  void failedBurstIsReportedAndThePageStaysConnected() throws Exception {
    expectErrors("status of 503");
    openPage(demo().port());
    awaitText("clients", "1");
    redis.kill();
    press("burst");

    awaitText("rate-result", "Redis at 127\\.0\\.0\\.1:\\d+ .*");
    awaitState("open");
  }
}
