// A client of server-sent event streams for browsers: one module, no dependencies, no build step.
//
//   SseClient          what a page uses; shares one connection among all tabs of the site
//   Connection         one tab's way to the server: fetch or EventSource, watchdog, backoff
//   EventStreamParser  bytes in, events out (WHATWG HTML §9.2.6)

/** How many of the latest events a tab keeps, for other tabs that come back or take over. */
const KEPT = 500;

/** A timer with more than this many milliseconds fires at once. */
const MAX_TIMER = 2 ** 31 - 1;

const DEFAULTS = {
  /** Event types beside `message` and `gap`, which an EventSource must ask for by name. @type {string[]} */
  types: [],
  /** Whether all tabs of the site share one connection. */
  shared: true,
  /** Milliseconds without a byte until the connection is given up and made anew. */
  silence: 45_000,
  /** Milliseconds to wait at least before the next try, and up to which the wait grows. */
  minDelay: 500,
  maxDelay: 30_000,
  /** The id of the event to begin behind; from now on if empty. */
  lastEventId: '',
  /** Header fields of the request; by fetch only. @type {Record<string, string>} */
  headers: {},
  /** Whether cookies go to another site's server. */
  withCredentials: false,
};

/**
 * @typedef {Partial<typeof DEFAULTS>} Options
 * @typedef {{type: string, data: string, lastEventId: string}} StreamEvent
 */

/**
 * The events of one URL. Dispatches a MessageEvent of the event's own type for each of them, `gap` with `missed` and
 * `reason` for events that are lost, and `state` whenever one of the fields below has changed.
 */
export class SseClient extends EventTarget {
  /*
   * One connection for all tabs. Every tab queues up for a lock named after the URL. Who holds it leads: it connects, and
   * posts each event and each state to a BroadcastChannel. The browser passes the lock on when a tab closes, navigates or
   * crashes, so there is never more than one leader, and soon again one.
   *
   * A tab's position is the last event id it has dispatched and how many events it has seen with it (those without
   * an id of their own, such as gap notices, come with the id before them). A new leader connects behind its own position
   * and ignores what the old one may still have under way to it: the server sends that again.
   *
   * The channel is reliable and keeps each sender's order, but not the order between senders or between a sender and the
   * lock. So at a hand-over the others may be ahead of the new leader or behind it, and the old leader's words may
   * arrive after the new one's. Hence:
   *
   * - Each leader has a term, greater than those before it. What comes with an older term is ignored.
   * - A tab that hears of a new leader, or that opens, asks with its position and takes no events before the answer to
   *   this very question. The leader answers with those of its latest events that the tab has not seen, and posts all
   *   later ones after the answer. So nothing is lost or doubled, whatever had been under way.
   * - A tab that is ahead has events that the leader will get from the server only now. It knows the leader's position
   *   from its own latest events, and drops those behind it, by their ids, when they come.
   * - A tab that opened too late to have a position, but leads, takes the position of the first one that asks.
   * - Whoever is further behind than the leader's memory is told of a gap, with the reason 'away'.
   *
   * The leader posts an event before it dispatches it, so that a listener that closes the client loses it for nobody.
   * A page that is frozen or in the back/forward cache runs no code: it leaves before and comes back with its position.
   */

  /** @type {'connecting' | 'open' | 'waiting' | 'closed'} @readonly */ state = 'connecting';
  /** When the next try begins (epoch ms), while waiting. @type {number | null} @readonly */ retryAt = null;
  /** What went wrong last; empty once the stream is open. @readonly */ error = '';
  /** The id of the last event, to begin behind. @readonly */ lastEventId = '';
  /** Whether this tab holds the connection. @readonly */ leads = false;
  /** @type {'fetch' | 'eventsource'} @readonly */ transport;
  /** @readonly */ url;

  #options;
  #shared;
  #seen = 0;
  #term = 0;
  /** @type {string | null} the question that the leader has not answered yet */ #asked = null;
  /** @type {StreamEvent[]} the latest events, oldest first */ #latest = [];
  /** @type {Set<string>} ids that this tab has, and the leader will get once more */ #ahead = new Set();
  /** @type {AbortController | null} from coming to leaving, the back/forward cache included */ #presence = null;
  /** @type {AbortController | null} from opening to closing */ #page = null;
  /** @type {BroadcastChannel | null} */ #channel = null;
  /** @type {Connection | null} */ #connection = null;

  /**
   * Connects at once.
   * @param {string | URL} url where the stream is, relative to the page
   * @param {Options} [options]
   */
  constructor(url, options = {}) {
    super();
    this.#options = { ...DEFAULTS, ...options };
    for (const name of ['silence', 'minDelay', 'maxDelay']) {
      const value = this.#options[name];
      if (!(value > 0)) throw new RangeError(`${name} is ${value}; allowed are milliseconds above 0`);
    }
    this.url = new URL(url, document.baseURI).href;
    this.lastEventId = this.#options.lastEventId ?? '';
    this.transport = canStream() ? 'fetch' : 'eventsource';
    // An EventSource shares nothing: it is for browsers that have no locks either, which exist in secure contexts only.
    this.#shared = this.#options.shared && this.transport === 'fetch'
      && Boolean(navigator.locks) && typeof BroadcastChannel === 'function';
    this.reconnect();
  }

  /** Connects now: without waiting, anew if the stream is open, and again if it was closed. */
  reconnect() {
    if (!this.#page) {
      this.#page = new AbortController();
      const { signal } = this.#page;
      addEventListener('pagehide', () => this.#leave(), { signal });
      addEventListener('pageshow', () => this.#enter(), { signal });
      document.addEventListener('freeze', () => this.#leave(), { signal });
      document.addEventListener('resume', () => this.#enter(), { signal });
      addEventListener('online', () => this.state === 'waiting' && this.#connection?.connect(), { signal });
      this.#enter();
    } else if (this.#connection) {
      this.#connection.connect();
    } else {
      this.#post({ kind: 'reconnect' });
    }
  }

  /** Ends the stream for this tab. If it leads, another one takes over. */
  close() {
    this.#end('');
  }

  #end(error) {
    if (!this.#page) return;
    this.#page.abort();
    this.#page = null;
    this.#leave();
    this.#show({ state: 'closed', retryAt: null, error });
  }

  #enter() {
    if (this.#presence) return;
    this.#presence = new AbortController();
    const { signal } = this.#presence;
    this.#show({ state: 'connecting', retryAt: null, error: this.error });
    if (signal.aborted) return; // A listener has closed it.
    if (!this.#shared) {
      this.#lead();
      return;
    }
    const name = `sse-client ${this.url}`;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = message => this.#hear(message.data);
    this.#ask();
    const held = () => signal.aborted || new Promise(release => {
      signal.addEventListener('abort', release);
      this.#lead();
    });
    // A page without an origin of its own, such as a sandboxed frame, may not have locks.
    navigator.locks.request(name, { signal }, held).catch(() => signal.aborted || this.#lead());
  }

  #leave() {
    this.#presence?.abort();
    this.#presence = null;
    this.#connection?.close();
    this.#connection = null;
    this.#channel?.close();
    this.#channel = null;
    this.leads = false;
  }

  #lead() {
    this.leads = true;
    this.#asked = null;
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
        if (state.state === 'closed') this.#end(state.error);
        else this.#show(state);
      },
    });
    this.#post({ kind: 'lead' });
    this.#connection.connect();
  }

  #post(message) {
    this.#channel?.postMessage({ term: this.leads ? this.#term : null, ...message });
  }

  #hear(message) {
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
        if (message.to === this.#asked) this.#catchUp(message);
        break;
      case 'event':
        if (this.#asked === null && !this.#ahead.delete(message.event.lastEventId)) this.#deliver(message.event);
        break;
      case 'state':
        if (message.state.state === 'closed') this.#end(message.state.error);
        else this.#show(message.state);
        break;
    }
  }

  #ask() {
    this.#asked = `${Date.now()} ${Math.random()}`;
    this.#ahead.clear();
    this.#post({ kind: 'ask', from: this.#asked, lastEventId: this.lastEventId, seen: this.#seen });
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

  /** The events behind a position; null if it is not among the latest. */
  #after(lastEventId, seen) {
    let first = this.#latest.findLastIndex(event => event.lastEventId === lastEventId);
    if (first < 0) return lastEventId === this.lastEventId ? [] : null;
    while (this.#latest[first - 1]?.lastEventId === lastEventId) first--;
    return this.#latest.slice(first + seen);
  }

  #catchUp({ term, events, position, state }) {
    this.#term = term;
    this.#asked = null;
    this.#show(state);
    if (this.lastEventId === '') {
      this.lastEventId = position.lastEventId;
      this.#seen = position.seen;
    } else if (events) {
      events.forEach(event => this.#deliver(event));
    } else {
      const more = position.lastEventId === '' ? null : this.#after(position.lastEventId, position.seen);
      const away = { type: 'gap', data: '{"missed":null,"reason":"away"}', lastEventId: position.lastEventId };
      if (more) this.#ahead = new Set(more.map(event => event.lastEventId));
      else this.#deliver(away);
    }
  }

  /** @param {StreamEvent} event */
  #deliver({ type, data, lastEventId }) {
    if (!this.#presence) return;
    this.#seen = lastEventId === this.lastEventId ? this.#seen + 1 : 1;
    this.lastEventId = lastEventId;
    this.#latest.push({ type, data, lastEventId });
    if (this.#latest.length > KEPT) this.#latest.shift();
    const event = new MessageEvent(type, { data, lastEventId, origin: new URL(this.url).origin });
    this.dispatchEvent(type === 'gap' ? Object.assign(event, missing(data)) : event);
  }

  #show({ state, retryAt, error }) {
    Object.assign(this, { state, retryAt, error });
    this.dispatchEvent(new Event('state'));
  }
}

/** Keeps a stream open: tries again after every failure, until it is closed or the server answers 204. */
class Connection {
  #url;
  #options;
  #transport;
  #client;
  #failures = 0;
  /** @type {number} what the server's `retry:` says */ #retry = 0;
  #error = '';
  #timer = 0;
  /** @type {AbortController | null} the try that is under way or open; what any other one hears is ignored */ #current = null;

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
    // A listener may have closed or reconnected by now.
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
        this.#client.state({ state: 'closed', retryAt: null, error: 'status 204: the server has nothing more to say' });
        return;
      }
      retryAfter = millisOf(response.headers.get('Retry-After'));
      check(response);
      await this.#read(response.body.getReader(), current);
    } catch (e) {
      failure = e.message;
    }
    if (current === this.#current) this.#wait(failure, retryAfter);
  }

  #headers() {
    const headers = new Headers({ Accept: 'text/event-stream', ...this.#options.headers });
    const id = new TextEncoder().encode(this.#client.lastEventId());
    // A field's value is bytes, one for each character; an EventSource sends UTF-8.
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
        // A listener may have closed or reconnected: the rest comes again, to whoever connects next.
        if (current !== this.#current) return;
      }
      this.#retry = parser.retry ?? this.#retry;
      if (performance.now() - begin > this.#options.maxDelay) this.#failures = 0;
    }
  }

  /** For browsers that cannot read a fetch as it comes. Comments and status codes are hidden here. */
  #listen(current) {
    const url = new URL(this.#url);
    // A new EventSource cannot send the field; brokers take the parameter instead.
    const id = this.#client.lastEventId();
    if (id !== '') url.searchParams.set('lastEventId', id);
    const source = new EventSource(url, { withCredentials: this.#options.withCredentials });
    current.signal.addEventListener('abort', () => source.close());
    source.onopen = () => this.#opened();
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) this.#wait('the EventSource gave up', 0);
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

  /** Gives the try up unless this is called again in time. */
  #watch(current) {
    const { silence } = this.#options;
    this.#after(silence, () => current.abort(new Error(`the server was silent for ${silence} ms`)));
  }

  /*
   * The wait is random, from the least to a bound that doubles with each failure: clients that were cut off together do not
   * come back together. The least is what the options and the server's `retry:` or `Retry-After` demand.
   */
  #wait(failure, retryAfter) {
    this.close();
    const least = Math.max(this.#options.minDelay, this.#retry);
    const most = Math.max(least, Math.min(this.#options.maxDelay, least * 2 ** ++this.#failures));
    const delay = Math.min(MAX_TIMER, Math.max(retryAfter, least + Math.random() * (most - least)));
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
 * Reads an event stream as WHATWG HTML §9.2.6 says, whatever the chunks it comes in. Only one thing differs, as it does in
 * browsers: the id before the first one of a stream is the one that the stream was asked to begin behind, not the empty one.
 */
export class EventStreamParser {
  /** The id of the last block that has ended. */ lastEventId;
  /** What the last `retry:` says (ms). @type {number | null} */ retry = null;

  #decoder = new TextDecoder(); // Leaves out one leading BOM and keeps characters that are split.
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
   * @param {Uint8Array} chunk the stream's next bytes
   * @returns {StreamEvent[]} the events that end in it
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

/** Whether this browser reads a response's body as it comes. */
function canStream() {
  return typeof fetch === 'function' && typeof ReadableStream === 'function' && 'body' in Response.prototype;
}

/** Refuses what is not an event stream. */
function check({ status, headers }) {
  const type = headers.get('Content-Type') ?? '';
  if (status !== 200) throw new Error(`status ${status}`);
  if (type.split(';')[0].trim().toLowerCase() !== 'text/event-stream') {
    throw new Error(`content type '${type}' instead of text/event-stream`);
  }
}

/** What a Retry-After says, in seconds or as a date (RFC 9110 §10.2.3); 0 if it says nothing. */
function millisOf(retryAfter) {
  if (/^[0-9]+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  return Math.max(0, Date.parse(retryAfter) - Date.now()) || 0;
}

/** What a gap notice says: how many events are missing, or null if nobody knows, and why. */
function missing(data) {
  try {
    const { missed = null, reason = '' } = JSON.parse(data);
    return { missed, reason };
  } catch {
    return { missed: null, reason: '' };
  }
}
