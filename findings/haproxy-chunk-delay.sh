#!/usr/bin/env bash
# HAProxy holds each chunk of a response back for 200 ms, although the server sends it at once and with TCP_NODELAY: it writes
# a chunk with MSG_MORE, since the body is not at its end, and the kernel waits that long for more. `option http-no-delay`
# turns it off. A body that ends with the connection is not held back. Needs Debian or Ubuntu (the package is unpacked, not
# installed), and Python 3.
set -euo pipefail

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf ""' EXIT
cd "$work"

get() {
  apt-get install -y -qq --download-only --reinstall --no-install-recommends \
    -o Debug::NoLocking=1 -o "Dir::Cache::archives=$work" "$@" >log 2>&1
}
mkdir partial
get haproxy || { apt-get update -qq >&2 && get haproxy; } || fail "$(tail -n 5 log)"
for package in *.deb; do dpkg -x "$package" root; done
echo "haproxy $(dpkg-deb -f haproxy_*.deb Version)"
libraries=$(find root -name 'lib*.so*' -printf "$work/%h\n" | sort -u | paste -sd:)

cat >finding.py <<'PYTHON'
import socket, subprocess, sys, time

def listen():
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, listener.getsockname()[1]

def delay(option, chunked):
    """The times of the fastest and the slowest of ten events through HAProxy, in ms."""
    listener, origin = listen()
    other, port = listen()
    other.close()
    with open("haproxy.cfg", "w") as file:
        file.write(f"""defaults
  mode http
  timeout connect 5s
  timeout client 50s
  timeout server 50s
  {option}
listen web
  bind 127.0.0.1:{port}
  server one 127.0.0.1:{origin}
""")
    haproxy = subprocess.Popen(["root/usr/sbin/haproxy", "-db", "-f", "haproxy.cfg"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                client = socket.create_connection(("127.0.0.1", port))
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
        client.settimeout(10)
        client.sendall(b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")
        server, _ = listener.accept()
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.recv(65536)
        head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
        head += "Transfer-Encoding: chunked\r\n\r\n" if chunked else "Connection: close\r\n\r\n"
        server.sendall(head.encode())
        times = []
        for number in range(10):
            event = f"data: {number}\n\n".encode()
            sent = time.monotonic()
            server.sendall(b"%x\r\n%s\r\n" % (len(event), event) if chunked else event)
            seen = b""
            while event not in seen:
                seen += client.recv(65536)
            times.append((time.monotonic() - sent) * 1000)
        return min(times), max(times)
    finally:
        haproxy.terminate()
        haproxy.wait()

def word(times):
    print(f"  from {times[0]:.1f} to {times[1]:.1f} ms", file=sys.stderr)
    return "late" if times[0] > 100 else "at once" if times[0] < 50 else "neither"

print("chunks:", word(delay("", True)))
print("chunks, option http-no-delay:", word(delay("option http-no-delay", True)))
print("no chunks:", word(delay("", False)))
PYTHON
LD_LIBRARY_PATH=$libraries timeout 60 python3 finding.py | tee seen

diff - seen <<'EXPECTED' || fail "the behaviour has changed"
chunks: late
chunks, option http-no-delay: at once
no chunks: at once
EXPECTED
echo "as described: HAProxy delays each chunk"
