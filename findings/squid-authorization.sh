#!/usr/bin/env bash
# Squid in front of one server ("accel", "originserver") removes Authorization from each request, whatever its method, so the
# server answers 401. `login=PASSTHRU` at the cache_peer keeps it. Needs Debian or Ubuntu (the package is unpacked, not
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
get squid || { apt-get update -qq >&2 && get squid; } || fail "$(tail -n 5 log)"
for package in *.deb; do dpkg -x "$package" root; done
echo "squid $(dpkg-deb -f squid_*.deb Version)"
libraries=$(find root -name 'lib*.so*' -printf "$work/%h\n" | sort -u | paste -sd:)

cat >finding.py <<'PYTHON'
import os, socket, subprocess, threading, time
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Origin(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Authorized", self.headers.get("Authorization", "no"))
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *args):
        pass

origin = ThreadingHTTPServer(("127.0.0.1", 0), Origin)
threading.Thread(target=origin.serve_forever, daemon=True).start()
root = os.getcwd() + "/root/usr"

def answers(option):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    with open("squid.conf", "w") as file:
        file.write(f"""http_port 127.0.0.1:{port} accel defaultsite=example.org
cache_peer 127.0.0.1 parent {origin.server_port} 0 no-query originserver {option}
http_access allow all
visible_hostname example.org
pid_filename none
access_log none
cache_log /dev/null
coredump_dir {os.getcwd()}
pinger_enable off
shutdown_lifetime 0 seconds
unlinkd_program {root}/lib/squid/unlinkd
icon_directory {root}/share/squid/icons
mime_table {root}/share/squid/mime.conf
error_directory {root}/share/squid/errors/templates
""")
    squid = subprocess.Popen([root + "/sbin/squid", "-N", "-f", "squid.conf"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
        for method in "GET", "POST":
            connection = HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request(method, "/", body="x" if method == "POST" else None, headers={"Authorization": "Bearer x"})
            answer = connection.getresponse()
            print(f"{option or 'by itself'}, {method}: {answer.status}, Authorization: {answer.getheader('Authorized')}")
    finally:
        squid.terminate()
        squid.wait()

answers("")
answers("login=PASSTHRU")
PYTHON
LD_LIBRARY_PATH=$libraries timeout 60 python3 finding.py | tee seen

diff - seen <<'EXPECTED' || fail "the behaviour has changed"
by itself, GET: 200, Authorization: no
by itself, POST: 200, Authorization: no
login=PASSTHRU, GET: 200, Authorization: Bearer x
login=PASSTHRU, POST: 200, Authorization: Bearer x
EXPECTED
echo "as described: Squid removes Authorization"
