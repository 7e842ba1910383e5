// Charts of the last minute on canvases: lines with a shade above them, and the times when the page was offline.

/** The time that a chart shows, in milliseconds. */
export const WINDOW = 60_000;

/** The maximum distance of two points with a line between them, in milliseconds. */
const MAX_DISTANCE = 2500;

const LEFT = 52;
const TOP = 8;
const RIGHT = 4;
const BOTTOM = 20;

/** A scale with equal steps from 0 to a round number above the maximum. */
export function linear(max) {
  const step = [0.5, 1, 2.5, 5].map(base => base * 10 ** Math.floor(Math.log10(max))).find(size => size * 4 >= max)
    ?? 10 ** Math.ceil(Math.log10(max)) / 2;
  const top = Math.ceil(max / step) * step;
  const ticks = [];
  for (let tick = 0; tick <= top; tick += step) ticks.push(tick);
  return { ticks, y: value => value / top };
}

/** A scale of powers of ten, from 0.1 ms to the maximum. */
export function logarithmic(values) {
  const top = Math.max(2, Math.ceil(Math.log10(Math.max(1, ...values))));
  const ticks = [];
  for (let power = -1; power <= top; power++) ticks.push(10 ** power);
  return { ticks, y: value => (Math.log10(Math.max(0.1, value)) + 1) / (top + 1) };
}

/**
 * Draws a chart.
 *
 * @param points one per second, oldest first: { at, NAME: number or null … }
 * @param lines for each of two lines, the name of its values, and optionally the name of the upper end of its shade
 * @param scale from linear or logarithmic
 * @param label returns the text of a tick
 * @param outages the times { from, to } when the page was offline
 */
export function chart(canvas, points, [one, two], scale, label, outages) {
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (width === 0) return;
  const end = Date.now();
  const bottom = height - BOTTOM;
  const right = width - RIGHT;
  const style = getComputedStyle(document.documentElement);
  const plot = {
    pen: cleared(canvas, width, height),
    color: name => style.getPropertyValue(`--${name}`).trim(),
    right,
    bottom,
    x: at => right - (end - at) / WINDOW * (right - LEFT),
    y: value => bottom - Math.min(1, scale.y(value)) * (bottom - TOP),
  };
  grid(plot, scale.ticks, label);
  times(plot, end, height);
  outages.forEach(outage => shadow(plot, outage));

  const { pen, color } = plot;
  pen.save();
  pen.beginPath();
  pen.rect(LEFT, 0, right - LEFT, height);
  pen.clip();
  pen.lineWidth = 2;
  pen.lineJoin = 'round';
  band(plot, points, one, color('one'));
  band(plot, points, two, color('two'));
  line(plot, points, one[0], color('one'), []);
  line(plot, points, two[0], color('two'), [5, 4]);
  pen.restore();
}

/** Clears the canvas, sets its resolution to that of the screen, and returns its context. */
function cleared(canvas, width, height) {
  const ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = '12px system-ui, sans-serif';
  pen.lineWidth = 1;
  return pen;
}

function grid({ pen, color, right, y }, ticks, label) {
  pen.textAlign = 'right';
  pen.textBaseline = 'middle';
  for (const tick of ticks) {
    const at = Math.round(y(tick)) + 0.5;
    pen.strokeStyle = color('line');
    pen.beginPath();
    pen.moveTo(LEFT, at);
    pen.lineTo(right, at);
    pen.stroke();
    pen.fillStyle = color('quiet');
    pen.fillText(label(tick), LEFT - 6, at);
  }
}

function times({ pen, x }, end, height) {
  pen.textBaseline = 'alphabetic';
  for (const [ago, text, align] of [[60, '60 s ago', 'left'], [30, '30 s ago', 'center'], [0, 'now', 'right']]) {
    pen.textAlign = align;
    pen.fillText(text, x(end - 1000 * ago), height - 4);
  }
}

function shadow({ pen, color, bottom, x }, { from, to }) {
  const start = Math.max(LEFT, x(from));
  if (x(to) <= LEFT) return;
  pen.globalAlpha = 0.14;
  pen.fillStyle = color('wait');
  pen.fillRect(start, TOP, Math.max(2, x(to) - start), bottom - TOP);
  pen.globalAlpha = 1;
  if (x(to) - start > 40) {
    pen.fillStyle = color('wait');
    pen.textAlign = 'center';
    pen.fillText('offline', (start + x(to)) / 2, TOP + 14);
  }
}

/** Shades the area between two values, from point to point. */
function band({ pen, x, y }, data, [low, high], color) {
  if (high === undefined) return;
  pen.fillStyle = color;
  pen.globalAlpha = 0.16;
  data.forEach((point, i) => {
    const before = data[i - 1];
    if (!before || point[low] === null || before[low] === null || point.at - before.at > MAX_DISTANCE) return;
    pen.beginPath();
    pen.moveTo(x(before.at), y(before[low]));
    pen.lineTo(x(before.at), y(before[high]));
    pen.lineTo(x(point.at), y(point[high]));
    pen.lineTo(x(point.at), y(point[low]));
    pen.fill();
  });
  pen.globalAlpha = 1;
}

/** Draws a line that is interrupted where values are missing. */
function line({ pen, x, y }, data, name, color, dash) {
  pen.strokeStyle = color;
  pen.fillStyle = color;
  pen.setLineDash(dash);
  pen.beginPath();
  let before = null;
  for (const point of data) {
    if (point[name] === null) {
      before = null;
      continue;
    }
    if (before === null || point.at - before > MAX_DISTANCE) pen.moveTo(x(point.at), y(point[name]));
    else pen.lineTo(x(point.at), y(point[name]));
    before = point.at;
  }
  pen.stroke();
  pen.setLineDash([]);
  const last = data.at(-1);
  if (last && last[name] !== null && Date.now() - last.at < MAX_DISTANCE) {
    pen.beginPath();
    pen.arc(x(last.at), y(last[name]), 3, 0, 7);
    pen.fill();
  }
}
