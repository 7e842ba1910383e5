#!/usr/bin/env bash
# By its README, launchdarkly-eventsource has no read timeout unless readTimeoutMillis sets one. On Node 19 or newer
# it gives up a stream after 5 s of silence ("received no data in undefinedms") and reconnects, again and again. It
# reacts to the request's event 'timeout', and since Node 19 the global agent sets a timeout of 5 s on each socket. Node
# itself ends no request because of that event. Needs Node 19 or newer and npm.
set -euo pipefail

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

[ "$(node -p 'parseInt(process.versions.node)')" -ge 19 ] || fail "Node 19 or newer is needed"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

echo '{"private": true, "dependencies": {"launchdarkly-eventsource": "2.2.0"}}' > package.json
timeout 120 npm install --silent --ignore-scripts --no-audit --no-fund >&2
node -p '"launchdarkly-eventsource " + require("launchdarkly-eventsource/package.json").version'
node -p '"node " + process.version + ", timeout of the global agent: " + require("http").globalAgent.options.timeout'

cat > finding.js <<'JS'
const http = require('node:http');
const { EventSource } = require('launchdarkly-eventsource');

const connections = { '/without': 0, '/with': 0, '/plain': 0 };
const server = http.createServer((request, response) => {
  connections[request.url]++;
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write('data: x\n\n'); // and then nothing
});
server.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  let error = 'none';
  let plain = 'open';
  new EventSource(`${url}/without`).onerror = e => { error = e.message; };
  new EventSource(`${url}/with`, { readTimeoutMillis: 60000 });
  http.get(`${url}/plain`, response => {
    response.on('close', () => { plain = 'closed'; });
    response.resume();
  });
  setTimeout(() => {
    const outcome = path => (connections[path] > 1 ? 'reconnected' : 'one connection');
    console.log(`without readTimeoutMillis: ${outcome('/without')}, ${error}`);
    console.log(`with readTimeoutMillis: ${outcome('/with')}`);
    console.log(`http.get with the global agent: ${plain}`);
    process.exit();
  }, 12000);
});
JS
timeout 60 node finding.js | tee seen

diff - seen <<'EXPECTED' || fail "the behaviour has changed"
without readTimeoutMillis: reconnected, Read timeout, received no data in undefinedms, assuming connection is dead
with readTimeoutMillis: one connection
http.get with the global agent: open
EXPECTED
echo "as described: 5 s of silence end the connection"
