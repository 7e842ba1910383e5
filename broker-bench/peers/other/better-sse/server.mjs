// better-sse as its README shows it: a session per client, and a channel that broadcasts.
// The data is already text, so it is not converted to JSON.
import { createServer } from "node:http";
import { createChannel, createSession } from "better-sse";

const [port, rate, size] = process.argv.slice(2).map(Number);
const channel = createChannel();

const server = createServer(async (request, response) => {
  if (request.url !== "/events") {
    response.writeHead(404).end();
    return;
  }
  channel.register(await createSession(request, response, { serializer: String }));
});

// The wall clock in nanoseconds: reads the milliseconds once, at the moment when they change.
function wallClock() {
  const start = Date.now();
  while (Date.now() === start);
  const offset = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();
  return () => process.hrtime.bigint() + offset;
}

function tick() {
  const now = wallClock();
  const padding = "x".repeat(size);
  const period = BigInt(Math.floor(1e9 / rate));
  let due = process.hrtime.bigint();
  let last = 0n;
  let number = 0;
  const run = () => {
    // Catches up at once after a delay, but lets the sockets write after at most 100 events.
    for (let i = 0; i < 100 && due <= process.hrtime.bigint(); i++) {
      const time = now();
      last = time > last ? time : last + 1n;
      channel.broadcast(`T=${last};N=${++number};${padding}`);
      due += period;
    }
    const early = due - process.hrtime.bigint();
    if (early > 0n) {
      setTimeout(run, Number(early / 1_000_000n));
    } else {
      setImmediate(run);
    }
  };
  run();
}

server.listen({ port, host: "127.0.0.1", backlog: 4096 }, () => {
  console.log(`listening on http://127.0.0.1:${port}/events`);
  tick();
});
