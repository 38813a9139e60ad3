// The one build of the front end: npm packages and web/assets → web/dist, with hashed names, a manifest, and .br and .gz twins.
// Nothing of it is committed; the program embeds web/dist. Only the vendor's CSS is purged: our own classes are composed in Go.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';
import * as esbuild from 'esbuild';
import { PurgeCSS } from 'purgecss';
import { icon } from './icons.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const at = (...p) => path.join(here, ...p);
const npm = (...p) => at('node_modules', ...p);
const dist = at('dist');
const manifest = {};

fs.mkdirSync(dist, { recursive: true });
for (const f of fs.readdirSync(dist)) if (f !== '.gitkeep') fs.rmSync(path.join(dist, f), { recursive: true });

/** emit writes a file under a name that carries its content's hash, and its compressed twins where that pays. */
function emit(name, content) {
  const bytes = Buffer.from(content);
  const ext = path.extname(name);
  const hashed = `${path.basename(name, ext)}.${createHash('sha256').update(bytes).digest('hex').slice(0, 10)}${ext}`;
  fs.writeFileSync(path.join(dist, hashed), bytes);
  let gz = bytes.length;
  if (['.css', '.js', '.svg'].includes(ext)) {
    const g = zlib.gzipSync(bytes, { level: 9 });
    gz = g.length;
    fs.writeFileSync(path.join(dist, hashed + '.gz'), g);
    fs.writeFileSync(path.join(dist, hashed + '.br'), zlib.brotliCompressSync(bytes));
  }
  manifest[name] = hashed;
  console.log(`${hashed.padEnd(28)} ${String(bytes.length).padStart(7)} bytes, ${String(gz).padStart(6)} compressed`);
  return hashed;
}

/** sources reads every template and Go file that can name a class or an icon. */
function sources() {
  const out = [];
  for (const dir of [at('kit'), at('view'), at('..', 'internal', 'site')]) {
    if (!fs.existsSync(dir)) continue;
    for (const f of fs.readdirSync(dir)) {
      if ((f.endsWith('.templ') || f.endsWith('.go')) && !f.endsWith('_templ.go')) out.push(fs.readFileSync(path.join(dir, f), 'utf8'));
    }
  }
  return out;
}

async function styles(inter) {
  const vendor = fs.readFileSync(npm('bootstrap', 'dist', 'css', 'bootstrap.min.css'), 'utf8').replace(/\/\*# sourceMappingURL.*?\*\//, '');
  const [purged] = await new PurgeCSS().purge({
    content: sources().map((raw) => ({ raw, extension: 'html' })),
    css: [{ raw: vendor }],
    variables: true,
    keyframes: true,
    defaultExtractor: (c) => c.match(/[A-Za-z0-9_:/.-]+/g) || [],
    safelist: { standard: ['disabled', 'active'], deep: [/data-bs-theme/] },
  });
  const own = fs.readdirSync(at('assets')).filter((f) => f.endsWith('.css')).sort()
    .map((f) => fs.readFileSync(at('assets', f), 'utf8')).join('\n').replace('inter.woff2', inter);
  const css = await esbuild.transform(purged.css + '\n' + own, { loader: 'css', minify: true, target: 'es2021', legalComments: 'none' });
  emit('app.css', css.code);
}

function icons() {
  const names = new Set(fs.readFileSync(at('assets', 'icons.txt'), 'utf8').split(/\s+/).filter(Boolean));
  for (const s of sources()) for (const m of s.matchAll(/Icon(?:\(|:\s*)"([a-z0-9-]+)"/g)) names.add(m[1]);
  const symbols = [...names].sort().map((n) => {
    const file = npm('@tabler', 'icons', 'icons', 'outline', n + '.svg');
    if (!fs.existsSync(file)) throw new Error(`there is no icon named ${n}`);
    const shapes = [...fs.readFileSync(file, 'utf8').matchAll(/<(?:path|circle|rect|line|polyline)\b[^>]*\/>/g)].map((m) => m[0]);
    return `<symbol id="${n}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">` +
      shapes.filter((x) => !x.includes('M0 0h24v24H0z')).join('') + '</symbol>';
  });
  emit('icons.svg', `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`);
}

async function scripts() {
  for (const f of ['theme.js', 'app.js', 'passkey.js', 'scan.js', 'outbox.js', 'visit.js']) {
    const js = await esbuild.build({ entryPoints: [at('assets', f)], bundle: true, minify: true, format: 'iife', target: 'es2021', write: false });
    emit(f, js.outputFiles[0].contents);
  }
  const plain = (f) => fs.readFileSync(npm('htmx.org', 'dist', f), 'utf8').replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n');
  emit('htmx.js', plain('htmx.min.js') + plain('ext/hx-sse.min.js'));
}

/** worker builds the service worker last: it knows the names of what a phone keeps, so that another asset is another worker. */
async function worker() {
  const kept = ['app.css', 'theme.js', 'htmx.js', 'app.js', 'outbox.js', 'icons.svg', 'mark.svg'].map((n) => '/assets/' + manifest[n]);
  const js = await esbuild.build({ entryPoints: [at('assets', 'worker.js')], bundle: true, minify: true, format: 'iife', target: 'es2021', write: false,
    define: { KEPT: JSON.stringify(kept), VERSION: JSON.stringify(createHash('sha256').update(kept.join()).digest('hex').slice(0, 10)) } });
  emit('worker.js', js.outputFiles[0].contents);
}

const inter = emit('inter.woff2', fs.readFileSync(npm('@fontsource-variable', 'inter', 'files', 'inter-latin-wght-normal.woff2')));
await styles(inter);
icons();
await scripts();
emit('mark.svg', fs.readFileSync(at('assets', 'mark.svg')));
for (const size of [192, 512]) {
  emit(`icon-${size}.png`, icon(fs.readFileSync(at('assets', 'mark.svg'), 'utf8'), size, false));
  emit(`icon-mask-${size}.png`, icon(fs.readFileSync(at('assets', 'mark.svg'), 'utf8'), size, true));
}
await worker();
fs.writeFileSync(path.join(dist, 'manifest.json'), JSON.stringify(manifest, null, 1) + '\n');
