// A visit carries the time of the phone; where the person stands is asked of the phone only when the box is ticked; and what is done on a
// visit while the line is lost is kept on the device.
import { MOST, keepPhoto, small } from './device/photos.js';
import { formOf, me, mine, newKey, remove, save } from './device/queue.js';
import { where } from './device/where.js';

const stamp = (form) => { if (form.dataset.phoneTime) form.elements[form.dataset.phoneTime].value = new Date().toISOString(); };
document.querySelectorAll('[data-phone-time]').forEach((form) => form.addEventListener('submit', () => stamp(form)));

document.querySelectorAll('[data-locate]').forEach((form) => {
  const { consent, lat, lon } = form.elements;
  where(consent, form.querySelector('[data-located]'), (y, x) => { lat.value = y; lon.value = x; });
});

// Forms of a visit ask the portal by themselves: where no answer comes, the device keeps what they say, under the key that they have.
const can = window.isSecureContext && 'indexedDB' in window && !!window.crypto?.subtle;
addEventListener('submit', (e) => {
  const form = e.target;
  if (!can || form.dataset.plain) return;
  if (form.matches('[data-locate]')) { // checking in goes on where the device keeps the shops
    if (navigator.onLine) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    const { stop, seller, shop } = form.elements;
    location.assign('/m/visits/new?' + new URLSearchParams({ stop: stop.value, seller: seller.value, shop: shop.value, go: '1' }));
    return;
  }
  if (!form.matches('[data-away]')) return;
  e.preventDefault();
  e.stopImmediatePropagation();
  (form.elements.file ? send : ask)(form);
}, true);

const rest = (form, on) => form.querySelectorAll('button').forEach((b) => { b.disabled = on; });
const go = (form) => { form.dataset.plain = '1'; rest(form, false); form.requestSubmit(); };

/** told asks the portal; null where no answer came: it may have arrived. */
async function told(form, body) {
  if (!navigator.onLine) return null;
  try {
    return await fetch(form.action, { method: 'POST', body, headers: { 'HX-Request': 'true', Accept: 'application/json' }, cache: 'no-store', signal: AbortSignal.timeout(30000) });
  } catch { return null; }
}

/** send sends photos one by one, each under a key of its own; what gets no answer is kept, and sent again as it is. */
async function send(form) {
  const d = form.dataset, said = form.querySelector('[data-said]'), say = (text) => { said.textContent = text; }, files = [...form.elements.file.files];
  const m = await me().catch(() => null);
  if (!m || !files.length) { go(form); return; }
  rest(form, true);
  const { _csrf, _key, file, ...with_ } = Object.fromEntries(new FormData(form));
  let at = '', fault = '', waits = 0;
  for (const f of files) {
    const blob = await small(f);
    if (!blob) { fault = d.bad; continue; }
    const e = { key: newKey(), kind: 'photo', state: navigator.onLine ? 'unknown' : 'waiting', taken: Date.now(), title: d.away, name: f.name.replace(/\.\w+$/, '') + '.jpg', form: with_,
      lines: [{ text: d.photoOf.replace('{kb}', String(Math.ceil(blob.size / 1000))) }] };
    const body = await formOf(e, () => blob);
    body.append('_csrf', _csrf);
    const res = await told(form, body);
    if (res?.ok) at = res.headers.get('HX-Redirect') || at;
    else if (res && res.status < 429) fault = (await res.json().catch(() => ({}))).detail || d.bad;
    else if (await keepPhoto(m, e, blob)) waits++;
    else { fault = d.full.replace('{n}', String(MOST)); break; }
  }
  if (at && !fault && !waits) { location.assign(at); return; }
  rest(form, false);
  form.elements.file.value = '';
  say(fault || d.kept);
  if (waits) dispatchEvent(new Event('device:send'));
}

async function ask(form) {
  const m = await me().catch(() => null);
  if (!m) { go(form); return; }
  stamp(form);
  const said = Object.fromEntries(new FormData(form));
  rest(form, true);
  const res = await told(form, new URLSearchParams(said));
  if (res?.ok) { location.assign(form.dataset.phoneTime ? '/m/today?done=visit.ended' : res.headers.get('HX-Redirect')); return; }
  if (res) { go(form); return; } // the page says what is wrong
  await keep(form, m, said);
  rest(form, false);
}

async function keep(form, m, { _csrf, _key, ...said }) {
  const d = form.dataset, out = !!d.phoneTime, e = { key: _key, kind: 'visit', state: navigator.onLine ? 'unknown' : 'waiting', taken: Date.now(), url: new URL(form.action).pathname, title: d.away, id: d.visit,
    seller: d.seller, shop: d.shop, day: d.day, form: said, lines: [{ text: d.stepWord }] };
  for (const was of await mine(m)) {
    if (was.kind !== 'visit' || was.picks || was.id !== e.id || was.state === 'sent' || was.key === e.key) continue;
    if (was.state !== 'waiting') { e.form.version = ''; continue; } // what was sent may have changed the visit
    for (const [k, v] of Object.entries(was.form)) if (/^(qty|unit)-/.test(k) && !(k in e.form)) e.form[k] = v;
    e.form.version = was.form.version;
    e.lines.unshift(...was.lines.filter((l) => l.text !== d.stepWord));
    await remove(was.key);
  }
  await save(m, e);
  form.elements._key.value = newKey();
  dispatchEvent(new Event('device:send'));
  if (out) location.assign('/m/outbox');
  else form.querySelector('[data-said]').textContent = d.kept;
}
