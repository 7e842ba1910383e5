package dev.ssebroker.redis;

import dev.ssebroker.Event;
import dev.ssebroker.EventLog;
import dev.ssebroker.contract.EventLogContract;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What every log promises, on every server that there is. */
@ParameterizedClass
@MethodSource("dev.ssebroker.redis.RedisServer#programs")
class RedisLogContractIT extends EventLogContract {
  @Parameter Path program;

  private RedisServer server;

  @BeforeEach
  void startServer() throws IOException {
    server = RedisServer.start(program);
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Override
  protected EventLog openLog() {
    return RedisLog.builder().uri(server.uri()).open();
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
