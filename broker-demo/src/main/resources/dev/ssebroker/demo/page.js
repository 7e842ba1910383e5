import { WINDOW, chart, linear, logarithmic } from './charts.js';
import { SseClient } from './sse-client.js';

const KEPT = 50;
const MAX_SHOWN_CHARACTERS = 1000;
const MAX_SAMPLES = 2000;
const DRAW_EVERY = 100;
const DRAW_MANY_EVERY = 250;
const NOTICES = 3;

const GAP_REASONS = {
  overflow: 'this page’s queue was full',
  evicted: 'the history no longer reaches back that far',
  restarted: 'the server was restarted and has lost its history',
  'unknown-id': 'the server does not know the last event id',
  'future-id': 'the last event id is of an event that does not exist yet',
  unavailable: 'the log that the demos share was unavailable',
  lagged: 'this tab lagged too far, and the other tabs no longer have the events',
};
const STATES = { connecting: 'connecting', open: 'live', waiting: 'reconnecting', closed: 'disconnected' };

const byId = id => document.getElementById(id);
const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3,
});
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const precise = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const number = n => (n < 100 ? precise : whole).format(n);
const count = (n, one) => `${whole.format(n)} ${one}${n === 1 ? '' : 's'}`;
const now = () => performance.timeOrigin + performance.now();

// ---- data: bounded arrays, drawn at a limited rate ----

let undrawn = [];
let latest = null;
let paused = false;
let pausedCount = 0;
let lastAt = null;
let received = 0;
let samples = [];
let smallest = Infinity;

/** One point per second; fast and page are latencies: { at, published, received, fast, fastMost, page, pageMost }. */
let points = [];
let outages = [];
let stats = null;
let receivedAtStats = 0;

// ---- the connection ----

/** The replay after a reconnect, until the first new event; null otherwise. */
let replay = null;
let offlineSince = null;
let connected = false;

/** Receives events of all types. */
class Listener extends SseClient {
  dispatchEvent(event) {
    if (event instanceof MessageEvent && !['message', 'stats', 'gap'].includes(event.type)) onEvent(event);
    return super.dispatchEvent(event);
  }
}

const client = new Listener('/events?topic=**', {
  types: ['stats'], shared: true, silence: 45_000, minDelay: 500, maxDelay: 30_000,
});
client.addEventListener('state', showState);
client.addEventListener('message', onEvent);
client.addEventListener('stats', onStats);
client.addEventListener('gap', onGap);

byId('toggle').addEventListener('click', () => (client.state === 'closed' ? client.reconnect() : client.close()));
byId('retry-now').addEventListener('click', () => client.reconnect());
byId('curl').textContent = `curl -N ${location.origin}/`;
setInterval(showWaiting, 250);
showState();

function showState() {
  // An attempt to reconnect does not mean that the server is available.
  const state = client.state === 'connecting' && connected && client.error ? 'waiting' : client.state;
  const badge = byId('state');
  if (badge.dataset.state !== state) {
    badge.dataset.state = state;
    badge.textContent = STATES[state];
    byId('connection').dataset.state = state;
  }
  byId('toggle').textContent = state === 'closed' ? 'Connect' : 'Disconnect';
  byId('retry-now').disabled = client.state !== 'waiting';
  document.body.classList.toggle('stale', state !== 'open' && connected);
  if (state === 'open') opened();
  else if (connected && offlineSince === null) {
    offlineSince = Date.now();
    lastAt = null;
    replay = null;
    byId('connection').classList.remove('gap');
    byId('transport').textContent = '';
    showResult('clients-result', '');
    showResult('rate-result', '');
  }
  showWaiting();
  drawCharts();
}

function opened() {
  byId('connection').classList.remove('gap');
  byId('transport').textContent = client.leads
    ? '· this tab has the connection; other tabs share it' : '· shares the connection of another tab';
  if (offlineSince !== null) {
    outages.push({ from: offlineSince, to: Date.now() });
    outages = outages.filter(outage => outage.to > Date.now() - WINDOW);
    replay = { openedAt: now(), offline: Date.now() - offlineSince, events: 0, gap: null };
    offlineSince = null;
    setTimeout(endIdleReplay, 3000, replay, 0);
    note('Reconnected. Catching up…');
  } else if (!connected) {
    note('Connected. If the connection is lost, this page reconnects and replays what it missed.');
  }
  connected = true;
}

/** Ends a replay that no new event ends, once it has been idle for some seconds. */
function endIdleReplay(current, seen) {
  if (replay !== current) return;
  if (current.events > seen) setTimeout(endIdleReplay, 3000, current, current.events);
  else endReplay();
}

/** Ends the replay and shows its result. */
function endReplay() {
  const { events, gap, offline } = replay;
  replay = null;
  const result = events > 0 ? `${count(events, 'event')} replayed`
    : gap ? 'nothing could be replayed' : 'nothing was published in the meantime';
  note(gap
    ? `Reconnected after ${seconds(offline)}: ${result}${events > 0 ? ', but' : ';'} ${missing(gap)}.`
    : `Reconnected after ${seconds(offline)}: ${result}${events ? ', none missing' : ''}.`);
  byId('connection').classList.toggle('gap', gap !== null);
  addNotice({ kind: 'mark', data: `Reconnected after ${seconds(offline)}: ${result}.`, time: new Date(), after: null, tag: '' });
}

function showWaiting() {
  const why = client.error ? ` (${reason(client.error)})` : '';
  if (client.state === 'waiting') {
    const delay = client.retryAt === null ? 0 : Math.max(0, Math.ceil((client.retryAt - Date.now()) / 1000));
    note(`The server is unavailable${why}. ${delay === 0 ? 'Connecting…' : `Retrying in ${delay} s.`}`);
  } else if (client.state === 'closed') {
    note(`Disconnected${why || ' by you'}. Press Connect to replay the events that you miss.`);
  } else if (client.state === 'connecting') {
    note(connected ? `The server is unavailable${why}. Connecting…` : `Opening the stream…${why}`);
  }
}

/** Unifies the error messages of browsers for a server that cannot be reached. */
function reason(error) {
  const text = String(error?.message ?? error).replace(/\.$/, '');
  if (/^(failed to fetch|load failed|networkerror)/i.test(text)) return 'it cannot be reached';
  return /^(network error|error in input stream)/i.test(text) ? 'the connection was lost' : text;
}

function note(text) {
  const line = byId('resume-note');
  if (line.textContent !== text) line.textContent = text;
}

function missing({ missed, reason: why }) {
  const many = missed === null || missed === undefined
    ? 'an unknown number of events is missing'
    : `${count(missed, 'event')} ${missed === 1 ? 'is' : 'are'} missing`;
  return `${many}: ${GAP_REASONS[why] ?? why}`;
}

// ---- events ----

const TIME = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) ([+-]\d\d:\d\d)/;

/** Returns when the ticker published the event, by the server's clock; NaN for other events. */
function publishedAt(data) {
  const found = TIME.exec(data);
  return found ? Date.parse(`${found[1]}T${found[2]}${found[3]}`) : NaN;
}

/** Returns the estimated offset of the server's clock; 0 if the server runs on this machine. */
function skew() {
  const local = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(location.hostname);
  return smallest === Infinity || (local && smallest >= 0) ? 0 : smallest;
}

/** Returns whether the event was published before the stream was opened. The first new one ends the replay. */
function isReplayed(published) {
  if (replay === null) return false;
  if (Number.isNaN(published) || published < replay.openedAt - 1 - skew()) return true;
  endReplay();
  return false;
}

function measure(published, at) {
  if (Number.isNaN(published)) return;
  const latency = at - published;
  smallest = Math.min(smallest, latency);
  if (samples.length < MAX_SAMPLES) samples.push(latency);
}

function onEvent(event) {
  const at = now();
  const published = publishedAt(event.data);
  const replayed = isReplayed(published);
  if (replayed) replay.events++;
  else {
    measure(published, at);
    received++;
  }
  add({
    kind: replayed ? 'replayed' : 'event',
    data: event.data,
    time: new Date(),
    after: replayed || lastAt === null ? null : at - lastAt,
    tag: replayed ? 'replayed' : event.type === 'message' ? '' : event.type,
  });
  lastAt = at;
  latest = event.data;
}

function onGap(event) {
  if (replay !== null) replay.gap = event;
  else {
    note(`Connected, but ${missing(event)}.`);
    byId('connection').classList.add('gap');
  }
  addNotice({ kind: 'lost', data: `Gap: ${missing(event)}.`, time: new Date(), after: null, tag: event.reason });
}

function add(entry) {
  pausedCount++;
  undrawn.push(entry);
  if (undrawn.length > KEPT) undrawn.shift();
  scheduleDraw();
}

/** Adds an entry that also stays above the events, where it is not missed. */
function addNotice(entry) {
  add(entry);
  const list = byId('notices');
  list.prepend(row(entry));
  while (list.childElementCount > NOTICES) list.lastElementChild.remove();
  byId('noticed').hidden = false;
}

let drawScheduled = false;
let drawnAt = 0;

function scheduleDraw() {
  if (!drawScheduled) {
    drawScheduled = true;
    requestAnimationFrame(draw);
  }
}

/** Draws at most once per frame, and less often if many events arrive. */
function draw(frame) {
  if (frame - drawnAt < (undrawn.length > 5 ? DRAW_MANY_EVERY : DRAW_EVERY)) {
    requestAnimationFrame(draw);
    return;
  }
  drawScheduled = false;
  drawnAt = frame;
  const id = client.lastEventId || '–';
  if (byId('last-id').textContent !== id) byId('last-id').textContent = id;
  if (paused) {
    byId('pause').textContent = `Resume (${whole.format(pausedCount)})`;
    return;
  }
  if (latest !== null) {
    byId('latest').classList.remove('waiting');
    byId('latest').firstElementChild.textContent = shorten(latest);
  }
  const list = byId('events');
  if (undrawn.length > 0) list.querySelector('.none')?.remove();
  list.prepend(...undrawn.map(row).reverse());
  while (list.childElementCount > KEPT) list.lastElementChild.remove();
  undrawn = [];
}

function row({ kind, data, time, after, tag }) {
  const item = document.createElement('li');
  item.className = kind;
  const at = document.createElement('time');
  at.dateTime = time.toISOString();
  at.textContent = clock.format(time);
  const waited = document.createElement('span');
  waited.className = 'after';
  waited.textContent = after === null ? '' : `+${millis(after)}`;
  const text = document.createElement('span');
  text.className = 'text';
  text.textContent = shorten(data);
  item.append(at, waited, text);
  if (tag) {
    const label = document.createElement('span');
    label.className = 'tag';
    label.textContent = tag;
    item.append(label);
  }
  return item;
}

byId('pause').addEventListener('click', () => {
  paused = !paused;
  pausedCount = 0;
  byId('pause').textContent = paused ? 'Resume (0)' : 'Pause';
  byId('pause').setAttribute('aria-pressed', String(paused));
  if (!paused) scheduleDraw();
});

const shorten = text => (text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text);

function seconds(time) {
  return time < 9950 ? `${(time / 1000).toFixed(1)} s` : `${whole.format(time / 1000)} s`;
}

function millis(time) {
  return time < 10 ? `${time.toFixed(1)} ms`
    : time < 1000 ? `${time.toFixed(0)} ms` : `${(time / 1000).toFixed(1)} s`;
}

// ---- figures ----

function onStats(event) {
  const at = now();
  const figures = JSON.parse(event.data);
  if (isReplayed(figures.time)) {
    // Figures that the page missed still belong on the chart.
    points.push({ at: figures.time + skew(), published: figures.published.perSecond, received: null, page: null, pageMost: null, ...fastOf(figures) });
    trim();
    return;
  }
  // Polled figures are no sample: their age depends on when the page asks.
  if (samples.length === 0 && !ownFigures) measure(figures.time, at);
  const sorted = samples.map(sample => Math.max(0.05, sample - skew())).sort((a, b) => a - b);
  const share = part => (sorted.length ? sorted[Math.ceil(part * sorted.length) - 1] : null);
  // By the server's clock, since several events arrive at once after a pause of this page.
  const elapsed = stats && figures.time - stats.time < 3000 ? figures.time - stats.time : null;
  points.push({
    at: Date.now(),
    published: smoothed('published', figures.published.perSecond),
    received: elapsed ? smoothed('received', 1000 * (received - receivedAtStats) / elapsed) : null,
    page: share(0.5),
    pageMost: share(0.99),
    ...fastOf(figures),
  });
  trim();
  samples = [];
  stats = figures;
  receivedAtStats = received;
  requestAnimationFrame(() => showStats(figures));
}

/** The path of the figures, if several demos share the stream. Then the stream has no figures. */
const ownFigures = document.body.dataset.figures;
if (ownFigures) setInterval(pollFigures, 1000);

async function pollFigures() {
  if (client.state !== 'open' || replay !== null) return;
  try {
    const response = await fetch(ownFigures, { signal: AbortSignal.timeout(5000) });
    const data = await response.text();
    if (response.ok && client.state === 'open' && replay === null && JSON.parse(data).time !== stats?.time) onStats({ data });
  } catch {
    // The stream shows whether the server is unavailable.
  }
}

const fastOf = ({ latency }) => ({ fast: latency?.p50 ?? null, fastMost: latency?.p99 ?? null });

function trim() {
  const start = Date.now() - WINDOW - 2000;
  points = points.filter(point => point.at > start).slice(-200);
}

function showStats(figures) {
  const last = points.at(-1);
  byId('published').textContent = number(last.published);
  byId('delivered').textContent = number(smoothed('delivered', figures.delivered.perSecond));
  byId('clients').textContent = whole.format(figures.clients);
  byId('replaying').textContent = figures.replaying ? `${whole.format(figures.replaying)} replaying` : 'none replaying';
  showRelay(figures.relay);
  showLatency('page', last.page, last.pageMost);
  showLatency('fast', last.fast, last.fastMost);
  byId('missed').textContent = whole.format(figures.missed);
  byId('gaps').textContent = figures.gaps ? count(figures.gaps, 'gap notice') : 'no gap notices';
  for (const row of byId('clients-table').tBodies[0].rows) {
    const kind = figures.kinds[row.dataset.kind];
    const [clients, rate, lag, gaps] = row.querySelectorAll('td');
    clients.textContent = whole.format(kind.clients);
    rate.textContent = number(smoothed(row.dataset.kind, kind.perSecond));
    lag.textContent = kind.clients ? whole.format(kind.lagEvents) : '–';
    if (kind.clients) {
      const time = document.createElement('small');
      time.textContent = kind.lagEvents ? `${kind.lagEvents === 1 ? 'event' : 'events'}, ${seconds(kind.lagMillis)}` : 'events';
      lag.append(time);
    }
    gaps.textContent = whole.format(kind.gaps);
    row.classList.toggle('lagging', kind.lagEvents > 64);
  }
  const rates = { 2000: '2s', 100: '100ms', 10: '10ms', 1: '1ms' };
  for (const radio of byId('rate-form').elements.rate) {
    if (document.activeElement !== radio || Date.now() - rateChosenAt > 2500) {
      radio.checked = radio.value === rates[figures.interval];
    }
  }
  drawCharts();
}

/** Shows the relay. Its clients here stay connected, whatever happens to the upstream. */
function showRelay(relay) {
  byId('relay').hidden = relay === null;
  if (relay === null) return;
  const text = {
    connecting: `Connecting to ${relay.url} to relay its events.`,
    open: `Relaying ${relay.url}: ${count(relay.relayed, 'event')} so far.`,
    waiting: `${relay.url} is unavailable (${relay.error}). The relay retries; all clients stay connected.`,
    ended: `The relay of ${relay.url} has ended (${relay.error}). All clients stay connected.`,
  }[relay.state];
  byId('relay').textContent = text;
  byId('relay').dataset.state = relay.state;
}

function showLatency(who, half, most) {
  byId(`${who}-latency`).textContent = half === null ? '–' : millis(half);
  byId(`${who}-most`).textContent = half === null ? (who === 'fast' ? 'no fast clients' : '\u00a0') : `99 %: ${millis(most)}`;
}

/** The latest rates by name. A low rate is shown as the mean of some seconds. */
const recent = new Map();

function smoothed(name, rate) {
  const rates = [...(recent.get(name) ?? []), rate].slice(-4);
  recent.set(name, rates);
  const mean = rates.reduce((sum, each) => sum + each, 0) / rates.length;
  return mean < 10 ? mean : rate;
}

// ---- charts ----

const dark = matchMedia('(prefers-color-scheme: dark)');
dark.addEventListener('change', drawCharts);
new ResizeObserver(drawCharts).observe(byId('rate-chart'));
setInterval(drawCharts, 1000);
setInterval(describeCharts, 5000);

function drawCharts() {
  const all = offlineSince === null ? outages : [...outages, { from: offlineSince, to: Date.now() }];
  const rates = points.flatMap(point => [point.published, point.received ?? 0]);
  chart(byId('rate-chart'), points, [['published'], ['received']], linear(Math.max(2, ...rates)), number, all);
  const times = points.flatMap(point => [point.fastMost, point.pageMost]).filter(time => time !== null);
  const label = tick => (tick < 1000 ? `${tick} ms` : `${tick / 1000} s`);
  chart(byId('latency-chart'), points, [['fast', 'fastMost'], ['page', 'pageMost']], logarithmic(times), label, all);
}

function describeCharts() {
  const range = (name, form) => {
    const values = points.map(point => point[name]).filter(value => value !== null);
    return values.length === 0 ? 'no values'
      : `from ${form(Math.min(...values))} to ${form(Math.max(...values))}, now ${form(values.at(-1))}`;
  };
  byId('rate-text').textContent =
    `Last minute, events per second. Published: ${range('published', number)}. Received by this page: ${range('received', number)}.`;
  byId('latency-text').textContent =
    `Last minute, median time from publication to receipt. Fast clients: ${range('fast', millis)}. This page: ${range('page', millis)}.`;
}

byId('latency-tip').addEventListener('click', () => {
  const help = byId('latency-help');
  help.hidden = !help.hidden;
  byId('latency-tip').setAttribute('aria-expanded', String(!help.hidden));
  help.textContent = 'Per second, the line is the median and the shade ends at the 99th percentile. Fast clients: from just before the publication to the write to the client, '
    + 'measured by the server. This page: from the time in the ticker’s text, in whole milliseconds, to this script'
    + (skew() === 0 ? '.' : '; the two clocks differ, so the latency is relative to the smallest one so far.');
});

// ---- controls ----

let rateChosenAt = 0;

/** Posts and returns the JSON of the response. On a failure, shows the reason and returns null. */
async function post(path, body, result) {
  const token = byId('publish-token').value;
  try {
    const response = await fetch(path, {
      method: 'POST', body, headers: token ? { Authorization: `Bearer ${token}` } : {},
    });
    if (response.ok) return await response.json();
    const text = (await response.text()).trim().replace(/^\d{3} /, '');
    if (response.status === 401) {
      byId('token-field').hidden = false;
      byId('publish-token').focus();
      showResult(result, token ? 'This is not the publish token of the server.' : 'This server requires its publish token. Enter it under “Publish an event” and try again.', 'bad');
    } else {
      showResult(result, sentence(text || `the server answered ${response.status}`), 'bad');
    }
  } catch {
    showResult(result, 'The server cannot be reached. Is it still running?', 'bad');
  }
  return null;
}

const sentence = text => `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

function showResult(id, text, how = 'good') {
  const line = byId(id);
  line.textContent = text;
  line.classList.toggle('bad', how === 'bad');
  line.classList.toggle('good', how === 'good');
}

function showCrowd({ fast, slow, stalled }) {
  showResult('clients-result', fast + slow + stalled === 0 ? 'All extra clients are closed.'
    : `There are now ${whole.format(fast)} fast, ${whole.format(slow)} slow and ${whole.format(stalled)} stalled clients.`);
}

async function open(kind, many) {
  const counts = await post(`/clients?count=${many}&kind=${kind}`, '', 'clients-result');
  if (counts) showCrowd(counts);
  return counts;
}

async function closeAll() {
  const counts = await post('/clients?close=all', '', 'clients-result');
  if (counts) showCrowd(counts);
  return counts;
}

async function changeRate(interval) {
  rateChosenAt = Date.now();
  const answer = await post(`/ticker?interval=${interval}`, '', 'rate-result');
  if (answer) showResult('rate-result', '');
  return answer;
}

byId('clients-form').addEventListener('submit', event => {
  event.preventDefault();
  open(byId('clients-kind').value, event.submitter?.value || 10);
});
byId('close-clients').addEventListener('click', closeAll);
byId('rate-form').addEventListener('submit', event => event.preventDefault());
byId('rate-form').addEventListener('change', event => changeRate(event.target.value));
byId('burst').addEventListener('click', async () => {
  const answer = await post('/ticker?burst=1000', '', 'rate-result');
  if (answer) showResult('rate-result', `${count(answer.burst, 'event')} published at once. Clients that cannot keep up replay them from the history.`);
});

byId('show').addEventListener('click', async () => {
  byId('show').disabled = true;
  const started = await closeAll() && await open('fast', 100) && await open('slow', 10) && await open('stalled', 10) && await changeRate('10ms');
  byId('show').disabled = false;
  if (!started && document.activeElement !== byId('publish-token')) byId('clients-result').scrollIntoView({ block: 'center' });
});
byId('reset').addEventListener('click', async () => {
  await closeAll();
  await changeRate('2s');
});

byId('publish-form').addEventListener('submit', async event => {
  event.preventDefault();
  const topic = byId('publish-topic').value.trim();
  const type = byId('publish-type').value.trim();
  const path = topic.split('/').map(encodeURIComponent).join('/');
  const query = type ? `?type=${encodeURIComponent(type)}` : '';
  const receipt = await post(`/publish/${path}${query}`, byId('publish-data').value, 'publish-result');
  if (receipt) {
    showResult('publish-result', ownFigures ? `Published as ${receipt.id}, for the clients of all demos.`
      : `Published as ${receipt.id}: queued for ${count(receipt.queued, 'client')}`
      + (receipt.replaying ? `; ${whole.format(receipt.replaying)} replaying clients will read it from the history` : '')
      + (receipt.dropped ? `; ${whole.format(receipt.dropped)} dropped` : '') + '.');
  }
});
