package dev.ssebroker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Batch;
import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.EventLogException;
import dev.ssebroker.Receipt;
import dev.ssebroker.Sink;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** Clients and publishers of several brokers during failures of Redis. */
class RedisBrokersIT {
  private static final String RESTARTED = "{\"missed\":null,\"reason\":\"restarted\"}";

  private final List<AutoCloseable> opened = new ArrayList<>();

  /** Collects the data of the events and notices that one client receives. */
  private static final class Listener implements Sink {
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

    @Override
    public void write(Batch batch) {
      new String(batch.toByteArray(), UTF_8)
          .lines()
          .filter(line -> line.startsWith("data: "))
          .forEach(line -> received.add(line.substring("data: ".length())));
    }

    @Override
    public void close() {}

    void expect(String... data) throws InterruptedException {
      for (String each : data) {
        assertEquals(each, next());
      }
    }

    String next() throws InterruptedException {
      String next = received.poll(30, TimeUnit.SECONDS);
      assertNotNull(next, "no event in time");
      return next;
    }
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
  }

  private RedisServer server(String... options) throws IOException {
    RedisServer server = RedisServer.start(options);
    opened.add(server);
    return server;
  }

  private Broker broker(RedisServer... members) {
    List<String> uris = Stream.of(members).map(RedisServer::uri).toList();
    Broker broker = Broker.builder().log(RedisLog.builder().uris(uris).open()).open();
    opened.add(broker);
    return broker;
  }

  private static Listener listener(Broker broker) {
    Listener listener = new Listener();
    broker.subscribe("t", listener);
    return listener;
  }

  private static Receipt publish(Broker broker, String data) {
    return broker.publish("t", Event.of(data));
  }

  @Test
  void clientsStayAndMissNothingWhileRedisIsUnavailable() throws Exception {
    RedisServer server = server("--appendonly", "yes", "--appendfsync", "always");
    Broker here = broker(server);
    Broker there = broker(server);
    Listener one = listener(here);
    Listener two = listener(there);
    publish(here, "before");
    server.kill();

    String message =
        assertThrows(EventLogException.class, () -> publish(there, "lost")).getMessage();
    assertTrue(message.contains("127.0.0.1:" + server.port()), message);
    assertTrue(message.contains("not stored") || message.contains("may have been"), message);
    server.restart();
    publish(there, "after");

    one.expect("before", "after");
    two.expect("before", "after");
    assertEquals(1, here.clientCount());
  }

  @Test
  void clientsReceiveAGapNoticeWhenRedisRestartsEmpty() throws Exception {
    RedisServer server = server();
    Broker here = broker(server);
    Listener one = listener(here);
    Receipt old = publish(here, "old");
    one.expect("old");
    server.kill();
    server.restart();

    publish(here, "young");

    one.expect(RESTARTED, "young");
    Listener resumed = new Listener();
    broker(server).subscription("t").lastEventId(old.id()).open(resumed);
    resumed.expect(RESTARTED, "young");
  }

  @Test
  void brokersContinueWithThePromotedReplica() throws Exception {
    RedisServer master = server();
    RedisServer replica = server("--replicaof", "127.0.0.1", "" + master.port());
    Broker here = broker(master, replica);
    Broker there = broker(master, replica);
    Listener one = listener(here);
    Listener two = listener(there);
    publish(here, "before");
    one.expect("before");
    two.expect("before");
    try (Jedis jedis = master.client()) {
      assertEquals(1, jedis.waitReplicas(1, 30_000));
    }
    master.kill();
    try (Jedis jedis = replica.client()) {
      jedis.replicaofNoOne();
    }

    Receipt after = publish(there, "after");

    one.expect("after");
    two.expect("after");
    Listener resumed = new Listener();
    here.subscription("t").lastEventId(after.id()).open(resumed);
    resumed.expect(publishAndName(here, "last"));
  }

  /** The replica misses the last events, and stores others at their positions. */
  @Test
  void clientsReceiveAGapNoticeForEventsThatAFailoverLost() throws Exception {
    RedisServer master = server();
    RedisServer stale = server();
    Broker first = broker(master, stale);
    Listener one = listener(first);
    publish(first, "kept");
    one.expect("kept");
    copy(master, stale);
    publish(first, "lost");
    one.expect("lost");
    master.kill();

    publish(broker(stale), "replacement");
    // Clients receive the notice with the first event after the loss.
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (one.received.isEmpty() && System.nanoTime() - deadline < 0) {
      publish(first, "next");
    }
    publish(first, "last");

    one.expect(RESTARTED);
    String data = one.next();
    while (!data.equals("last")) {
      assertTrue(List.of("replacement", "next").contains(data), data);
      data = one.next();
    }
  }

  private static void copy(RedisServer from, RedisServer to) throws IOException {
    try (Jedis source = from.client();
        Jedis target = to.client()) {
      for (String key : source.keys("*")) {
        target.restore(key, 0, source.dump(key));
      }
    }
  }

  @Test
  void brokersOpenWithoutRedisAndServeWhenItIsAvailable() throws Exception {
    int port = RedisServer.freePort();
    Broker broker =
        Broker.builder()
            .log(
                RedisLog.builder()
                    .uri("redis://127.0.0.1:" + port)
                    .timeout(Duration.ofMillis(200))
                    .open())
            .open();
    opened.add(broker);
    Listener fresh = listener(broker);
    assertThrows(EventLogException.class, () -> publish(broker, "too early"));

    opened.add(RedisServer.startAt(port));

    fresh.expect("{\"missed\":null,\"reason\":\"unavailable\"}");
    fresh.expect(publishAndName(broker, "now"));
  }

  private static String publishAndName(Broker broker, String data) {
    publish(broker, data);
    return data;
  }
}
