// The page for no signal: what waits on this device and what became of it, and an order from the goods that the device keeps. Nothing here
// decides for a person: what the portal refused stays as it was taken until somebody sends it otherwise, changes it or drops it.
import { all, put } from './device/store.js';
import { hear, learn, me, mine, newKey, remove, save } from './device/queue.js';
import { rounds } from './device/rounds.js';
import { amount, count, plain, said as money, step, written } from './device/money.js';

const $ = (id) => document.getElementById(id);
const lang = document.documentElement.lang, away = $('away'), word = away.dataset;
const fill = (text, v = {}) => text.replace(/\{(\w+)\}/g, (_, k) => v[k] ?? '');
const when = (t) => new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : 'id', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(t);
const made = (id) => $(id).content.firstElementChild.cloneNode(true);
const SHOWN = 60;
let mode = /^\/(m\/order|m\/cart|orders)/.test(location.pathname) ? 'take' : 'round'; // which part of the page is worked in
const field = rounds({ $, word, fill, made, when,
  show: () => show(),
  mode: (to) => { mode = to; parts(); },
  order: (url, visit) => { mode = 'take'; choose(url); draft.visit = visit; parts(); $('away-take').scrollIntoView(); },
  kept: async (text) => { await show(); toast(text); wake(); } });

let who, packs = [], pack, draft, freshened = new Set();
const good = (id) => pack.goods.find((g) => g.id === id);
const blank = () => ({ key: newKey(), kind: 'order', state: 'draft', url: '/orders', pack: pack.url, picks: {}, note: '' });

// ---- what is taken ----
function lines(p, picks) {
  const out = [];
  for (const [id, pick] of Object.entries(picks)) {
    const g = p.goods.find((x) => x.id === id), q = count(pick.typed);
    if (pick.typed === '' || q === 0n) continue;
    const u = g?.units.find((x) => x.name === pick.unit), at = g && u && q !== null && step(g, u, q);
    out.push({ id, g, u, q, typed: pick.typed, at, bad: !g || !u || q === null || !at && !p.blind, sum: at ? amount(p.currency, at.base, at.price) : 0n });
  }
  return out.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function bar() {
  const ls = lines(pack, draft.picks);
  $('away-bar').hidden = !ls.length || $('away-take').hidden;
  $('away-n').textContent = fill(word.n_lines, { n: ls.length });
  $('away-total').textContent = pack.blind ? '' : money(lang, pack.currency, ls.reduce((s, l) => s + l.sum, 0n));
  $('away-bar').querySelector('[data-take]').disabled = !ls.length || ls.some((l) => l.bad);
}

let soon;
function typed() {
  bar();
  clearTimeout(soon);
  soon = setTimeout(() => save(who, draft), 300); // what is begun is there tomorrow, too
}

function goodRow(g) {
  const row = made('p-good'), input = row.querySelector('input'), units = row.querySelector('[data-units]');
  const pick = () => draft.picks[g.id] ??= { unit: g.unit, typed: '' };
  const look = () => {
    const p = draft.picks[g.id] || { unit: g.unit, typed: '' }, u = g.units.find((x) => x.name === p.unit) || g.units[0], q = count(p.typed || '0');
    const at = q === null ? null : step(g, u, q || 1000n) || g.breaks?.[0] && { price: BigInt(g.breaks[0].price), base: BigInt(u.base) };
    row.querySelector('[data-meta]').textContent = [u.base === 1000 ? '' : fill(word.holds, { unit: u.word, n: written(BigInt(u.base)) + ' ' + g.per }), g.sku, g.usual].filter(Boolean).join(' · ');
    if (at) {
      row.querySelector('[data-price]').textContent = money(lang, pack.currency, amount(pack.currency, BigInt(u.base), at.price)) + '/' + u.word;
      row.querySelector('[data-piece]').textContent = u.base === 1000 ? '' : money(lang, pack.currency, amount(pack.currency, 1000n, at.price)) + '/' + g.per;
    }
    const bad = p.typed !== '' && q !== 0n && lines(pack, { [g.id]: p }).some((l) => l.bad);
    row.querySelector('[data-fault]').hidden = !bad;
    bad ? input.setAttribute('aria-invalid', 'true') : input.removeAttribute('aria-invalid');
  };
  const set = (v) => { pick().typed = v; if (input.value !== v) input.value = v; look(); typed(); };
  row.dataset.good = g.id;
  const tile = row.querySelector('.m-th'), use = tile.querySelector('use');
  tile.className = 'm-th t-' + g.tone;
  use.setAttribute('href', use.getAttribute('href').split('#')[0] + '#' + g.icon);
  row.querySelector('[data-name]').textContent = g.name;
  row.querySelectorAll('.m-q .visually-hidden').forEach((s) => { s.textContent += ' ' + g.name; });
  row.querySelector('.m-q').setAttribute('aria-label', fill(word.qty_of, { what: g.name }));
  input.setAttribute('aria-label', fill(word.qty_of, { what: g.name }));
  input.value = draft.picks[g.id]?.typed || '0';
  input.addEventListener('input', () => set(input.value));
  row.querySelector('[data-plus]').addEventListener('click', () => set(written((count(input.value) ?? 0n) + 1000n)));
  row.querySelector('[data-less]').addEventListener('click', () => { const q = (count(input.value) ?? 0n) - 1000n; set(q > 0n ? written(q) : '0'); });
  if (g.units.length > 1) {
    units.hidden = false;
    units.setAttribute('aria-label', g.name);
    for (const u of g.units) units.add(new Option(u.word, u.name, false, u.name === (draft.picks[g.id]?.unit || g.unit)));
    units.addEventListener('change', () => { pick().unit = units.value; look(); typed(); });
  }
  look();
  return row;
}

function goods() {
  const want = $('away-find').value.trim().toLowerCase();
  const hits = pack.goods.filter((g) => !want || (g.name + ' ' + g.sku).toLowerCase().includes(want));
  const first = hits.filter((g) => draft.picks[g.id]?.typed > '0'), rest = hits.filter((g) => !first.includes(g));
  $('away-goods').replaceChildren(...[...first, ...rest].slice(0, SHOWN).map(goodRow));
  $('away-more').hidden = hits.length <= SHOWN;
}

function choose(url) {
  pack = packs.find((p) => p.url === url) || packs[0];
  draft = pending.find((e) => e.state === 'draft' && e.pack === pack.url) || blank();
  $('away-pair').value = pack.url;
  $('away-note').value = draft.note || '';
  $('away-as-of').textContent = fill(word.as_of, { at: when(pack.at), terms: pack.terms_said });
  $('away-orders').replaceChildren(...pack.orders.map((o) => {
    const b = made('p-act');
    b.className = '';
    b.textContent = o.number + ' · ' + o.on;
    b.addEventListener('click', () => {
      for (const l of o.lines) if (good(l.product)) draft.picks[l.product] = { unit: l.unit, typed: written(BigInt(l.qty)) };
      goods();
      typed();
    });
    return b;
  }));
  goods();
  bar();
}

async function take() {
  const ls = lines(pack, draft.picks);
  if (!ls.length || ls.some((l) => l.bad)) return;
  clearTimeout(soon);
  const other = pack.as === 'buyer' ? pack.seller : pack.buyer;
  const e = { ...draft, state: 'waiting', taken: Date.now(), title: other.name, lang, cur: pack.currency, said: undefined, note: $('away-note').value.trim(),
    lines: ls.map((l) => ({ id: l.id, name: l.g.name, sku: l.g.sku, unit: l.u.name, word: l.u.word, per: l.g.per, qty: String(l.q), price: l.at ? String(l.at.price) : '', sum: String(l.sum) })) };
  e.terms_said = pack.terms_said;
  e.form = formOf(e, pack);
  await save(who, e);
  draft = null;
  if (e.visit) await field.ordered(e.visit, e.key);
  await show();
  if (e.visit) await field.open(e.visit);
  $('away-said').scrollIntoView({ block: 'nearest' });
  toast(word.kept);
  wake();
}
const wake = () => {
  navigator.serviceWorker?.ready.then((r) => r.sync?.register('outbox')).catch(() => {});
  dispatchEvent(new Event('device:send'));
};

/** formOf is an order as the form of the portal says it, with the prices and the terms that were seen. */
function formOf(e, p) {
  const f = { seller: p.seller.id, buyer: p.buyer.id, purpose: p.purpose, terms: p.blind ? '' : p.terms, note: e.note };
  for (const l of e.lines) {
    f['qty-' + l.id] = written(BigInt(l.qty));
    f['unit-' + l.id] = l.unit;
    if (l.price) f['price-' + l.id] = plain(BigInt(l.price));
  }
  return f;
}

// ---- what waits ----
/** changes compares what was taken with what the portal offers now. */
function changes(e, now) {
  return (e.lines || []).map((l) => {
    const g = now.goods.find((x) => x.id === l.id), u = g?.units.find((x) => x.name === l.unit), at = u && step(g, u, BigInt(l.qty));
    return { l, gone: !at, price: at && String(at.price), sum: at && String(amount(now.currency, at.base, at.price)) };
  });
}

function act(e, text, look, run) {
  const b = made('p-act');
  b.textContent = text;
  if (look) b.classList.add(look);
  b.addEventListener('click', async () => { b.disabled = true; await run(); });
  e.append(b);
}

const wait = async (e) => { e.state = 'waiting'; e.said = undefined; await save(who, e); dispatchEvent(new Event('device:send')); };

function refusedRow(row, e, acts) {
  const p = packs.find((x) => x.url === e.pack), code = e.said.code, list = row.querySelector('[data-changes]');
  const say = (text) => { const li = document.createElement('li'); li.textContent = text; list.append(li); };
  const reused = code.endsWith('key_reused');
  const visit = e.kind === 'visit';
  row.querySelector('[data-refused]').textContent = reused ? (visit ? word.reused_visit : word.reused) : visit && code === 'changed' ? word.changed_visit : e.said.detail;
  if (reused) return;
  const diff = p && freshened.has(e.pack) && e.kind === 'order' ? changes(e, p) : [];
  const moved = diff.filter((d) => d.gone || d.price !== d.l.price), terms = p && freshened.has(e.pack) && e.form.terms && p.terms !== e.form.terms;
  for (const d of moved) {
    if (d.gone) say(fill(word.gone, { what: d.l.name }));
    else say(fill(word.changed, { what: d.l.name, was: money(lang, e.cur, amount(e.cur, 1000n, BigInt(d.l.price))), now: money(lang, p.currency, amount(p.currency, 1000n, BigInt(d.price))), unit: d.l.per }));
  }
  if (terms) say(fill(word.terms_changed, { was: e.terms_said, now: p.terms_said }));
  if (visit) { field.refused(e, { acts, act, wait, say }); return; }
  if (!moved.length) for (const f of e.said.fields) if (f.detail && f.detail !== e.said.detail) say(f.detail);
  if (code === 'order.credit_exceeded') act(acts, word.hold, 'pri', () => { e.form.hold_credit = '1'; return wait(e); });
  else if (e.kind === 'order' && (moved.length || terms) && !moved.some((d) => d.gone)) {
    act(acts, word.resend, 'pri', () => {
      e.lines = diff.map((d) => ({ ...d.l, price: d.price, sum: d.sum }));
      e.cur = p.currency;
      e.terms_said = p.terms_said;
      e.form = { ...formOf(e, p), ...(e.form.hold_credit ? { hold_credit: '1' } : {}) };
      return wait(e);
    });
  } else act(acts, word.anyway, '', () => wait(e));
}

function entryRow(e) {
  const row = made('p-entry'), acts = row.querySelector('[data-acts]');
  row.dataset.key = e.key;
  row.querySelector('[data-name]').textContent = e.title;
  row.querySelector('[data-total]').textContent = e.lines?.some((l) => l.price) ? money(lang, e.cur, e.lines.reduce((s, l) => s + BigInt(l.sum), 0n)) : '';
  row.querySelector('[data-when]').textContent = fill(word.taken, { at: when(e.taken) }) + (e.note ? ' · ' + e.note : '');
  for (const l of (e.lines || []).slice(0, 8)) {
    const li = document.createElement('li');
    li.textContent = l.text || written(BigInt(l.qty)) + ' ' + l.word + ' ' + l.name;
    row.querySelector('[data-lines]').append(li);
  }
  row.querySelectorAll('[data-state]').forEach((s) => { s.hidden = s.dataset.state !== e.state; });
  if (e.state === 'sent') {
    if (e.path) { const a = made('p-open'); a.href = e.path.split('?')[0]; acts.append(a); }
    act(acts, word.close, '', () => remove(e.key));
    return row;
  }
  if (e.state === 'refused') refusedRow(row, e, acts);
  if (e.state !== 'unknown') { // what may be in the books already is not changed until the answer is here
    if (e.kind === 'visit' && e.picks && !e.said?.code.endsWith('key_reused')) act(acts, word.edit, '', () => field.edit(e));
    if (e.kind === 'order' && packs.some((p) => p.url === e.pack) && !e.said?.code.endsWith('key_reused')) act(acts, word.edit, '', () => edit(e));
    act(acts, word.remove, '', async () => { if (confirm(fill(word.sure, { what: e.title }))) await field.dropped(e); else await show(); });
  }
  return row;
}

async function edit(e) {
  const begun = pending.find((x) => x.state === 'draft' && x.pack === e.pack && x.key !== e.key);
  if (begun && lines(packs.find((p) => p.url === e.pack), begun.picks).length) { toast(word.other_lines); return show(); }
  if (begun) await remove(begun.key);
  e.state = 'draft'; // under the key that it has: if it was sent after all, it is not sent again
  await save(who, e);
  pack = packs.find((p) => p.url === e.pack);
  draft = null;
  mode = 'take';
  await show();
  $('away-take').scrollIntoView();
}

// ---- the page ----
function toast(text) {
  const t = made('p-toast');
  t.querySelector('.grow').textContent = text;
  document.getElementById('toasts').append(t);
}

// Where the worker answered with this page for another, that one is opened again when the line is back.
let back = location.pathname === '/m/outbox';
function line() {
  const on = navigator.onLine && back, box = $('away-said');
  box.querySelector('.k-alert .grow').textContent = on ? box.dataset.line : box.dataset.none;
  $('away-again').hidden = !on || location.pathname === '/m/outbox';
}

/** parts shows the part of the page that is worked in. */
function parts() {
  if (mode !== 'take' && !field.has()) mode = 'take';
  if (mode === 'visit' && !field.visiting()) mode = 'round';
  if (mode === 'take' && !packs.length && field.has()) mode = 'round';
  const n = pending.filter((e) => e.state !== 'draft').length;
  $('away-waits').hidden = !n || mode === 'visit';
  $('away-round').hidden = mode !== 'round';
  $('away-visit').hidden = mode !== 'visit';
  $('away-take').hidden = mode !== 'take' || !packs.length;
  $('away-take').querySelector('[data-rounds]').hidden = !field.has();
  $('away-round').querySelector('[data-orders]').hidden = !packs.length;
  $('away-empty').hidden = packs.length > 0 || n > 0 || field.has();
  if (packs.length) bar(); else $('away-bar').hidden = true;
}

let pending = [];
async function show() {
  line();
  who = await me();
  pending = who ? await mine(who) : [];
  const kept = who ? (await all('packs')).filter((p) => p.owner === who.owner).sort((a, b) => b.at - a.at) : [];
  packs = kept.filter((p) => !p.kind); // the others are of rounds
  if (pending.some((e) => e.done > performance.timeOrigin)) { back = true; line(); }
  for (const e of pending) if (e.state === 'sent' && Date.now() - e.done > 864e5) await remove(e.key);
  const rows = pending.filter((e) => e.state !== 'draft');
  $('away-waits').querySelector('[data-send]').hidden = !rows.some((e) => e.state === 'waiting' || e.state === 'unknown');
  $('away-entries').replaceChildren(...rows.map(entryRow));
  await field.show(who, kept, pending);
  if (!packs.length) { parts(); return; }
  const select = $('away-pair');
  $('away-pairs').hidden = packs.length < 2;
  select.replaceChildren(...packs.map((p) => new Option(p.as === 'buyer' ? p.seller.name : p.buyer.name + ' ← ' + p.seller.name, p.url)));
  if (!draft || !packs.some((p) => p.url === pack?.url)) choose((pack || pending.find((e) => e.state === 'draft') || {}).url || pending.find((e) => e.state === 'draft')?.pack);
  else { pack = packs.find((p) => p.url === pack.url); select.value = pack.url; }
  parts();
}

// Of what was refused, the goods and prices are fetched anew, so that it can be said what has changed.
async function refresh() {
  const want = [...new Set(pending.filter((e) => e.state === 'refused' && e.pack).map((e) => e.pack))].filter((url) => !freshened.has(url));
  const round = field.stale();
  if (round) want.push(round);
  if (!want.length || !await learn()) return;
  for (const url of want) {
    const res = await fetch(url, { headers: { 'HX-Request': 'true', Accept: 'application/json' }, cache: 'no-store' });
    if (res.ok) await put('packs', url, { ...await res.json(), url, owner: who.owner, lang, at: Date.now() });
    if (res.ok || res.status === 404) freshened.add(url);
  }
  await show();
}

// A round that could not be fetched after its visits were sent is asked for again: the line has just come back, and may go once more.
let tries = 0, turn = Promise.resolve();
const begin = async () => {
  await show();
  await refresh().catch(() => {});
  if (!field.stale()) tries = 0;
  else if (navigator.onLine && tries++ < 5) setTimeout(() => { turn = turn.then(begin).catch(() => {}); }, 2000 * tries);
};
$('away-find').addEventListener('input', goods);
$('away-note').addEventListener('input', (e) => { draft.note = e.target.value; typed(); });
$('away-pair').addEventListener('change', async (e) => { if (Object.keys(draft.picks).length) await save(who, draft); pending = await mine(who); choose(e.target.value); });
document.querySelector('[data-rounds]').addEventListener('click', () => { mode = 'round'; parts(); });
document.querySelector('[data-orders]').addEventListener('click', () => { mode = 'take'; parts(); });
document.querySelector('[data-take]').addEventListener('click', take);
document.querySelector('[data-send]').addEventListener('click', () => dispatchEvent(new Event('device:send')));
addEventListener('online', () => { back = true; line(); });
$('away-again').querySelector('button').addEventListener('click', () => location.reload());
addEventListener('offline', line);
hear(() => { turn = turn.then(async () => { freshened = new Set([...freshened].filter((url) => !pending.some((e) => e.pack === url && e.state === 'unknown'))); await begin(); }).catch(() => {}); });
begin();
