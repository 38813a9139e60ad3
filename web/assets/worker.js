// The service worker: it keeps the assets of a phone page and the page for no signal, answers with them when the line is lost, and sends
// what waits when the system says that the line is back. All else passes it by: it touches no API, no stream, no file and no write.
import { send } from './device/queue.js';

const CACHE = 'saluran-' + VERSION, AWAY = '/m/outbox';
const kept = new Set(KEPT);

addEventListener('install', (e) => e.waitUntil((async () => {
  const c = await caches.open(CACHE);
  await c.addAll(KEPT);
  await c.put(AWAY, await fetch(AWAY, { cache: 'no-store' }));
  await skipWaiting();
})()));

addEventListener('activate', (e) => e.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith('saluran-') && name !== CACHE) await caches.delete(name);
  await clients.claim();
})()));

const passes = /^\/(api|files|attachments|assets)\/|\/(pdf|stream|workbook|template)$|\.json$/;

addEventListener('fetch', (e) => {
  const at = new URL(e.request.url);
  if (e.request.method !== 'GET' || at.origin !== location.origin) return;
  if (kept.has(at.pathname)) {
    e.respondWith(caches.match(at.pathname).then((hit) => hit || fetch(e.request)));
  } else if (e.request.mode === 'navigate' && !passes.test(at.pathname)) {
    e.respondWith(fetch(e.request).catch(async (lost) => {
      const page = await caches.match(AWAY);
      if (!page) throw lost;
      return page;
    }));
  }
});

addEventListener('sync', (e) => {
  if (e.tag === 'outbox') e.waitUntil(send().then((end) => { if (end === 'line') throw new Error('no line yet'); }));
});

// The page for no signal speaks the language of whoever uses the phone.
addEventListener('message', (e) => {
  if (e.data === 'again') e.waitUntil(fetch(AWAY, { cache: 'no-store' }).then(async (res) => { if (res.ok) await (await caches.open(CACHE)).put(AWAY, res); }, () => {}));
});
