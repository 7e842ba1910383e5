package dev.ssebroker.redis;

import dev.ssebroker.Event;
import dev.ssebroker.EventLog;
import dev.ssebroker.contract.EventLogContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collections;
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

/** What every log promises, on every server that there is. */
@ParameterizedClass
@MethodSource("dev.ssebroker.redis.RedisServer#programs")
class RedisLogContractIT extends EventLogContract {
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

  /** What Redis acknowledges is on its disk here, so nothing may be missing. */
  @Test
  void clientsMissNothingWhileRedisIsKilledAndItsConnectionsAreCut() throws Exception {
    AtomicInteger turn = new AtomicInteger();
    playClusters(10, this::openLog, false, () -> disturb(turn.getAndIncrement()));
  }

  private void disturb(int turn) {
    try {
      if (turn % 3 == 0) {
        server.kill();
        server.restart();
      } else {
        cutConnections();
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

  /** Redis forgets by whole nodes of its tree, of a hundred entries each. */
  @Override
  protected void forgetOldest(EventLog log) {
    try (RedisLog forgetful = RedisLog.builder().uri(server.uri()).maxEvents(1).open()) {
      forgetful.append("filler", Collections.nCopies(300, Event.of("x")));
      forgetful.append("filler", events("y"));
    }
  }
}
