// What was taken without signal: each entry is (kind, key, taken at, address, form), sealed; it keeps its key whatever happens to
// it, so that it is booked once however often it is sent, and a refusal waits for a person.
import { all, drop, get, here, lapse, put } from './store.js';

const bytes = new TextEncoder(), text = new TextDecoder();
const news = typeof BroadcastChannel === 'function' ? new BroadcastChannel('saluran') : null;
export const tell = () => { news?.postMessage(1); dispatchEvent(new Event('device:changed')); };
export const hear = (fn) => { news?.addEventListener('message', fn); addEventListener('device:changed', fn); };

/** newKey makes a key as the forms of the portal carry it. */
export const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');

/** me is whose the device's data is now; null where nobody is known, or the session is over by its own clock. */
export async function me() {
  const m = await get('own', 'me');
  if (m && m.until < Date.now()) { await lapse(); return null; }
  return m || null;
}

/** learn asks the portal whose session this is: the person, null for nobody, undefined where there is no line. */
export async function learn() {
  let res;
  try {
    res = await fetch('/m/device', { headers: { 'HX-Request': 'true', Accept: 'application/json' }, cache: 'no-store' });
  } catch { return undefined; }
  if (res.status >= 429) return undefined;
  if (!res.ok) { await lapse(); return null; }
  const d = await res.json(), was = await get('own', 'me');
  if (was && was.owner !== d.owner) await lapse();
  const raw = Uint8Array.from(atob(d.seal), (c) => c.charCodeAt(0));
  const m = { owner: d.owner, person: d.person, org: d.org, until: d.until, lang: d.lang, at: Date.now(), key: await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']) };
  await put('own', 'me', m);
  return { ...m, csrf: d.csrf };
}

let turn = Promise.resolve(); // sealing is done aside and may end in any order: what was saved last stays
const after = (run) => { const done = turn.then(run); turn = done.catch(() => {}); return done; };

/** save seals an entry as it is now and keeps it. Its state is one of draft, waiting, unknown (sent, and no answer came), refused, sent. */
export function save(m, e) {
  const { key, kind, taken, state } = e, plain = bytes.encode(JSON.stringify(e)), iv = crypto.getRandomValues(new Uint8Array(12));
  return after(async () => {
    const box = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: bytes.encode(key) }, m.key, plain);
    await put('entries', key, { key, owner: m.owner, person: m.person, kind, taken, state, iv, box });
    tell();
  });
}

export const remove = (key) => after(async () => { await drop('entries', key); tell(); });

/** mine are the entries of a person in its organisation, orders first, then as they were taken. */
export async function mine(m) {
  const rows = (await all('entries')).filter((r) => r.owner === m.owner);
  const rank = (r) => (r.kind === 'order' ? 0 : 1);
  rows.sort((a, b) => rank(a) - rank(b) || a.taken - b.taken);
  const out = [];
  for (const r of rows) {
    try {
      out.push(JSON.parse(text.decode(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: r.iv, additionalData: bytes.encode(r.key) }, m.key, r.box))));
    } catch { /* sealed under a key that is no more: it stays, and nobody reads it */ }
  }
  return out;
}

/** counts says what waits: of whoever is known, else of all, without reading any. */
export async function counts() {
  const out = { waiting: 0, refused: 0, sealed: 0, elsewhere: 0 };
  if (!await here()) return out;
  const m = await me();
  for (const r of await all('entries')) {
    if (r.state === 'draft' || r.state === 'sent') continue;
    if (!m) out.sealed++;
    else if (r.owner === m.owner) out[r.state === 'refused' ? 'refused' : 'waiting']++;
    else if (r.person === m.person) out.elsewhere++;
  }
  return out;
}

/** post sends one entry; what it answers is its new state, or "line" (no answer), "later", "sign-in", "stale". */
async function post(e, csrf) {
  let res;
  try {
    res = await fetch(e.url, { method: 'POST', body: new URLSearchParams({ ...e.form, _key: e.key }), cache: 'no-store',
      headers: { 'HX-Request': 'true', Accept: 'application/json', 'X-Csrf-Token': csrf } });
  } catch { return 'line'; }
  if (res.ok) { e.path = res.headers.get('HX-Redirect') || ''; return 'sent'; }
  if (res.status === 401) return 'sign-in';
  if (res.status === 429 || res.status >= 500) return 'later';
  let p = {};
  try { p = await res.json(); } catch { /* said without words of ours */ }
  if (res.status === 403 && p.code === 'site.form_stale' || p.code === 'site.other_org') return 'stale';
  e.said = { status: res.status, code: p.code || '', detail: p.detail || p.title || '', fields: p.fields || [] };
  return 'refused';
}

/** linked puts the number of an order that was sent into what was taken together with it. */
async function linked(m, list, order) {
  const no = order.path.split('?')[0].split('/').pop();
  for (const x of list) {
    if (x.state === 'draft' || !x.needs?.includes(order.key)) continue;
    x.form['order-' + order.key] = no;
    if (x.orders) x.orders[order.key] = no;
    x.needs = x.needs.filter((k) => k !== order.key);
    await save(m, x);
  }
}

async function sendAll() {
  const known = await me();
  if (known && !(await mine(known)).some((e) => e.state === 'waiting' || e.state === 'unknown')) return 'done';
  if (!known && !(await counts()).sealed) return 'done';
  let m = await learn();
  if (m === undefined) return 'line';
  if (!m) { tell(); return 'sign-in'; }
  const list = await mine(m);
  for (const e of list) {
    if (e.state !== 'waiting' && e.state !== 'unknown') continue;
    if (e.needs?.some((k) => list.some((x) => x.key === k && x.state !== 'sent'))) continue; // its orders come first
    const was = e.state;
    e.state = 'unknown'; // until an answer is here, it may be in the books
    await save(m, e);
    let end = await post(e, m.csrf);
    if (end === 'stale') { // the token or the organisation has changed meanwhile
      const again = await learn();
      if (!again || again.owner !== m.owner) return 'sign-in';
      m = again;
      end = await post(e, m.csrf);
    }
    if (end === 'line' || end === 'later' || end === 'stale') return 'line';
    if (end === 'sign-in') { e.state = was; await save(m, e); await lapse(); tell(); return 'sign-in'; }
    e.state = end;
    e.done = Date.now();
    await save(m, e);
    if (end === 'sent' && e.kind === 'order') await linked(m, list, e);
  }
  return 'done';
}

/** send sends what waits, one at a time and in one place at a time: pages and the worker may all call it. */
export async function send() {
  if (!await here()) return 'done';
  if (!navigator.locks) return sendAll();
  return navigator.locks.request('saluran-outbox', { ifAvailable: true }, (lock) => (lock ? sendAll() : 'busy'));
}
