// What was taken without signal: each entry is (kind, key, taken at, address, form), sealed; it keeps its key whatever happens to
// it, so that it is booked once however often it is sent, and a refusal waits for a person.
import { all, drop, forget, get, here, keep, lapse, put } from './store.js';

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

const how = (iv, name) => ({ name: 'AES-GCM', iv, additionalData: bytes.encode(name) });
const seal = async (m, name, plain, iv = crypto.getRandomValues(new Uint8Array(12))) => ({ iv, box: await crypto.subtle.encrypt(how(iv, name), m.key, plain) });
const unseal = (m, name, { iv, box }) => crypto.subtle.decrypt(how(iv, name), m.key, box);

/** save seals an entry as it is now and keeps it, with its photo where it has one. Its state is one of draft, waiting, unknown (sent, and no answer came), refused, sent. */
export function save(m, e, photo) {
  const { key, kind, taken, state } = e, plain = bytes.encode(JSON.stringify(e));
  return after(async () => {
    await keep(key, { key, owner: m.owner, person: m.person, kind, taken, state, ...await seal(m, key, plain) }, photo && await seal(m, 'photo ' + key, photo));
    tell();
  });
}

export const remove = (key) => after(async () => { await forget(key); tell(); });

/** photo are the bytes of an entry's photo. */
export const photo = async (m, key) => unseal(m, 'photo ' + key, await get('photos', key));

/** mine are the entries of a person in its organisation, orders first, photos last, then as they were taken. */
export async function mine(m) {
  const rows = (await all('entries')).filter((r) => r.owner === m.owner);
  const rank = (r) => ({ order: 0, photo: 2 })[r.kind] ?? 1;
  rows.sort((a, b) => rank(a) - rank(b) || a.taken - b.taken);
  const out = [];
  for (const r of rows) {
    try {
      out.push(JSON.parse(text.decode(await unseal(m, r.key, r))));
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

/** formOf is what an entry says to the portal; a photo goes along with it. */
export async function formOf(e, bytesOf) {
  const f = { ...e.form, _key: e.key };
  if (e.kind !== 'photo') return new URLSearchParams(f);
  const out = new FormData();
  for (const k in f) out.append(k, f[k]);
  out.append('file', new Blob([await bytesOf()], { type: 'image/jpeg' }), e.name);
  return out;
}

/** post sends one entry; what it answers is its new state, or "line" (no answer), "later", "sign-in", "stale". */
async function post(m, e, csrf) {
  let res;
  try {
    res = await fetch(e.url, { method: 'POST', body: await formOf(e, () => photo(m, e.key)), cache: 'no-store',
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

/** linked puts the number of what was sent into what was taken together with it: of an order into its visit, of a visit into its photos. */
async function linked(m, list, sent) {
  const no = sent.path.split('?')[0].split('/').pop();
  for (const x of list) {
    if (x.state === 'draft' || !x.needs?.includes(sent.key)) continue;
    x.form[x.kind === 'photo' ? 'document' : 'order-' + sent.key] = no;
    if (x.orders) x.orders[sent.key] = no;
    x.needs = x.needs.filter((k) => k !== sent.key);
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
    if (e.needs?.some((k) => list.some((x) => x.key === k && x.state !== 'sent'))) continue; // its orders, or its visit, come first
    const was = e.state;
    e.state = 'unknown'; // until an answer is here, it may be in the books
    await save(m, e);
    let end = await post(m, e, m.csrf);
    if (end === 'stale') { // the token or the organisation has changed meanwhile
      const again = await learn();
      if (!again || again.owner !== m.owner) return 'sign-in';
      m = again;
      end = await post(m, e, m.csrf);
    }
    if (end === 'line' || end === 'later' || end === 'stale') return 'line';
    if (end === 'sign-in') { e.state = was; await save(m, e); await lapse(); tell(); return 'sign-in'; }
    e.state = end;
    e.done = Date.now();
    await save(m, e);
    if (end !== 'sent') continue;
    if (e.kind === 'photo') await drop('photos', e.key);
    else await linked(m, list, e);
  }
  return 'done';
}

/** send sends what waits, one at a time and in one place at a time: pages and the worker may all call it. */
export async function send() {
  if (!await here()) return 'done';
  if (!navigator.locks) return sendAll();
  return navigator.locks.request('saluran-outbox', { ifAvailable: true }, (lock) => (lock ? sendAll() : 'busy'));
}
