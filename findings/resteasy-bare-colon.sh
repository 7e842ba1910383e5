#!/usr/bin/env bash
# RESTEasy's SseEventSource reads a line that is a bare colon, the shortest comment, together with the next line. A data
# line there becomes part of the comment, and the event arrives without data. HTML lets a comment be empty (section
# 9.2.5) and ignores only the line that starts with the colon (9.2.6). With a space after the colon the data arrives,
# and so does the data after an empty line. Needs Maven and a JDK 21 or newer.
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
      <groupId>org.jboss.resteasy</groupId>
      <artifactId>resteasy-client</artifactId>
      <version>7.0.1.Final</version>
    </dependency>
  </dependencies>
</project>
XML
plugin=org.apache.maven.plugins:maven-dependency-plugin:3.8.1
timeout 300 mvn -q -B "$plugin:copy-dependencies" -DoutputDirectory=lib >log 2>&1 || fail "$(tail -n 20 log)"
basename -a lib/resteasy-client-[0-9]*

cat > Finding.java <<'JAVA'
import com.sun.net.httpserver.HttpServer;
import jakarta.ws.rs.client.ClientBuilder;
import jakarta.ws.rs.sse.InboundSseEvent;
import jakarta.ws.rs.sse.SseEventSource;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

class Finding {
  static String received(String block) throws Exception {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> {
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
      exchange.sendResponseHeaders(200, 0);
      exchange.getResponseBody().write((block + "data: next\n\n").getBytes());
      exchange.close();
    });
    server.start();
    var events = new LinkedBlockingQueue<InboundSseEvent>();
    var client = ClientBuilder.newClient();
    var target = client.target("http://127.0.0.1:" + server.getAddress().getPort());
    try (var source = SseEventSource.target(target).reconnectingEvery(60, TimeUnit.SECONDS).build()) {
      source.register(events::add);
      source.open();
      return text(events.poll(20, TimeUnit.SECONDS)) + ", " + text(events.poll(20, TimeUnit.SECONDS));
    } finally {
      client.close();
      server.stop(0);
    }
  }

  static String text(InboundSseEvent event) {
    return "comment=" + event.getComment() + " data=" + (event.isEmpty() ? "none" : event.readData());
  }

  static String escaped(String text) {
    return text.replace("\n", "<LF>");
  }

  public static void main(String[] args) throws Exception {
    for (String line : new String[] {":", ": ", ":\n"}) {
      System.out.println(escaped(line + "\ndata: first") + " -> " + received(line + "\ndata: first\n\n"));
    }
    System.exit(0); // the client's own threads need not end
  }
}
JAVA
timeout 120 "$java" -cp 'lib/*' Finding.java 2>log | tee seen || fail "$(cat log)"

diff - seen <<'EXPECTED' || fail "the behaviour has changed"
:<LF>data: first -> comment=data: first data=none, comment=null data=next
: <LF>data: first -> comment= data=first, comment=null data=next
:<LF><LF>data: first -> comment= data=none, comment=null data=first
EXPECTED
echo "as described: the line after a bare colon is lost"
