package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.ssebroker.BrokerListener;
import dev.ssebroker.CloseReason;
import dev.ssebroker.Subscription;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Lets a test wait for clients to be added and to end. */
final class ClientLog implements BrokerListener {
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  @Override
  public void clientAdded(Subscription subscription, int clients) {
    lines.add("added, " + clients);
  }

  @Override
  public void clientEnded(Subscription subscription, CloseReason reason, int clients) {
    lines.add(reason + ", " + clients);
  }

  void assertNext(String line) throws InterruptedException {
    assertEquals(line, lines.poll(10, TimeUnit.SECONDS));
  }

  void clear() {
    lines.clear();
  }

  void assertNothingLeft() {
    assertEquals("[]", lines.toString());
  }
}
