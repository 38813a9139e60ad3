// What every page does about the line and the device: it keeps what its person may need without signal and ends what another left, says
// what waits, sends it when the line is back, and offers to install the portal.
import { all, drop, here, lapse, put, wipe } from './store.js';
import { counts, hear, learn, me, mine, send } from './queue.js';

const root = document.documentElement;
const owner = root.dataset.owner ?? ''; // of the page: "" for nobody, "?" for the page that belongs to the device itself
const strip = document.getElementById('outbox');

async function say() {
  if (!strip) return;
  const n = await counts();
  const [what, of] = n.refused ? ['refused', n.refused] : n.sealed ? ['sealed', n.sealed] : n.waiting ? ['waiting', n.waiting] : ['elsewhere', n.elsewhere];
  strip.hidden = !of;
  if (!of) return;
  strip.href = what === 'sealed' ? '/sign-in?next=/m/outbox' : '/m/outbox';
  strip.querySelector('[data-said]').textContent = strip.dataset[what].replace('{n}', String(of));
}

// What lies on the device is fetched once an hour at most, or whenever its page is opened where that says so; so much of it at once, that
// a slow line is left to the person: the next page goes on.
const FETCHED = 7;
async function keep() {
  const spots = [...document.querySelectorAll('[data-pack]')];
  if (!spots.length) return;
  const m = await learn();
  if (!m || m.owner !== owner) return;
  const had = new Map((await all('packs')).map((p) => [p.url, p]));
  let n = 0;
  for (const s of spots) {
    const url = s.dataset.pack, was = had.get(url);
    if (was && was.lang === root.lang && Date.now() - was.at < 3600e3 && s.dataset.fresh === undefined) continue;
    if (n++ === FETCHED) break;
    const res = await fetch(url, { headers: { 'HX-Request': 'true', Accept: 'application/json' }, cache: 'no-store' });
    if (res.ok) await put('packs', url, { ...await res.json(), url, owner, lang: root.lang, at: Date.now() });
    else if (res.status === 404) await drop('packs', url);
  }
}

async function settle() {
  if (owner === '') await lapse();
  else if (owner !== '?' && await here()) {
    const m = await me();
    if (m && m.owner !== owner) await lapse();
  }
  await keep();
  await say();
  await again();
}

let waits = 0;
async function again() {
  if (owner === '') return;
  clearTimeout(waits);
  const end = await send().catch(() => 'line');
  if (end === 'line' || end === 'busy') waits = setTimeout(again, end === 'busy' ? 2000 : 20000); // busy: another page or the worker is at it, and may give up
  await say();
}

if (window.isSecureContext && 'indexedDB' in window && window.crypto?.subtle) {
  addEventListener('online', again);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) again(); });
  addEventListener('device:send', again);
  hear(say);
  const begin = () => settle().catch(() => {});
  if (document.readyState === 'complete') begin(); else addEventListener('load', begin);
  if (document.querySelector('.m') && navigator.serviceWorker) {
    addEventListener('load', () => navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready).then((r) => {
      let spoken = root.lang;
      try { spoken = localStorage.getItem('away-lang') || root.lang; localStorage.setItem('away-lang', root.lang); } catch { /* then as it was installed */ }
      if (spoken !== root.lang && owner !== '?') r.active?.postMessage('again');
    }).catch(() => {}));
  }
}

// Signing out leaves nothing of a person on the device; where something still waits to be sent, it asks first.
document.addEventListener('submit', async (e) => {
  const form = e.target;
  if (form.getAttribute('action') !== '/sign-out' || form.dataset.clean || !navigator.onLine || !('indexedDB' in window)) return;
  e.preventDefault();
  e.stopImmediatePropagation();
  const m = await me().catch(() => null);
  const left = m ? (await mine(m)).filter((x) => x.state !== 'sent').length : 0;
  const ask = document.getElementById('leave-unsent');
  if (!left || !ask?.showModal) return leave(form);
  const said = ask.querySelector('[data-n]');
  said.textContent = said.dataset.n.replace('{n}', String(left));
  ask.querySelector('[data-leave]').onclick = () => { ask.close(); leave(form); };
  ask.showModal();
}, true);
async function leave(form) {
  form.dataset.clean = '1';
  await Promise.race([wipe().catch(() => {}), new Promise((r) => { setTimeout(r, 2000); })]);
  form.submit();
}

// The offer to install, until somebody says no. That this browser can do it is known only once a page stands: it is offered from the next
// page on, where it is there from the first paint (theme.js), so that nothing moves under a finger.
let prompt;
const remember = (key, value) => { try { if (value) localStorage.setItem(key, value); else localStorage.removeItem(key); } catch { /* then it is asked again, or not at all */ } };
addEventListener('beforeinstallprompt', (e) => {
  e.preventDefault();
  prompt = e;
  remember('can-install', '1');
});
const declined = () => { delete root.dataset.install; };
addEventListener('appinstalled', () => { declined(); remember('can-install'); });
document.addEventListener('click', async (e) => {
  if (!(e.target instanceof Element)) return;
  if (e.target.closest('[data-install]')) { declined(); remember('can-install'); await prompt?.prompt(); }
  if (e.target.closest('[data-no-install]')) { declined(); remember('no-install', '1'); }
  const share = e.target.closest('a[data-share]');
  if (share && navigator.share) {
    e.preventDefault();
    navigator.share({ title: share.dataset.title, text: share.dataset.title, url: share.dataset.share }).catch((err) => {
      if (err.name !== 'AbortError') location.assign(share.href);
    });
  }
});
