#!/usr/bin/env bash
# PORT RATE SIZE. nginx serves, and a JVM publishes. Before "listening", prints a line "server pids: …" with the
# processes to measure: those of nginx, not this one.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
nginx=$(PATH=$PATH:/usr/sbin command -v nginx) ||
  { echo "nginx is missing: apt-get install nginx-light libnginx-mod-nchan" >&2; exit 3; }
module=/usr/lib/nginx/modules/ngx_nchan_module.so
[ -f "$module" ] || { echo "nchan is missing: apt-get install libnginx-mod-nchan" >&2; exit 3; }
jar=$here/target/nchan.jar
[ -f "$jar" ] ||
  { echo "nchan's publisher is not built: mvn -q -f broker-bench/peers package" >&2; exit 3; }
java=$("$here/../../java.sh") || exit 3

dir=$(mktemp -d)
chmod 755 "$dir"
children=()
stop() {
  trap - TERM INT EXIT
  # Stop the publisher first, so that it does not report the end of the server.
  for ((i = ${#children[@]} - 1; i >= 0; i--)); do
    kill "${children[i]}" 2>/dev/null || true
    wait "${children[i]}" 2>/dev/null || true
  done
  rm -rf "$dir"
  exit "$1"
}
trap 'stop 0' TERM INT
trap 'stop 1' EXIT

sed -e "s|@PORT@|$1|" -e "s|@MODULE@|$module|" -e "s|@CONNECTIONS@|$(ulimit -n)|" "$here/nginx.conf" >"$dir/nginx.conf"
"$nginx" -p "$dir" -c "$dir/nginx.conf" -e stderr &
children+=($!)
for _ in $(seq 100); do
  kill -0 "${children[0]}" 2>/dev/null || exit 1
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && break
  sleep 0.1
done
echo "server pids: ${children[0]}" $(cat "/proc/${children[0]}/task/${children[0]}/children")
"$java" -XX:+UseSerialGC -Xmx64m -jar "$jar" "$@" &
children+=($!)
wait -n "${children[@]}" || true
