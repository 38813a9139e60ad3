// The palette (Ctrl K, /), the help of the keyboard (?), and the keys of lists. All of it is quicker, none of it is the only way.
const palette = document.getElementById('palette');
const box = document.getElementById('palette-q');
const found = document.getElementById('palette-list');
const options = () => [...found.querySelectorAll('[role=option]')];
let asked, waits, now = -1;

function point(to) {
  const all = options();
  now = all.length ? (to + all.length) % all.length : -1;
  all.forEach((o, i) => o.setAttribute('aria-selected', String(i === now)));
  if (now < 0) return box.removeAttribute('aria-activedescendant');
  box.setAttribute('aria-activedescendant', all[now].id);
  all[now].scrollIntoView({ block: 'nearest' });
}

async function ask() {
  asked?.abort();
  asked = new AbortController();
  const q = box.value.trim();
  try {
    const res = await fetch('/find?in=palette&q=' + encodeURIComponent(q), { headers: { 'HX-Request': 'true' }, signal: asked.signal });
    if (res.status === 401) return location.assign('/sign-in');
    if (!res.ok || q !== box.value.trim()) return;
    found.innerHTML = await res.text();
    box.setAttribute('aria-expanded', String(options().length > 0));
    document.getElementById('palette-said').textContent = found.querySelector('[data-said]')?.dataset.said || '';
    point(0);
  } catch { /* another question is on its way, or the line is lost: Enter still asks for the page */ }
}

function open(text = '') {
  if (!palette?.showModal || document.querySelector('dialog[open]')) return;
  palette.showModal();
  box.value = text;
  box.select();
  ask();
}

if (palette) {
  box.addEventListener('input', () => { clearTimeout(waits); waits = setTimeout(ask, 180); });
  box.addEventListener('keydown', (e) => {
    if (e.isComposing) return;
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { e.preventDefault(); point(now + (e.key === 'ArrowDown' ? 1 : -1)); }
    if (e.key !== 'Enter') return;
    const hit = options()[now]; // none while an answer is on its way: then the page of the search opens what the number means
    if (hit) { e.preventDefault(); location.assign(hit.dataset.href); }
  });
  box.addEventListener('input', () => { now = -1; });
  found.addEventListener('click', (e) => { const o = e.target.closest('[role=option]'); if (o) location.assign(o.dataset.href); });
  found.addEventListener('mousemove', (e) => { const o = e.target.closest('[role=option]'); if (o) point(options().indexOf(o)); });
  palette.addEventListener('click', (e) => { if (e.target === palette) palette.close(); });
  document.querySelector('[data-palette]')?.addEventListener('pointerdown', (e) => { e.preventDefault(); open(); });
}

async function help() {
  const d = document.getElementById('shortcuts');
  if (!d?.showModal || document.querySelector('dialog[open]')) return;
  const res = await fetch('/help/keyboard?in=dialog', { headers: { 'HX-Request': 'true' } });
  if (!res.ok) return location.assign('/help/keyboard');
  document.getElementById('shortcuts-body').innerHTML = await res.text();
  d.showModal();
}

// Rows of lists: the link of a row has the focus, so Enter opens it and a reader hears it; of goods the button that adds one.
const ROW = 'a.rowlink,.bot button[value=more]';
const lineAt = () => document.activeElement?.closest('tr,li');
function row(step) {
  const all = [...document.querySelectorAll('main :is(tr,li) :is(' + ROW + ')')].filter((a) => a.offsetParent);
  if (!all.length) return;
  const at = all.indexOf(lineAt()?.querySelector(ROW));
  const to = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))];
  to.focus();
  to.scrollIntoView({ block: 'nearest' });
}

let went = 0;
document.addEventListener('keydown', (e) => {
  if (!palette) return;
  if ((e.ctrlKey || e.metaKey) && !e.altKey && e.key.toLowerCase() === 'k') { e.preventDefault(); return open(); }
  if (palette.dataset.keys === 'off' || e.ctrlKey || e.metaKey || e.altKey || e.isComposing || document.querySelector('dialog[open]')) return;
  const t = e.target;
  if (t instanceof Element && (t.closest('textarea,select,[contenteditable]') || t.matches('input:not([type=checkbox]):not([type=radio])'))) return;
  const key = e.key.toLowerCase();
  if (went && Date.now() - went < 1500) {
    went = 0;
    const to = document.querySelector(`[data-go="${CSS.escape(key.toUpperCase())}"]`);
    if (to) { e.preventDefault(); to.click(); }
    return;
  }
  switch (key) {
    case '/': e.preventDefault(); return open();
    case '?': e.preventDefault(); return help();
    case 'j': return row(1);
    case 'k': return row(-1);
    case 'g': went = Date.now(); return;
    case 'x': lineAt()?.querySelector('input[type=checkbox]')?.click();
  }
});
