// A client of server-sent event streams for browsers: one module, no dependencies, no build step.
//
//   SseClient          the client of a page; shares one connection among all tabs of the site
//   Connection         the connection of one tab: fetch or EventSource, watchdog, backoff
//   EventStreamParser  bytes in, events out (WHATWG HTML §9.2.6)

/** The number of latest events that a tab keeps, for other tabs that resume or take over. */
const KEPT = 500;

/** The longest delay of a timer in milliseconds. A longer one fires at once. */
const MAX_TIMER = 2 ** 31 - 1;

const DEFAULTS = {
  /** Event types besides `message` and `gap`. An EventSource must subscribe to each by name. @type {string[]} */
  types: [],
  /** Whether all tabs of the site share one connection. */
  shared: true,
  /** Milliseconds without a byte after which the client reconnects. */
  silence: 45_000,
  /** The minimum delay before an attempt, and the maximum to which it grows, in milliseconds. */
  minDelay: 500,
  maxDelay: 30_000,
  /** The id of the event after which the stream starts; empty for new events only. */
  lastEventId: '',
  /** Header fields of the request, with fetch only. @type {Record<string, string>} */
  headers: {},
  /** Whether to send cookies to another origin. */
  withCredentials: false,
};

/**
 * @typedef {Partial<typeof DEFAULTS>} Options
 * @typedef {{type: string, data: string, lastEventId: string}} StreamEvent
 */

/**
 * The events of one URL. Dispatches a MessageEvent of its own type for each event, `gap` with `missed` and `reason` for
 * lost events, and `state` whenever one of the fields below has changed.
 */
export class SseClient extends EventTarget {
  /*
   * One connection for all tabs.
   *
   * Leader. Every tab requests a lock named after the URL. The tab that holds it leads: it connects, and posts each event
   * and each state to a BroadcastChannel. When the leader closes, navigates or crashes, the browser grants the lock to
   * another tab. So there is at most one leader at any time.
   *
   * Position. The position of a tab is the last event id that it has dispatched, and the number of events that it has seen
   * with that id. Events without their own id, such as gap notices, have the id of the previous event. A new leader connects
   * after its own position. It ignores events of the old leader that are still in transit, since the server sends them again.
   *
   * Message order. The channel is reliable and preserves the order of each sender, but not the order between senders, or
   * between a sender and the lock. So after a handover, other tabs may be ahead of the new leader or lag behind it, and
   * messages of the old leader may arrive after those of the new one. Therefore:
   *
   * - Each leader has a term, which is greater than all earlier ones. Tabs ignore messages of an older term.
   * - A tab that opens, or that is notified of a new leader, asks with its position. It accepts no events before the answer
   *   to this question. The leader answers with those of its latest events that the tab has not seen, and posts all later
   *   events after the answer. So nothing is lost or duplicated, whatever is in transit.
   * - A tab that is ahead has events that the new leader still has to receive from the server. It finds the position of the
   *   leader in its own latest events, and drops the events after that position, by their ids, when they arrive.
   * - A leader that opened too late to have a position adopts the position of the first tab that asks.
   * - A tab that lags further than the latest events of the leader reach receives a gap with the reason 'lagged'.
   *
   * Dispatch last. The leader posts an event before it dispatches it, so that a listener that closes the client loses the
   * event for no other tab.
   *
   * Suspended pages. A page that is frozen or in the back/forward cache runs no code. It gives up the lock before that, and
   * resumes with its position.
   */

  /** @type {'connecting' | 'open' | 'waiting' | 'closed'} @readonly */ state = 'connecting';
  /** When the next attempt starts (epoch ms), while waiting. @type {number | null} @readonly */ retryAt = null;
  /** The last error; empty once the stream is open. @readonly */ error = '';
  /** The id of the last event, after which the client resumes. @readonly */ lastEventId = '';
  /** Whether this tab has the connection. @readonly */ leads = false;
  /** @type {'fetch' | 'eventsource'} @readonly */ transport;
  /** @readonly */ url;

  #options;
  #shared;
  #seen = 0;
  #term = 0;
  /** @type {string | null} the id of the question that the leader has not answered yet */ #question = null;
  /** @type {StreamEvent[]} the latest events, oldest first */ #latest = [];
  /** @type {Set<string>} ids of events that this tab has, and that the leader will post again */ #ahead = new Set();
  /** @type {AbortController | null} while the client is active: open, and its page not suspended */ #active = null;
  /** @type {AbortController | null} while the client is open */ #open = null;
  /** @type {BroadcastChannel | null} */ #channel = null;
  /** @type {Connection | null} */ #connection = null;

  /**
   * Connects at once.
   * @param {string | URL} url the stream, relative to the page
   * @param {Options} [options]
   */
  constructor(url, options = {}) {
    super();
    this.#options = { ...DEFAULTS, ...options };
    for (const name of ['silence', 'minDelay', 'maxDelay']) {
      const value = this.#options[name];
      if (!(value > 0)) throw new RangeError(`${name} is ${value}; it must be above 0 ms`);
    }
    this.url = new URL(url, document.baseURI).href;
    this.lastEventId = this.#options.lastEventId ?? '';
    this.transport = canStream() ? 'fetch' : 'eventsource';
    // Browsers without fetch streams have no locks either. Locks exist in secure contexts only.
    this.#shared = this.#options.shared && this.transport === 'fetch'
      && Boolean(navigator.locks) && typeof BroadcastChannel === 'function';
    this.reconnect();
  }

  /** Connects now: ends a wait, replaces an open stream, and reopens a closed client. */
  reconnect() {
    if (!this.#open) {
      this.#open = new AbortController();
      const { signal } = this.#open;
      addEventListener('pagehide', () => this.#deactivate(), { signal });
      addEventListener('pageshow', () => this.#activate(), { signal });
      document.addEventListener('freeze', () => this.#deactivate(), { signal });
      document.addEventListener('resume', () => this.#activate(), { signal });
      addEventListener('online', () => this.state === 'waiting' && this.#connection?.connect(), { signal });
      this.#activate();
    } else if (this.#connection) {
      this.#connection.connect();
    } else {
      this.#post({ kind: 'reconnect' });
    }
  }

  /** Closes the stream of this tab. If this tab leads, another one takes over. */
  close() {
    this.#close('');
  }

  #close(error) {
    if (!this.#open) return;
    this.#open.abort();
    this.#open = null;
    this.#deactivate();
    this.#show({ state: 'closed', retryAt: null, error });
  }

  #activate() {
    if (this.#active) return;
    this.#active = new AbortController();
    const { signal } = this.#active;
    this.#show({ state: 'connecting', retryAt: null, error: this.error });
    if (signal.aborted) return; // A listener has closed the client.
    if (!this.#shared) {
      this.#lead();
      return;
    }
    const name = `sse-client ${this.url}`;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = message => this.#receive(message.data);
    this.#ask();
    const held = () => signal.aborted || new Promise(release => {
      signal.addEventListener('abort', release);
      this.#lead();
    });
    // A page with an opaque origin, such as a sandboxed frame, cannot use locks.
    navigator.locks.request(name, { signal }, held).catch(() => signal.aborted || this.#lead());
  }

  #deactivate() {
    this.#active?.abort();
    this.#active = null;
    this.#connection?.close();
    this.#connection = null;
    this.#channel?.close();
    this.#channel = null;
    this.leads = false;
  }

  #lead() {
    this.leads = true;
    this.#question = null;
    this.#ahead.clear();
    this.#term = Math.max(this.#term + 1, Date.now());
    this.#connection = new Connection(this.url, this.#options, this.transport, {
      lastEventId: () => this.lastEventId,
      event: event => {
        this.#post({ kind: 'event', event });
        this.#deliver(event);
      },
      state: state => {
        this.#post({ kind: 'state', state });
        if (state.state === 'closed') this.#close(state.error);
        else this.#show(state);
      },
    });
    this.#post({ kind: 'lead' });
    this.#connection.connect();
  }

  #post(message) {
    this.#channel?.postMessage({ term: this.leads ? this.#term : null, ...message });
  }

  #receive(message) {
    if (message.term === null ? !this.leads : this.leads || message.term < this.#term) return;
    switch (message.kind) {
      case 'reconnect':
        this.#connection.connect();
        break;
      case 'ask':
        this.#answer(message);
        break;
      case 'lead':
        this.#term = message.term;
        this.#ask();
        break;
      case 'answer':
        if (message.to === this.#question) this.#catchUp(message);
        break;
      case 'event':
        if (this.#question === null && !this.#ahead.delete(message.event.lastEventId)) this.#deliver(message.event);
        break;
      case 'state':
        if (message.state.state === 'closed') this.#close(message.state.error);
        else this.#show(message.state);
        break;
    }
  }

  #ask() {
    this.#question = `${Date.now()} ${Math.random()}`;
    this.#ahead.clear();
    this.#post({ kind: 'ask', from: this.#question, lastEventId: this.lastEventId, seen: this.#seen });
  }

  #answer({ from, lastEventId, seen }) {
    if (this.lastEventId === '' && lastEventId !== '') {
      this.lastEventId = lastEventId;
      this.#seen = seen;
      this.#connection.connect();
    }
    const events = lastEventId === '' ? [] : this.#after(lastEventId, seen);
    const { state, retryAt, error } = this;
    const position = { lastEventId: this.lastEventId, seen: this.#seen };
    this.#post({ kind: 'answer', to: from, events, position, state: { state, retryAt, error } });
  }

  /** Returns the latest events after a position; null if they do not reach back that far. */
  #after(lastEventId, seen) {
    let first = this.#latest.findLastIndex(event => event.lastEventId === lastEventId);
    if (first < 0) return lastEventId === this.lastEventId ? [] : null;
    while (this.#latest[first - 1]?.lastEventId === lastEventId) first--;
    return this.#latest.slice(first + seen);
  }

  #catchUp({ term, events, position, state }) {
    this.#term = term;
    this.#question = null;
    this.#show(state);
    if (this.lastEventId === '') {
      this.lastEventId = position.lastEventId;
      this.#seen = position.seen;
    } else if (events) {
      events.forEach(event => this.#deliver(event));
    } else {
      const ahead = position.lastEventId === '' ? null : this.#after(position.lastEventId, position.seen);
      const gap = { type: 'gap', data: '{"missed":null,"reason":"lagged"}', lastEventId: position.lastEventId };
      if (ahead) this.#ahead = new Set(ahead.map(event => event.lastEventId));
      else this.#deliver(gap);
    }
  }

  /** @param {StreamEvent} event */
  #deliver({ type, data, lastEventId }) {
    if (!this.#active) return;
    this.#seen = lastEventId === this.lastEventId ? this.#seen + 1 : 1;
    this.lastEventId = lastEventId;
    this.#latest.push({ type, data, lastEventId });
    if (this.#latest.length > KEPT) this.#latest.shift();
    const event = new MessageEvent(type, { data, lastEventId, origin: new URL(this.url).origin });
    this.dispatchEvent(type === 'gap' ? Object.assign(event, gapOf(data)) : event);
  }

  #show({ state, retryAt, error }) {
    Object.assign(this, { state, retryAt, error });
    this.dispatchEvent(new Event('state'));
  }
}

/** Keeps a stream open. Retries after every failure until it is closed or the server answers 204. */
class Connection {
  #url;
  #options;
  #transport;
  #client;
  #failures = 0;
  /** @type {number} the latest `retry:` of the server (ms) */ #retry = 0;
  #error = '';
  #timer = 0;
  /** @type {AbortController | null} the current attempt or open stream; callbacks of others are ignored */ #current = null;

  constructor(url, options, transport, client) {
    this.#url = url;
    this.#options = options;
    this.#transport = transport;
    this.#client = client;
  }

  connect() {
    this.close();
    const current = (this.#current = new AbortController());
    this.#client.state({ state: 'connecting', retryAt: null, error: this.#error });
    // A listener may have closed or reconnected the client.
    if (current !== this.#current) return;
    if (this.#transport === 'fetch') this.#fetch(current);
    else this.#listen(current);
  }

  close() {
    clearTimeout(this.#timer);
    const last = this.#current;
    this.#current = null;
    last?.abort();
  }

  async #fetch(current) {
    let failure = 'the server ended the stream';
    let retryAfter = 0;
    try {
      this.#watch(current);
      const response = await fetch(this.#url, {
        headers: this.#headers(),
        credentials: this.#options.withCredentials ? 'include' : 'same-origin',
        cache: 'no-store',
        signal: current.signal,
      });
      if (current !== this.#current) return;
      if (response.status === 204) {
        this.close();
        this.#client.state({ state: 'closed', retryAt: null, error: 'status 204: the server has no more events' });
        return;
      }
      retryAfter = millisOf(response.headers.get('Retry-After'));
      check(response);
      await this.#read(response.body.getReader(), current);
    } catch (e) {
      // The reason of an abort, which a browser may replace by an error of its own.
      failure = (current.signal.aborted ? current.signal.reason : e).message;
    }
    if (current === this.#current) this.#wait(failure, retryAfter);
  }

  #headers() {
    const headers = new Headers({ Accept: 'text/event-stream', ...this.#options.headers });
    const id = new TextEncoder().encode(this.#client.lastEventId());
    // A field value has one character per byte. The standard requires UTF-8, as an EventSource sends it.
    if (id.length > 0) headers.set('Last-Event-ID', String.fromCharCode(...id));
    return headers;
  }

  async #read(reader, current) {
    const parser = new EventStreamParser(this.#client.lastEventId());
    const begin = performance.now();
    this.#opened();
    while (current === this.#current) {
      const { done, value } = await reader.read();
      if (done || current !== this.#current) return;
      this.#watch(current);
      for (const event of parser.feed(value)) {
        this.#failures = 0;
        this.#client.event(event);
        // A listener may have closed or reconnected the client. The next connection receives the rest.
        if (current !== this.#current) return;
      }
      this.#retry = parser.retry ?? this.#retry;
      if (performance.now() - begin > this.#options.maxDelay) this.#failures = 0;
    }
  }

  /** The fallback for browsers without fetch streams. It does not see comments and status codes. */
  #listen(current) {
    const url = new URL(this.#url);
    // A new EventSource cannot send Last-Event-ID; brokers accept this parameter instead.
    const id = this.#client.lastEventId();
    if (id !== '') url.searchParams.set('lastEventId', id);
    const source = new EventSource(url, { withCredentials: this.#options.withCredentials });
    current.signal.addEventListener('abort', () => source.close());
    source.onopen = () => this.#opened();
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) this.#wait('the EventSource failed', 0);
      else this.#client.state({ state: 'connecting', retryAt: null, error: (this.#error = 'the connection was lost') });
    };
    for (const type of new Set(['message', 'gap', ...this.#options.types])) {
      source.addEventListener(type, ({ data, lastEventId }) => {
        this.#failures = 0;
        this.#client.event({ type, data, lastEventId });
      });
    }
  }

  #opened() {
    this.#error = '';
    this.#client.state({ state: 'open', retryAt: null, error: '' });
  }

  /** Aborts the attempt unless it is called again in time. */
  #watch(current) {
    const { silence } = this.#options;
    this.#after(silence, () => current.abort(new Error(`the server was silent for ${silence} ms`)));
  }

  /*
   * Backoff. The delay is random, between a minimum and a bound that doubles with each failure, so that clients that fail
   * together do not reconnect together. The minimum is the largest of the option and the server's `retry:` and `Retry-After`.
   */
  #wait(failure, retryAfter) {
    this.close();
    const min = Math.max(this.#options.minDelay, this.#retry);
    const bound = Math.max(min, Math.min(this.#options.maxDelay, min * 2 ** ++this.#failures));
    const delay = Math.min(MAX_TIMER, Math.max(retryAfter, min + Math.random() * (bound - min)));
    this.#error = failure;
    this.#after(delay, () => this.connect());
    this.#client.state({ state: 'waiting', retryAt: Date.now() + delay, error: failure });
  }

  #after(millis, action) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, Math.min(MAX_TIMER, millis));
  }
}

/**
 * Parses an event stream (WHATWG HTML §9.2.6), however it is split into chunks. It differs from the standard in one point, as
 * browsers do: the initial last event id is the id after which the stream was requested, not the empty string.
 */
export class EventStreamParser {
  /** The id of the last complete block. */ lastEventId;
  /** The last `retry:` (ms). @type {number | null} */ retry = null;

  #decoder = new TextDecoder(); // Skips one leading BOM and handles split characters.
  #line = '';
  #afterCr = false;
  #type = '';
  #data = '';
  #id;

  constructor(lastEventId = '') {
    this.lastEventId = lastEventId;
    this.#id = lastEventId;
  }

  /**
   * @param {Uint8Array} chunk the next bytes of the stream
   * @returns {StreamEvent[]} the events that are complete with this chunk
   */
  feed(chunk) {
    const events = [];
    let text = this.#decoder.decode(chunk, { stream: true });
    if (text === '') return events;
    if (this.#afterCr && text[0] === '\n') text = text.slice(1);
    this.#afterCr = text.endsWith('\r');
    let start = 0;
    for (const end of text.matchAll(/\r\n?|\n/g)) {
      const line = this.#line + text.slice(start, end.index);
      start = end.index + end[0].length;
      this.#line = '';
      if (line === '') this.#dispatch(events);
      else this.#field(line);
    }
    this.#line += text.slice(start);
    return events;
  }

  #field(line) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') this.#data += `${value}\n`;
    else if (name === 'event') this.#type = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    else if (name === 'retry' && /^[0-9]+$/.test(value)) this.retry = Number(value);
  }

  #dispatch(events) {
    this.lastEventId = this.#id;
    if (this.#data !== '') {
      events.push({ type: this.#type || 'message', data: this.#data.slice(0, -1), lastEventId: this.#id });
    }
    this.#data = '';
    this.#type = '';
  }
}

/** Returns whether this browser can stream the body of a response. */
function canStream() {
  return typeof fetch === 'function' && typeof ReadableStream === 'function' && 'body' in Response.prototype;
}

/** Throws if the response is not an event stream. */
function check({ status, headers }) {
  const type = headers.get('Content-Type') ?? '';
  if (status !== 200) throw new Error(`status ${status}`);
  if (type.split(';')[0].trim().toLowerCase() !== 'text/event-stream') {
    throw new Error(`content type '${type}' instead of text/event-stream`);
  }
}

/** Returns the delay of a Retry-After, which is in seconds or a date (RFC 9110 §10.2.3); 0 if there is none. */
function millisOf(retryAfter) {
  if (/^[0-9]+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  return Math.max(0, Date.parse(retryAfter) - Date.now()) || 0;
}

/** Parses a gap notice: the number of lost events, or null if it is unknown, and the reason. */
function gapOf(data) {
  try {
    const { missed = null, reason = '' } = JSON.parse(data);
    return { missed, reason };
  } catch {
    return { missed: null, reason: '' };
  }
}
