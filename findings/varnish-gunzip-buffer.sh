#!/usr/bin/env bash
# Varnish asks the server for gzip although the client did not, and decompresses the answer. It then sends nothing, not even the
# head, until 32 kB are decompressed, however often the server flushes. A client with gzip gets each flush at once. With
# `return (pass)` the server is asked for what the client asked for. Needs Debian or Ubuntu (the package is unpacked, not
# installed), a C compiler for Varnish, and Python 3.
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
get varnish || { apt-get update -qq >&2 && get varnish; } || fail "$(tail -n 5 log)"
for package in *.deb; do dpkg -x "$package" root; done
echo "varnish $(dpkg-deb -f varnish_*.deb Version)"
libraries=$(find root -name 'lib*.so*' -printf "$work/%h\n" | sort -u | paste -sd:)

cat >finding.py <<'PYTHON'
import os, socket, subprocess, time, zlib

listener = socket.create_server(("127.0.0.1", 0))
with socket.create_server(("127.0.0.1", 0)) as other:
    port = other.getsockname()[1]
with open("one.vcl", "w") as file:
    file.write(f"""vcl 4.1;
backend one {{ .host = "127.0.0.1"; .port = "{listener.getsockname()[1]}"; }}
sub vcl_recv {{ if (req.url ~ "^/pass") {{ return (pass); }} }}
""")

def connect():
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            time.sleep(0.1)

def first(path, fields):
    """What the server was asked for, and after how many events the client has the first byte."""
    client = connect()
    client.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: example.org\r\n" + fields + b"\r\n")
    server, _ = listener.accept()
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    asked = b"gzip" in server.recv(65536)
    server.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
        + (b"Content-Encoding: gzip\r\n\r\n" if asked else b"\r\n"))
    deflate = zlib.compressobj(wbits=31)
    client.settimeout(0.2)
    for events in range(1, 100):
        event = b"data: " + os.urandom(500).hex().encode() + b"\n\n" # 1008 bytes
        block = deflate.compress(event) + deflate.flush(zlib.Z_SYNC_FLUSH) if asked else event
        server.sendall(b"%x\r\n%s\r\n" % (len(block), block))
        try:
            client.recv(65536)
            return asked, events
        except TimeoutError:
            pass
    return asked, None

def say(name, answer):
    asked, events = answer
    when = "never" if events is None else "at once" if events == 1 else f"after about {events * 1008 / 1024:.0f} KiB"
    print(f"{name}: the server is asked for gzip: {'yes' if asked else 'no'}; the first byte arrives {when}")

varnish = subprocess.Popen(
    ["root/usr/sbin/varnishd", "-F", "-j", "none", "-n", os.getcwd() + "/run", "-a", f"127.0.0.1:{port}", "-f",
     os.getcwd() + "/one.vcl", "-s", "malloc,32m"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    say("client without gzip", first(b"/one", b""))
    say("client without gzip, return (pass)", first(b"/pass", b""))
    say("client with gzip", first(b"/two", b"Accept-Encoding: gzip\r\n"))
finally:
    varnish.terminate()
    varnish.wait()
PYTHON
LD_LIBRARY_PATH=$libraries timeout 60 python3 finding.py | tee seen

diff - seen <<'EXPECTED' || fail "the behaviour has changed"
client without gzip: the server is asked for gzip: yes; the first byte arrives after about 32 KiB
client without gzip, return (pass): the server is asked for gzip: no; the first byte arrives at once
client with gzip: the server is asked for gzip: yes; the first byte arrives at once
EXPECTED
echo "as described: Varnish holds back 32 kB"
