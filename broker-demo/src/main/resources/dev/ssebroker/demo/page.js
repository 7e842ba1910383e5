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
  restarted: 'the server was restarted, and its memory begins anew',
  'unknown-id': 'the server does not know the last event id',
  'future-id': 'the last event id is of an event that does not exist yet',
  unavailable: 'what the demos share could not be reached',
  away: 'this tab was away for longer than the other tabs remember',
};
const STATES = { connecting: 'connecting', open: 'live', waiting: 'server away', closed: 'disconnected' };

const byId = id => document.getElementById(id);
const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3,
});
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const precise = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const number = n => (n < 100 ? precise : whole).format(n);
const count = (n, one) => `${whole.format(n)} ${one}${n === 1 ? '' : 's'}`;
const now = () => performance.timeOrigin + performance.now();

// ---- what happened: bounded arrays, drawn once in a while ----

let fresh = [];
let latest = null;
let paused = false;
let held = 0;
let lastAt = null;
let received = 0;
let samples = [];
let smallest = Infinity;

/** One point a second; fast and page are latencies: { at, published, received, fast, fastMost, page, pageMost }. */
let points = [];
let absences = [];
let stats = null;
let receivedAtStats = 0;

// ---- the connection ----

/** While events of the past come in behind a reconnect; null otherwise. */
let replay = null;
let away = null;
let connected = false;

/** Hears of events of any type, whoever published them. */
class Listener extends SseClient {
  dispatchEvent(event) {
    if (event instanceof MessageEvent && !['message', 'stats', 'gap'].includes(event.type)) got(event);
    return super.dispatchEvent(event);
  }
}

const client = new Listener('/events?topic=**', {
  types: ['stats'], shared: true, silence: 45_000, minDelay: 500, maxDelay: 30_000,
});
client.addEventListener('state', showState);
client.addEventListener('message', got);
client.addEventListener('stats', gotStats);
client.addEventListener('gap', gotGap);

byId('toggle').addEventListener('click', () => (client.state === 'closed' ? client.reconnect() : client.close()));
byId('retry-now').addEventListener('click', () => client.reconnect());
byId('curl').textContent = `curl -N ${location.origin}/`;
setInterval(showWaiting, 250);
showState();

function showState() {
  // A try that is under way does not mean that the server is back.
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
  else if (connected && away === null) {
    away = Date.now();
    lastAt = null;
    replay = null;
    byId('connection').classList.remove('gap');
    byId('transport').textContent = '';
    say('clients-result', '');
    say('rate-result', '');
  }
  showWaiting();
  drawCharts();
}

function opened() {
  byId('connection').classList.remove('gap');
  byId('transport').textContent = client.leads
    ? '· this tab holds the connection; others of this site share it' : '· through another tab’s connection';
  if (away !== null) {
    absences.push({ from: away, to: Date.now() });
    absences = absences.filter(absence => absence.to > Date.now() - WINDOW);
    replay = { openedAt: now(), away: Date.now() - away, events: 0, gap: null };
    away = null;
    setTimeout(settle, 3000, replay, 0);
    note('Back. Catching up…');
  } else if (!connected) {
    note('Connected. If the server goes away, this page comes back by itself and misses nothing.');
  }
  connected = true;
}

/** Ends a replay behind which nothing comes that would. */
function settle(current, seen) {
  if (replay !== current) return;
  if (current.events > seen) setTimeout(settle, 3000, current, current.events);
  else replayed();
}

/** The events that come in now were published while the stream was open. */
function replayed() {
  const { events, gap, away: time } = replay;
  replay = null;
  const caught = events > 0 ? `${count(events, 'event')} replayed`
    : gap ? 'nothing could be replayed' : 'nothing was published meanwhile';
  note(gap
    ? `Back after ${seconds(time)}: ${caught}${events > 0 ? ', but' : ';'} ${lost(gap)}.`
    : `Back after ${seconds(time)}: ${caught}${events ? ', none missing' : ''}.`);
  byId('connection').classList.toggle('gap', gap !== null);
  remember({ kind: 'mark', data: `Back after ${seconds(time)}: ${caught}.`, time: new Date(), after: null, tag: '' });
}

function showWaiting() {
  const why = client.error ? ` (${reason(client.error)})` : '';
  if (client.state === 'waiting') {
    const left = client.retryAt === null ? 0 : Math.max(0, Math.ceil((client.retryAt - Date.now()) / 1000));
    note(`The server is away${why}. ${left === 0 ? 'Trying…' : `Next try in ${left} s.`}`);
  } else if (client.state === 'closed') {
    note(`Disconnected${why || ' by you'}. Events go on without this page; Connect replays them.`);
  } else if (client.state === 'connecting') {
    note(connected ? `The server is away${why}. Trying…` : `Opening the stream…${why}`);
  }
}

/** Browsers have words of their own for a server that does not answer. */
function reason(error) {
  const text = String(error?.message ?? error).replace(/\.$/, '');
  if (/^(failed to fetch|load failed|networkerror)/i.test(text)) return 'it cannot be reached';
  return /^(network error|error in input stream)/i.test(text) ? 'the connection broke' : text;
}

function note(text) {
  const line = byId('resume-note');
  if (line.textContent !== text) line.textContent = text;
}

function lost({ missed, reason: why }) {
  const many = missed === null || missed === undefined
    ? 'an unknown number of events is missing'
    : `${count(missed, 'event')} ${missed === 1 ? 'is' : 'are'} missing`;
  return `${many}: ${GAP_REASONS[why] ?? why}`;
}

// ---- events ----

const TIME = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) ([+-]\d\d:\d\d)/;

/** When the ticker published it, by the server's clock; NaN if it does not say. */
function publishedAt(data) {
  const found = TIME.exec(data);
  return found ? Date.parse(`${found[1]}T${found[2]}${found[3]}`) : NaN;
}

/** The server's clock is this one's, unless it is another machine's or proves to be another. */
function skew() {
  const local = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(location.hostname);
  return smallest === Infinity || (local && smallest >= 0) ? 0 : smallest;
}

/** Returns whether the event is of the time before the stream was opened. */
function isOld(published) {
  if (replay === null) return false;
  if (Number.isNaN(published) || published < replay.openedAt - 1 - skew()) return true;
  replayed();
  return false;
}

function measure(published, at) {
  if (Number.isNaN(published)) return;
  const latency = at - published;
  smallest = Math.min(smallest, latency);
  if (samples.length < MAX_SAMPLES) samples.push(latency);
}

function got(event) {
  const at = now();
  const published = publishedAt(event.data);
  const old = isOld(published);
  if (old) replay.events++;
  else {
    measure(published, at);
    received++;
  }
  add({
    kind: old ? 'replayed' : 'event',
    data: event.data,
    time: new Date(),
    after: old || lastAt === null ? null : at - lastAt,
    tag: old ? 'replayed' : event.type === 'message' ? '' : event.type,
  });
  lastAt = at;
  latest = event.data;
}

function gotGap(event) {
  if (replay !== null) replay.gap = event;
  else {
    note(`Still connected, but ${lost(event)}.`);
    byId('connection').classList.add('gap');
  }
  remember({ kind: 'lost', data: `Gap: ${lost(event)}.`, time: new Date(), after: null, tag: event.reason });
}

function add(entry) {
  held++;
  fresh.push(entry);
  if (fresh.length > KEPT) fresh.shift();
  plan();
}

/** Adds what must not be lost among the events; it stays above them, too. */
function remember(entry) {
  add(entry);
  const list = byId('notices');
  list.prepend(row(entry));
  while (list.childElementCount > NOTICES) list.lastElementChild.remove();
  byId('noticed').hidden = false;
}

let planned = false;
let drawnAt = 0;

function plan() {
  if (!planned) {
    planned = true;
    requestAnimationFrame(draw);
  }
}

/** Once per frame at most, and less often than anybody can read. */
function draw(frame) {
  if (frame - drawnAt < (fresh.length > 5 ? DRAW_MANY_EVERY : DRAW_EVERY)) {
    requestAnimationFrame(draw);
    return;
  }
  planned = false;
  drawnAt = frame;
  const id = client.lastEventId || '–';
  if (byId('last-id').textContent !== id) byId('last-id').textContent = id;
  if (paused) {
    byId('pause').textContent = `Resume (${whole.format(held)})`;
    return;
  }
  if (latest !== null) {
    byId('latest').classList.remove('waiting');
    byId('latest').firstElementChild.textContent = shorten(latest);
  }
  const list = byId('events');
  if (fresh.length > 0) list.querySelector('.none')?.remove();
  list.prepend(...fresh.map(row).reverse());
  while (list.childElementCount > KEPT) list.lastElementChild.remove();
  fresh = [];
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
  held = 0;
  byId('pause').textContent = paused ? 'Resume (0)' : 'Pause';
  byId('pause').setAttribute('aria-pressed', String(paused));
  if (!paused) plan();
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

function gotStats(event) {
  const at = now();
  const figures = JSON.parse(event.data);
  const old = isOld(figures.time);
  if (old) {
    // What the server did while nobody looked still belongs on the chart.
    points.push({ at: figures.time + skew(), published: figures.published.perSecond, received: null, page: null, pageMost: null, ...fastOf(figures) });
    trim();
    return;
  }
  // Figures that are asked for are as old as the question is late.
  if (samples.length === 0 && !ownFigures) measure(figures.time, at);
  const sorted = samples.map(sample => Math.max(0.05, sample - skew())).sort((a, b) => a - b);
  const share = part => (sorted.length ? sorted[Math.ceil(part * sorted.length) - 1] : null);
  // By the server's clock: behind a pause of this page, several come at once.
  const whileMs = stats && figures.time - stats.time < 3000 ? figures.time - stats.time : null;
  points.push({
    at: Date.now(),
    published: steady('published', figures.published.perSecond),
    received: whileMs ? steady('received', 1000 * (received - receivedAtStats) / whileMs) : null,
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

/** Where several demos share the stream, it has none's figures: each demo is asked for its own. */
const ownFigures = document.body.dataset.figures;
if (ownFigures) setInterval(askForFigures, 1000);

async function askForFigures() {
  if (client.state !== 'open' || replay !== null) return;
  try {
    const response = await fetch(ownFigures, { signal: AbortSignal.timeout(5000) });
    const data = await response.text();
    if (response.ok && client.state === 'open' && replay === null && JSON.parse(data).time !== stats?.time) gotStats({ data });
  } catch {
    // The stream shows whether the server is away.
  }
}

const fastOf = ({ latency }) => ({ fast: latency?.p50 ?? null, fastMost: latency?.p99 ?? null });

function trim() {
  const begin = Date.now() - WINDOW - 2000;
  points = points.filter(point => point.at > begin).slice(-200);
}

function showStats(figures) {
  const last = points.at(-1);
  byId('published').textContent = number(last.published);
  byId('delivered').textContent = number(steady('delivered', figures.delivered.perSecond));
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
    rate.textContent = number(steady(row.dataset.kind, kind.perSecond));
    lag.textContent = kind.clients ? whole.format(kind.lagEvents) : '–';
    if (kind.clients) {
      const time = document.createElement('small');
      time.textContent = kind.lagEvents ? `${kind.lagEvents === 1 ? 'event' : 'events'}, ${seconds(kind.lagMillis)}` : 'events';
      lag.append(time);
    }
    gaps.textContent = whole.format(kind.gaps);
    row.classList.toggle('late', kind.lagEvents > 64);
  }
  const rates = { 2000: '2s', 100: '100ms', 10: '10ms', 1: '1ms' };
  for (const radio of byId('rate-form').elements.rate) {
    if (document.activeElement !== radio || Date.now() - rateChosenAt > 2500) {
      radio.checked = radio.value === rates[figures.interval];
    }
  }
  drawCharts();
}

/** What is told of another server's stream; its clients here stay, whatever happens to it. */
function showRelay(relay) {
  byId('relay').hidden = relay === null;
  if (relay === null) return;
  const text = {
    connecting: `Connecting to ${relay.url}, to relay its events.`,
    open: `Relaying ${relay.url}: ${count(relay.relayed, 'event')} so far.`,
    waiting: `${relay.url} is away (${relay.error}). It is tried again; all clients stay.`,
    ended: `${relay.url} is relayed no more (${relay.error}). All clients stay.`,
  }[relay.state];
  byId('relay').textContent = text;
  byId('relay').dataset.state = relay.state;
}

function showLatency(who, half, most) {
  byId(`${who}-latency`).textContent = half === null ? '–' : millis(half);
  byId(`${who}-most`).textContent = half === null ? (who === 'fast' ? 'none there' : '\u00a0') : `99 %: ${millis(most)}`;
}

/** The last rates by name: a rate that is low is shown as the mean of some seconds. */
const recent = new Map();

function steady(name, rate) {
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
  const gone = away === null ? absences : [...absences, { from: away, to: Date.now() }];
  const rates = points.flatMap(point => [point.published, point.received ?? 0]);
  chart(byId('rate-chart'), points, [['published'], ['received']], linear(Math.max(2, ...rates)), number, gone);
  const times = points.flatMap(point => [point.fastMost, point.pageMost]).filter(time => time !== null);
  const label = tick => (tick < 1000 ? `${tick} ms` : `${tick / 1000} s`);
  chart(byId('latency-chart'), points, [['fast', 'fastMost'], ['page', 'pageMost']], logarithmic(times), label, gone);
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
    `Last minute, time from publication to receipt, half of the events within. Fast clients: ${range('fast', millis)}. This page: ${range('page', millis)}.`;
}

byId('latency-tip').addEventListener('click', () => {
  const help = byId('latency-help');
  help.hidden = !help.hidden;
  byId('latency-tip').setAttribute('aria-expanded', String(!help.hidden));
  help.textContent = 'Each second: the line is the time that half of the events stayed within, the shade goes up to that of 99 in 100. Fast clients: from before the publication to the client’s write, '
    + 'measured by the server. This page: from the time in the ticker’s text, in whole milliseconds, to this script'
    + (skew() === 0 ? '.' : '; the two clocks are not the same, so it is shown relative to the smallest that was seen.');
});

// ---- what the page can do ----

let rateChosenAt = 0;

/** Returns the JSON of the answer, or shows in words why there is none. */
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
      say(result, token ? 'This is not the token the server was started with.' : 'This server wants its publish token. Enter it under “Publish an event”, and press again.', 'bad');
    } else {
      say(result, sentence(text || `the server answered ${response.status}`), 'bad');
    }
  } catch {
    say(result, 'The server cannot be reached. Is it still running?', 'bad');
  }
  return null;
}

const sentence = text => `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

function say(id, text, how = 'good') {
  const line = byId(id);
  line.textContent = text;
  line.classList.toggle('bad', how === 'bad');
  line.classList.toggle('good', how === 'good');
}

function sayCrowd({ fast, slow, stalled }) {
  say('clients-result', fast + slow + stalled === 0 ? 'All extra clients are closed.'
    : `There are now ${whole.format(fast)} fast, ${whole.format(slow)} slow and ${whole.format(stalled)} stalled clients.`);
}

async function open(kind, many) {
  const counts = await post(`/clients?count=${many}&kind=${kind}`, '', 'clients-result');
  if (counts) sayCrowd(counts);
  return counts;
}

async function closeAll() {
  const counts = await post('/clients?close=all', '', 'clients-result');
  if (counts) sayCrowd(counts);
  return counts;
}

async function changeRate(interval) {
  rateChosenAt = Date.now();
  const answer = await post(`/ticker?interval=${interval}`, '', 'rate-result');
  if (answer) say('rate-result', '');
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
  if (answer) say('rate-result', `${count(answer.burst, 'event')} published at once: whoever cannot take them at once reads them from the history.`);
});

byId('show').addEventListener('click', async () => {
  byId('show').disabled = true;
  const began = await closeAll() && await open('fast', 100) && await open('slow', 10) && await open('stalled', 10) && await changeRate('10ms');
  byId('show').disabled = false;
  if (!began && document.activeElement !== byId('publish-token')) byId('clients-result').scrollIntoView({ block: 'center' });
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
    say('publish-result', ownFigures ? `Published as ${receipt.id}, for the clients of all demos.`
      : `Published as ${receipt.id}: queued for ${count(receipt.queued, 'client')}`
      + (receipt.replaying ? `; ${whole.format(receipt.replaying)} replaying will read it from the history` : '')
      + (receipt.dropped ? `; ${whole.format(receipt.dropped)} dropped` : '') + '.');
  }
});
