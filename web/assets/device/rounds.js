// The page for no signal, for those who call at shops: the round that the device keeps, and visits that are made from it. A visit is one
// entry, from checking in to what came of it; the orders that are taken on it are entries of their own, which are sent before it, and its
// photos behind it.
import { count, written } from './money.js';
import { MOST, keepPhoto, shown, small } from './photos.js';
import { newKey, remove, save } from './queue.js';
import { where } from './where.js';

const iso = (t) => new Date(t).toISOString();
const day = (zone) => new Intl.DateTimeFormat('sv', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format();
const SHOWN = 60;

/** rounds makes the part of the page; page is what it needs of the rest of it. */
export function rounds(page) {
  const { $, word, fill, made, when } = page;
  let who, round, packs = [], pending = [], visit = null, asked = new URL(location.href);
  const at = (s) => s.seller + '-' + s.shop;
  const today = () => round?.days.find((d) => d.on >= day(round.zone)) || round?.days.at(-1);
  const entryOf = (s) => pending.find((e) => e.kind === 'visit' && e.picks && (e.state !== 'sent' || s.state === 'due' || s.state === 'open') && (s.visit && s.state === 'open' ? e.id === s.visit : e.at === at(s) && e.day === today().on));
  const pack = (e) => packs.find((p) => p.url === e.goods);
  const shelf = (e) => packs.find((p) => p.url === e.shelf)?.goods || [];

  function pill(tone, icon, text) {
    const s = made('p-pill'), use = s.querySelector('use');
    s.classList.add('t-' + tone);
    use.setAttribute('href', use.getAttribute('href').split('#')[0] + '#' + icon);
    s.append(text);
    return s;
  }
  const looks = { draft: ['info', 'pencil', word.going], waiting: ['idle', 'clock', word.waits], unknown: ['warn', 'clock', word.waits], refused: ['bad', 'alert-triangle', word.decide], sent: ['ok', 'check', word.sent] };

  function stopRow(s) {
    const row = made('p-stop'), e = entryOf(s), go = row.querySelector('[data-go]');
    row.dataset.stop = s.stop || s.visit;
    const tile = row.querySelector('.m-th');
    tile.classList.add('t-' + (e ? looks[e.state][0] : s.tone));
    tile.querySelector('b').textContent = s.turn || '';
    row.querySelector('[data-name]').textContent = s.name;
    row.querySelector('[data-place]').textContent = [s.place, s.seller_name].filter(Boolean).join(' · ');
    row.querySelector('[data-late]').textContent = s.late || '';
    row.querySelector('[data-ordered]').textContent = s.ordered || '';
    row.querySelector('[data-pills]').append(pill(...(e ? looks[e.state] : [s.tone, s.icon, s.who ? s.word + ' · ' + s.who : s.word])));
    go.hidden = !(e ? e.state === 'draft' : s.state === 'due' || s.state === 'missed' || s.state === 'open');
    go.firstChild.textContent = e || s.state === 'open' ? word.go_on : word.check_in;
    go.querySelector('.visually-hidden').textContent = ' ' + s.name;
    go.addEventListener('click', () => open(e || begun(s), !e));
    return row;
  }

  /** begun is a visit that begins now, or goes on where it began with signal. */
  function begun(s) {
    const e = { key: newKey(), kind: 'visit', state: 'draft', title: s.name, taken: Date.now(), at: at(s), day: today().on, stop: s.stop || '', seller: s.seller, shop: s.shop, shelf: s.shelf, goods: s.goods,
      picks: {}, orders: {}, result: '', reason: '', note: '' };
    return s.visit && s.state === 'open' ? { ...e, id: s.visit, version: s.version, url: `/visits/${s.visit}/check-out` } : { ...e, url: '/visits' };
  }

  let soon;
  const typed = () => { clearTimeout(soon); soon = setTimeout(() => visit && save(who, visit), 300); };
  const wrong = (p) => p.typed !== '' && count(p.typed) === null;

  function goodRow(g) {
    const row = made('p-good'), input = row.querySelector('input'), units = row.querySelector('[data-units]'), p = visit.picks[g.id];
    const pick = () => visit.picks[g.id] ??= { unit: g.units[0].name, typed: '', name: g.name };
    const set = (v) => {
      pick().typed = v;
      if (input.value !== v) input.value = v;
      const bad = wrong(pick());
      row.querySelector('[data-fault]').hidden = !bad;
      bad ? input.setAttribute('aria-invalid', 'true') : input.removeAttribute('aria-invalid');
      said();
      typed();
    };
    row.dataset.count = g.id;
    row.querySelector('[data-name]').textContent = g.name;
    row.querySelector('[data-meta]').textContent = g.sku;
    row.querySelector('[data-price]').textContent = g.units.length > 1 ? '' : g.units[0].word;
    row.querySelectorAll('.m-q .visually-hidden').forEach((s) => { s.textContent += ' ' + g.name; });
    row.querySelector('.m-q').setAttribute('aria-label', fill(word.qty_of, { what: g.name }));
    input.setAttribute('aria-label', fill(word.qty_of, { what: g.name }));
    input.value = p?.typed ?? '';
    input.addEventListener('input', () => set(input.value.trim()));
    row.querySelector('[data-plus]').addEventListener('click', () => set(written((count(input.value || '0') ?? 0n) + 1000n)));
    row.querySelector('[data-less]').addEventListener('click', () => { const q = (count(input.value || '0') ?? 0n) - 1000n; set(q > 0n ? written(q) : '0'); });
    if (g.units.length > 1) {
      units.hidden = false;
      units.setAttribute('aria-label', g.name);
      for (const u of g.units) units.add(new Option(u.word, u.name, false, u.name === p?.unit));
      units.addEventListener('change', () => { pick().unit = units.value; typed(); });
    }
    return row;
  }

  const counted = (e) => Object.entries(e.picks).filter(([, p]) => p.typed !== '');
  function said() { $('visit-counted').textContent = counted(visit).length ? fill(word.n_counted, { n: counted(visit).length }) : ''; }

  function goods() {
    const want = $('visit-find').value.trim().toLowerCase(), all = shelf(visit);
    const hits = all.filter((g) => !want || (g.name + ' ' + g.sku).toLowerCase().includes(want));
    $('visit-goods').replaceChildren(...hits.slice(0, SHOWN).map(goodRow));
    $('visit-more').hidden = hits.length <= SHOWN;
    $('visit-no-goods').hidden = all.length > 0;
    said();
  }

  async function open(e, isNew) {
    visit = e;
    if (isNew) { await save(who, visit); pending.push(visit); }
    $('visit-find').value = '';
    $('visit-spot').value = visit.spot || '';
    $('f-visit-here').checked = !!visit.lat;
    $('visit-here-said').textContent = '';
    $('visit-where').hidden = !!visit.id; // where one stands is said when one checks in
    $('visit-note').value = visit.note;
    $('visit-photo-said').textContent = '';
    $('visit-reason').value = visit.reason;
    for (const r of document.getElementsByName('visit-result')) r.checked = r.value === visit.result;
    $('visit-fault').hidden = true;
    $('h-visit').textContent = visit.title;
    $('visit-since').textContent = fill(word.since, { at: when(visit.taken) });
    $('away-visit').querySelector('[data-order]').hidden = !pack(visit);
    orders();
    photos();
    goods();
    page.mode('visit');
    $('h-visit').focus();
  }

  const live = (e) => Object.entries(e.orders).filter(([key, id]) => id || pending.some((x) => x.key === key)); // of those that nobody has dropped
  function orders() {
    const mine = live(visit).map(([key]) => pending.find((e) => e.key === key) || {});
    $('visit-orders').replaceChildren(...mine.map((e) => {
      const li = document.createElement('li');
      li.textContent = fill(word.order_kept, { n: e.lines?.length || 0 });
      return li;
    }));
  }

  // ---- photos ----
  const taken = (e) => pending.filter((x) => x.kind === 'photo' && x.visit === e.key && x.state !== 'sent');
  function photos() { $('visit-photos').replaceChildren(...shown(who, taken(visit), page)); }

  async function take(input) {
    const e = visit, said = $('visit-photo-said'), files = [...input.files];
    input.value = ''; // so that the same can be chosen again
    said.textContent = '';
    for (const f of files) {
      const blob = await small(f);
      if (!blob) { said.textContent = word.photo_bad; continue; }
      const one = { key: newKey(), state: 'draft', visit: e.key, title: e.title, taken: Date.now(), name: 'rak-' + day() + '.jpg', form: { document_kind: 'visit', phone: '1' },
        lines: [{ text: fill(word.photo_with, { kb: Math.ceil(blob.size / 1000) }) }] };
      if (!await keepPhoto(who, one, blob)) { said.textContent = fill(word.photo_full, { n: MOST }); break; }
    }
  }

  /** dropped takes a visit off the device, and what was photographed on it. */
  async function dropped(e) {
    for (const x of taken(e)) await remove(x.key);
    await remove(e.key);
  }

  function close() {
    clearTimeout(soon);
    visit = null;
    page.mode('round');
  }

  /** formOf is a visit as the form of the portal says it. */
  function formOf(e) {
    const f = { phone: '1', phone_out_at: iso(e.left), result: e.result, reason: e.result === 'none' ? e.reason : '', note: e.note };
    if (e.id) f.version = e.version || '';
    else Object.assign(f, { stop: e.stop, seller: e.seller, shop: e.shop, phone_at: iso(e.taken), spot: e.spot || '', ...(e.lat ? { consent: '1', lat: e.lat, lon: e.lon } : {}) });
    for (const [id, p] of counted(e)) {
      f['qty-' + id] = written(count(p.typed));
      f['unit-' + id] = p.unit;
    }
    for (const [key, id] of live(e)) if (id) f['order-' + key] = id;
    return f;
  }

  function fault() {
    if (counted(visit).some(([, p]) => wrong(p))) return word.bad_count;
    if (!visit.result) return word.need_result;
    if (visit.result === 'none' && !visit.reason) return word.need_reason;
    const any = live(visit).length;
    if (visit.result === 'order' && !any && !visit.id) return word.need_order;
    return visit.result !== 'order' && any ? word.has_order : '';
  }

  async function done() {
    const no = fault();
    $('visit-fault').hidden = !no;
    $('visit-fault').textContent = no;
    if (no) return;
    const n = counted(visit).length, e = { ...visit, state: 'waiting', left: Date.now(), said: undefined }, seen = taken(visit);
    e.form = formOf(e);
    e.needs = live(e).filter(([, id]) => !id).map(([key]) => key);
    e.lines = [word['result_' + e.result], n ? fill(word.n_counted, { n }) : ''].filter(Boolean).map((text) => ({ text }));
    clearTimeout(soon);
    for (const x of seen) await save(who, { ...x, state: 'waiting', needs: [e.key] });
    await save(who, e);
    visit = null;
    page.mode('round');
    await page.kept(word.visit_kept);
  }

  /** outside notes a visit as one that is not of the round. */
  function outside(e) {
    e.url = '/visits';
    e.stop = '';
    delete e.id;
    const { version, ...f } = e.form;
    e.form = { ...f, stop: '', seller: e.seller, shop: e.shop, phone_at: f.phone_at || iso(e.taken), phone_out_at: f.phone_out_at || iso(e.taken) };
  }

  /** refused says what can be done with a visit that the portal did not take. */
  function refused(e, { acts, act, wait, say }) {
    const code = e.said.code, see = (path) => { const a = made('p-open'); a.href = path; acts.append(a); };
    const ids = e.said.fields.map((f) => /^qty-(.+)$/.exec(f.path)?.[1]).filter(Boolean);
    const named = (id) => e.picks?.[id]?.name || packs.find((p) => p.url === `/m/visits/goods?seller=${e.seller}&shop=${e.shop}`)?.goods.find((g) => g.id === id)?.name || '';
    switch (code) {
      case 'visit.taken': case 'visit.not_in_plan':
        act(acts, word.outside, 'pri', () => { outside(e); return wait(e); });
        see('/m/today?on=' + (e.day || ''));
        break;
      case 'visit.closed':
        act(acts, word.as_own, 'pri', () => { outside(e); return wait(e); });
        see('/m/visits/' + e.id);
        break;
      case 'changed':
        act(acts, word.over, 'pri', () => { e.form.version = ''; return wait(e); });
        see('/m/visits/' + e.id);
        break;
      case 'visit.not_listed':
        ids.map(named).filter(Boolean).forEach(say);
        act(acts, word.without, 'pri', () => {
          for (const id of ids) { delete e.form['qty-' + id]; delete e.form['unit-' + id]; delete e.picks?.[id]; }
          return wait(e);
        });
        break;
      default:
        for (const f of e.said.fields) if (f.detail && f.detail !== e.said.detail) say(f.detail);
        act(acts, word.anyway, '', () => wait(e));
    }
  }

  async function edit(e) {
    e.state = 'draft'; // under the key that it has: if it was sent after all, it is not sent again
    await save(who, e);
    await open(e);
  }

  /** ordered notes an order on the visit on which it was taken. */
  async function ordered(key, order) {
    const e = visit?.key === key ? visit : pending.find((x) => x.key === key);
    if (!e) return;
    e.orders[order] = '';
    e.result = 'order';
    await save(who, e);
  }

  async function show(m, all, mine) {
    who = m;
    packs = all;
    const held = visit ? mine.findIndex((e) => e.key === visit.key && e.state === 'draft') : -1;
    if (held >= 0) mine[held] = visit; else visit = null; // what is open is ahead of what is kept
    pending = mine;
    round = all.find((p) => p.kind === 'round');
    for (const e of pending) { // what was sent meanwhile has a number
      if (e.kind !== 'visit' || e.state !== 'draft') continue;
      for (const x of pending) if (e.orders?.[x.key] === '' && x.state === 'sent' && x.path) { e.orders[x.key] = x.path.split('?')[0].split('/').pop(); await save(who, e); }
    }
    if (visit) { orders(); photos(); }
    const d = today();
    if (!d) return;
    $('h-round').textContent = d.said;
    $('away-stops').replaceChildren(...d.stops.map(stopRow));
    $('away-no-stops').hidden = d.stops.length > 0;
    if (round.places.length) document.querySelectorAll('.m-tab a').forEach((a, i) => {
      const p = round.places[i], use = a.querySelector('use');
      a.href = p.href;
      a.removeAttribute('aria-current');
      a.lastChild.textContent = p.word;
      use.setAttribute('href', use.getAttribute('href').split('#')[0] + '#' + p.icon);
    });
    if (!asked) return;
    const q = asked.searchParams, no = /^\/m\/visits\/(\d+)$/.exec(asked.pathname)?.[1], s = d.stops.find((x) => (no ? x.visit === no : q.get('stop') && x.stop === q.get('stop')));
    asked = null; // the page that was wanted is opened once
    if (s && entryOf(s)?.state === 'draft') await open(entryOf(s));
    else if (s && (no && s.state === 'open' || q.get('go'))) await open(begun(s), true);
    else if (s) $('away-stops').querySelector(`[data-stop="${s.stop || s.visit}"]`)?.scrollIntoView({ block: 'center' });
  }

  $('visit-find').addEventListener('input', goods);
  $('visit-spot').addEventListener('input', (e) => { visit.spot = e.target.value; typed(); });
  where($('f-visit-here'), $('visit-here-said'), (lat, lon) => { if (visit) { Object.assign(visit, { lat, lon }); typed(); } });
  $('visit-photo').addEventListener('change', (e) => take(e.target));
  $('visit-note').addEventListener('input', (e) => { visit.note = e.target.value; typed(); });
  $('visit-reason').addEventListener('change', (e) => { visit.reason = e.target.value; typed(); });
  for (const r of document.getElementsByName('visit-result')) r.addEventListener('change', () => { visit.result = r.value; typed(); });
  const part = $('away-visit');
  part.querySelector('[data-done]').addEventListener('click', done);
  part.querySelector('[data-back]').addEventListener('click', async () => { await save(who, visit); close(); await page.show(); });
  part.querySelector('[data-drop]').addEventListener('click', async () => {
    if (!confirm(fill(word.sure, { what: visit.title }))) return;
    const e = visit;
    close();
    await dropped(e);
  });
  part.querySelector('[data-order]').addEventListener('click', async () => { await save(who, visit); page.order(visit.goods, visit.key); });
  return { show, refused, edit, ordered, dropped, open: (key) => { const e = pending.find((x) => x.key === key); return e && open(e); }, has: () => !!round, visiting: () => !!visit,
    stale: () => (round && pending.some((e) => e.kind === 'visit' && e.state === 'sent' && e.done > round.at) ? round.url : '') };
}
