#!/usr/bin/env bash
# Replaces this process by a peer: start.sh NAME PORT RATE SIZE. Without arguments, prints the names of the peers.
# PEER_JAVA_OPTS: the options of the JVM, for peers that have one.
# If a requirement is missing, prints it in one line and exits with 3.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
java_peers="jdk-httpserver undertow vertx helidon jetty spring-mvc javalin jersey spring-webflux"
other_peers="better-sse nchan gist"

if [ $# -eq 0 ]; then
  printf '%s\n' $java_peers $other_peers
  exit 0
fi
if [ $# -ne 4 ]; then
  echo "usage: start.sh NAME PORT RATE SIZE" >&2
  exit 2
fi

ulimit -n "$(ulimit -Hn)" # each client is an open file
name=$1
shift
case " $java_peers " in
  *" $name "*)
    jar=$here/$name/target/$name.jar
    [ -f "$jar" ] || { echo "$name is not built: mvn -q -f broker-bench/peers package" >&2; exit 3; }
    java=$("$here/java.sh") || exit 3
    # shellcheck disable=SC2086
    exec "$java" ${PEER_JAVA_OPTS:-} -jar "$jar" "$@"
    ;;
esac
case " $other_peers " in
  *" $name "*) exec "$here/other/$name/start.sh" "$@" ;;
esac
echo "there is no peer $name" >&2
exit 2
