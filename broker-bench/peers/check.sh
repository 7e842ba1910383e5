#!/usr/bin/env bash
# Starts each peer, or the named ones, reads three events and stops it. Prints ok, skipped (with the
# missing requirement) or FAILED. Exits with 1 if a peer failed.
set -u # not pipefail: head closes the pipe of curl
here=$(cd "$(dirname "$0")" && pwd)
log=$(mktemp)
got=$(mktemp)
server=
failed=0
trap '[ -n "$server" ] && kill "$server" 2>/dev/null; rm -f "$log" "$got" "$got.err"' EXIT

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# Waits up to a number of seconds until a command succeeds. Fails if the server has exited.
within() {
  local tries=$(($1 * 10))
  shift
  for ((i = 0; i < tries; i++)); do
    "$@" && return 0
    kill -0 "$server" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

is_ready() { grep -q '^listening on ' "$log"; }
is_gone() { ! kill -0 "$server" 2>/dev/null; }

# Checks that there are three consecutive events of the right size.
are_right() {
  tr -d '\r' | awk '
    !/^data: ?T=[0-9]+;N=[0-9]+;x+$/ { print "not an event: " $0; bad = 1; next }
    { split($0, part, ";"); number = substr(part[2], 3) + 0; time = substr(part[1], index($0, "T=") + 2)
      if (length(part[3]) != 64 || length(time) != 19) { print "wrong size: " $0; bad = 1 }
      if (NR > 1 && number != last + 1) { print number " came after " last; bad = 1 }
      last = number }
    END { if (NR != 3) print NR " events"; exit bad || NR != 3 }'
}

check() {
  local name=$1 port why
  port=$(free_port)
  : >"$log" # not in the background, so that is_ready does not see the previous peer
  "$here/start.sh" "$name" "$port" 20 64 >>"$log" 2>&1 &
  server=$!
  if ! within 30 is_ready; then
    kill "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    if [ $? -eq 3 ]; then
      echo "$name: skipped: $(tail -n 1 "$log")"
    else
      echo "$name: FAILED: did not start: $(tail -n 3 "$log")"
      failed=1
    fi
    server=
    return
  fi
  why=$(timeout 30 curl -sSiN -H 'Accept: text/event-stream' "http://127.0.0.1:$port/events" 2>"$got.err" |
    tee "$got" | grep --line-buffered '^data:' | head -n 3 | are_right)
  local right=$?
  kill -TERM "$server"
  if ! within 10 is_gone; then
    why="$why still running 10 s after SIGTERM"
    right=1
    kill -KILL "$server"
  fi
  wait "$server" 2>/dev/null
  server=
  if [ "$right" -ne 0 ]; then
    echo "$name: FAILED: $why"
    head -n 20 "$got" "$got.err"
    tail -n 5 "$log"
    failed=1
  else
    echo "$name: ok"
  fi
}

names=("$@")
[ ${#names[@]} -gt 0 ] || mapfile -t names < <("$here/start.sh")
for name in "${names[@]}"; do
  check "$name"
done
exit "$failed"
