// The icons of the installed portal, drawn from our own mark: a rounded square and strokes with round ends, so that a distance to a
// line says how much of a pixel is covered. Nothing else of SVG is understood, and the build fails on it.
import zlib from 'node:zlib';

/** strokes flattens the path of the mark into short straight pieces. */
function strokes(d) {
  const word = d.match(/[a-zA-Z]|-?\d*\.?\d+/g), out = [];
  let at = 0, x = 0, y = 0, cmd = '';
  const n = () => Number(word[at++]);
  const to = (nx, ny) => { out.push([x, y, nx, ny]); [x, y] = [nx, ny]; };
  while (at < word.length) {
    if (/[a-zA-Z]/.test(word[at])) cmd = word[at++];
    if (cmd === 'M') [x, y] = [n(), n()];
    else if (cmd === 'h') to(x + n(), y);
    else if (cmd === 'c') {
      const [x0, y0] = [x, y], p = Array.from({ length: 6 }, n);
      for (let i = 1; i <= 24; i++) {
        const t = i / 24, a = 3 * t * (1 - t) ** 2, b = 3 * t * t * (1 - t), c = t ** 3;
        to(x0 + a * p[0] + b * p[2] + c * p[4], y0 + a * p[1] + b * p[3] + c * p[5]);
      }
    } else throw new Error(`the mark has a stroke that is not drawn: ${cmd}`);
  }
  return out;
}

const rgb = (c) => (c.length === 4 ? [...c.slice(1)].map((h) => h + h) : c.match(/\w\w/g)).map((h) => parseInt(h, 16));
const near = ([ax, ay, bx, by], x, y) => {
  const dx = bx - ax, dy = by - ay, t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
};

const crcs = Uint32Array.from({ length: 256 }, (_, n) => { for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1; return n; });
const crc = (b) => (b.reduce((c, v) => crcs[(c ^ v) & 255] ^ (c >>> 8), -1) ^ -1) >>> 0;

function chunk(kind, body) {
  const b = Buffer.concat([Buffer.from(kind), body]), out = Buffer.alloc(body.length + 12);
  out.writeUInt32BE(body.length, 0);
  b.copy(out, 4);
  out.writeUInt32BE(crc(b), body.length + 8);
  return out;
}

/** icon draws the mark as a PNG of so many pixels; a maskable one fills its square, for the system cuts it to its own shape. */
export function icon(svg, size, maskable) {
  const box = Number(svg.match(/viewBox="0 0 (\d+) \1"/)[1]), rx = maskable ? 0 : Number(svg.match(/rx="([\d.]+)"/)[1]);
  const ground = rgb(svg.match(/<rect[^>]*fill="(#\w+)"/)[1]), ink = rgb(svg.match(/stroke="(#\w+)"/)[1]);
  const half = Number(svg.match(/stroke-width="([\d.]+)"/)[1]) / 2, lines = strokes(svg.match(/<path d="([^"]+)"/)[1]);
  const px = box / size, row = size * 4 + 1, raw = Buffer.alloc(row * size), mid = box / 2;
  const cover = (d) => Math.min(1, Math.max(0, 0.5 - d / px));
  for (let j = 0; j < size; j++) for (let i = 0; i < size; i++) {
    const x = (i + 0.5) * px, y = (j + 0.5) * px;
    const edge = Math.hypot(Math.max(0, Math.abs(x - mid) - mid + rx), Math.max(0, Math.abs(y - mid) - mid + rx)) - rx;
    const on = cover(Math.min(...lines.map((l) => near(l, x, y))) - half), at = j * row + 1 + i * 4;
    for (let c = 0; c < 3; c++) raw[at + c] = Math.round(ground[c] + (ink[c] - ground[c]) * on);
    raw[at + 3] = maskable ? 255 : Math.round(255 * cover(edge));
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', zlib.deflateSync(raw, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}
