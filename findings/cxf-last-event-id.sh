#!/usr/bin/env bash
# CXF's SseEventSource forgets the last event id with each block that has no id, even a block that is only a comment.
# So after a heartbeat it reconnects without Last-Event-ID, and the server cannot replay what the client missed. By
# HTML, section 9.2.6, the id persists until a later block sets it. Needs Maven and a JDK 21 or newer.
set -euo pipefail

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

jdk() { # JAVA_HOME if it is a JDK 21 or newer, otherwise the newest of the usual folder
  local home major best=20 found=
  for home in "${JAVA_HOME:-/none}" /usr/lib/jvm/*; do
    [ -x "$home/bin/javac" ] || continue
    major=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release" 2>/dev/null) || continue
    if [ "${major:-0}" -gt "$best" ]; then best=$major found=$home; fi
    [ -z "$found" ] || [ "$found" != "${JAVA_HOME:-}" ] || break
  done
  [ -n "$found" ] && echo "$found"
}

java=$(jdk)/bin/java || fail "no JDK 21 or newer"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > pom.xml <<'XML'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId>
  <artifactId>finding</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.cxf</groupId>
      <artifactId>cxf-rt-rs-client</artifactId>
      <version>4.1.5</version>
    </dependency>
    <dependency>
      <groupId>org.apache.cxf</groupId>
      <artifactId>cxf-rt-rs-sse</artifactId>
      <version>4.1.5</version>
    </dependency>
  </dependencies>
</project>
XML
plugin=org.apache.maven.plugins:maven-dependency-plugin:3.8.1
timeout 300 mvn -q -B "$plugin:copy-dependencies" -DoutputDirectory=lib >log 2>&1 || fail "$(tail -n 20 log)"
basename -a lib/cxf-rt-rs-*

cat > Finding.java <<'JAVA'
import com.sun.net.httpserver.HttpServer;
import jakarta.ws.rs.client.ClientBuilder;
import jakarta.ws.rs.sse.SseEventSource;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

class Finding {
  /** The Last-Event-ID of the second request, after a stream of these bytes. */
  static String idAfter(String stream) throws Exception {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    var ids = new LinkedBlockingQueue<String>();
    server.createContext("/", exchange -> {
      ids.add(String.valueOf(exchange.getRequestHeaders().getFirst("Last-Event-ID")));
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
      exchange.sendResponseHeaders(200, 0);
      exchange.getResponseBody().write(stream.getBytes());
      exchange.close();
    });
    server.start();
    var client = ClientBuilder.newClient();
    var target = client.target("http://127.0.0.1:" + server.getAddress().getPort());
    try (var source = SseEventSource.target(target).reconnectingEvery(200, TimeUnit.MILLISECONDS).build()) {
      source.register(event -> {});
      source.open();
      ids.poll(20, TimeUnit.SECONDS);
      return ids.poll(20, TimeUnit.SECONDS);
    } finally {
      client.close();
      server.stop(0);
    }
  }

  public static void main(String[] args) throws Exception {
    String event = "id: 41\ndata: x\n\n";
    System.out.println("an event with the id 41: Last-Event-ID " + idAfter(event));
    System.out.println("the same and a comment: Last-Event-ID " + idAfter(event + ": heartbeat\n\n"));
    System.out.println("the same and an event without an id: Last-Event-ID " + idAfter(event + "data: y\n\n"));
    System.exit(0); // the client's own threads need not end
  }
}
JAVA
timeout 120 "$java" -cp 'lib/*' Finding.java 2>log | tee seen || fail "$(cat log)"

diff - seen <<'EXPECTED' || fail "the behaviour has changed"
an event with the id 41: Last-Event-ID 41
the same and a comment: Last-Event-ID null
the same and an event without an id: Last-Event-ID null
EXPECTED
echo "as described: the last event id is lost"
