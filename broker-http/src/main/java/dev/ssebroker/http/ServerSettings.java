package dev.ssebroker.http;

import dev.ssebroker.Broker;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a server serves, and how. The {@link SseServer.Builder} describes each component.
 *
 * @param formats by media type, in the order in which an answer lists them
 * @param routes the handlers
 */
record ServerSettings(
    Broker broker,
    StreamHandler handler,
    Map<String, BodyFormat> formats,
    Routes routes,
    Limits limits,
    Cors cors,
    Duration retry,
    boolean gzip,
    boolean health,
    boolean metrics,
    @Nullable Authorizer authorizer,
    @Nullable PathPrefix publishing) {

  /** For the admin port: it has few connections, and answers health checks and metrics only. */
  private static final Limits ADMIN_LIMITS =
      Limits.builder().streams(1).requestConnections(64).build();

  ServerSettings {
    formats = Collections.unmodifiableMap(new TreeMap<>(formats));
  }

  /** Returns the settings of this server's admin port. */
  ServerSettings admin() {
    return new ServerSettings(
        broker,
        request -> Decision.refuse(404),
        Map.of(),
        Routes.NONE,
        ADMIN_LIMITS,
        Cors.NONE,
        retry,
        false,
        true,
        true,
        null,
        null);
  }
}
