package dev.ssebroker.redis;

import dev.ssebroker.Event;
import dev.ssebroker.EventLog;
import dev.ssebroker.contract.EventLogContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.args.ClientType;
import redis.clients.jedis.params.ClientKillParams;

/** The contract of a log, with every server program. */
@ParameterizedClass
@MethodSource("dev.ssebroker.redis.RedisServer#programs")
class RedisLogContractIT extends EventLogContract {
  private static final Duration TIMEOUT = Duration.ofMillis(200);

  @Parameter Path program;

  private RedisServer server;

  @BeforeEach
  void startServer() throws IOException {
    server = RedisServer.start(program, "--appendonly", "yes", "--appendfsync", "always");
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Override
  protected EventLog openLog() {
    return RedisLog.builder().uri(server.uri()).open();
  }

  /** Redis acknowledges only events that are on disk, so no event may be missing. */
  @Test
  void clientsMissNothingWhileRedisIsKilledAndConnectionsBreak() throws Exception {
    AtomicInteger turn = new AtomicInteger();
    playClusters(10, this::openWithShortTimeout, false, () -> disturb(turn.getAndIncrement()));
  }

  private EventLog openWithShortTimeout() {
    return RedisLog.builder().uri(server.uri()).timeout(TIMEOUT).open();
  }

  private void disturb(int turn) {
    try {
      switch (turn % 3) {
        case 0 -> {
          server.kill();
          server.restart();
        }
        case 1 -> cutConnections();
        default -> blockRedis();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void cutConnections() {
    try (Jedis jedis = server.client()) {
      jedis.clientKill(new ClientKillParams().type(ClientType.NORMAL));
    }
  }

  /** Blocks Redis for longer than the timeout of the logs. */
  private void blockRedis() {
    try (Jedis jedis = server.client()) {
      jedis.eval(
          """
          local begin = redis.call('TIME')
          repeat
            local now = redis.call('TIME')
            local micros = (now[1] - begin[1]) * 1000000 + now[2] - begin[2]
          until micros > ARGV[1] + 0
          """,
          List.of(),
          List.of("" + TIMEOUT.toNanos() / 800));
    }
  }

  /** Redis evicts whole nodes of the stream, of up to a hundred entries. */
  @Override
  protected void evictOldest(EventLog log) {
    try (RedisLog small = RedisLog.builder().uri(server.uri()).maxEvents(1).open()) {
      small.append("filler", Collections.nCopies(300, Event.of("x")));
      small.append("filler", events("y"));
    }
  }
}
