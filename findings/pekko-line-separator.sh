#!/usr/bin/env bash
# Pekko HTTP's EventStreamUnmarshalling drops each line of a stream that has U+0085, U+2028 or U+2029 in it, without an
# error. These characters do not end a line of an event stream (HTML, section 9.2.5), and JSON strings may have them
# unescaped (RFC 8259, section 7). An event whose only data line has one never arrives. An event with several data
# lines arrives without that line. Needs Maven and a JDK 21 or newer.
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
      <groupId>org.apache.pekko</groupId>
      <artifactId>pekko-http_2.13</artifactId>
      <version>1.3.0</version>
    </dependency>
    <dependency>
      <groupId>org.apache.pekko</groupId>
      <artifactId>pekko-stream_2.13</artifactId>
      <version>1.2.1</version>
    </dependency>
  </dependencies>
</project>
XML
plugin=org.apache.maven.plugins:maven-dependency-plugin:3.8.1
timeout 300 mvn -q -B "$plugin:copy-dependencies" -DoutputDirectory=lib >log 2>&1 || fail "$(tail -n 20 log)"
basename -a lib/pekko-http_* lib/pekko-stream_*

cat > Finding.java <<'JAVA'
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.sse.ServerSentEvent;
import org.apache.pekko.http.javadsl.unmarshalling.sse.EventStreamUnmarshalling;
import org.apache.pekko.stream.SystemMaterializer;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.util.ByteString;

class Finding {
  static final ActorSystem SYSTEM = ActorSystem.create();

  static String received(String stream) throws Exception {
    var body = HttpEntities.create(MediaTypes.TEXT_EVENT_STREAM.toContentType(), ByteString.fromString(stream));
    var events =
        EventStreamUnmarshalling.<Object>fromEventsStream(SYSTEM)
            .unmarshal(body, SYSTEM.dispatcher(), SystemMaterializer.get(SYSTEM).materializer())
            .toCompletableFuture()
            .get();
    var data = new StringBuilder();
    events
        .runForeach(
            event -> {
              String text = ((ServerSentEvent) event).getData();
              data.append('[').append(text.replace("\n", "|")).append(']');
            },
            SYSTEM)
        .toCompletableFuture()
        .get();
    return data.toString();
  }

  static String escaped(String text) {
    return text.replace("\u000b", "<VT>");
  }

  public static void main(String[] args) throws Exception {
    for (char c : new char[] {'\u000b', '\u0085', '\u2028', '\u2029'}) {
      String text = "one" + c + "line";
      String whole = received("data: before\n\ndata: " + text + "\n\ndata: after\n\n");
      String part = received("data: first\ndata: " + text + "\ndata: last\n\n");
      System.out.printf("U+%04X  events: %s  lines: %s%n", (int) c, escaped(whole), escaped(part));
    }
    SYSTEM.terminate();
    SYSTEM.getWhenTerminated().toCompletableFuture().get();
  }
}
JAVA
timeout 120 "$java" -Dstdout.encoding=UTF-8 -Dpekko.loglevel=WARNING -cp 'lib/*' Finding.java 2>log | tee seen ||
  fail "$(cat log)"

diff - seen <<'EXPECTED' || fail "the behaviour has changed"
U+000B  events: [before][one<VT>line][after]  lines: [first|one<VT>line|last]
U+0085  events: [before][after]  lines: [first|last]
U+2028  events: [before][after]  lines: [first|last]
U+2029  events: [before][after]  lines: [first|last]
EXPECTED
echo "as described: the lines are lost"
