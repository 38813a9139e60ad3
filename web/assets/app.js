import './palette.js';
import './lists.js';
import './device/page.js';
// What the pages do beyond HTML and htmx. Everything here is an extra: each page works without it.
const root = document.documentElement;
const on = (event, selector, run) => document.addEventListener(event, (e) => {
  const hit = e.target instanceof Element && e.target.closest(selector);
  if (hit) run(hit, e);
});

on('click', '[data-theme-toggle]', () => {
  const next = root.dataset.bsTheme === 'dark' ? 'light' : 'dark';
  root.dataset.bsTheme = next;
  try { localStorage.setItem('theme', next); } catch { /* remembered only where it may be */ }
});

// The menu of narrow windows stands before its button in the page: who opens it is taken there, and who closes it comes back.
on('click', '[data-nav]', (button) => {
  const open = document.body.classList.toggle('nav-open');
  button.setAttribute('aria-expanded', String(open));
  if (open) document.querySelector('.k-side summary,.k-side a')?.focus();
});
document.addEventListener('click', (e) => {
  if (document.body.classList.contains('nav-open') && !e.target.closest('.k-side,[data-nav]')) closeNav();
});
function closeNav() {
  const inside = !!document.activeElement?.closest('.nav-open .k-side'), button = document.querySelector('[data-nav]');
  document.body.classList.remove('nav-open');
  button?.setAttribute('aria-expanded', 'false');
  if (inside) button?.focus();
}

on('click', '[data-print]', () => print());
// A link to a page that is for printing opens the dialogue there, once: not when the page is loaded anew or come back to.
const later = 'print';
on('click', '[data-then-print]', (a) => { try { sessionStorage.setItem(later, a.pathname); } catch { /* then it is printed by its button */ } });
if (document.querySelector('[data-print-page]')) {
  addEventListener('load', () => {
    let due = false;
    try { due = sessionStorage.getItem(later) === location.pathname; sessionStorage.removeItem(later); } catch { /* as above */ }
    if (due) setTimeout(print, 0);
  });
}
on('click', '[data-open]', (b, e) => {
  const d = document.getElementById(b.dataset.open);
  if (d && d.showModal) { e.preventDefault(); d.showModal(); }
});
on('click', '[data-close]', (b) => b.closest('dialog,.k-toast')?.[b.closest('dialog') ? 'close' : 'remove']());
on('click', 'dialog', (d, e) => { if (e.target === d) d.close(); });
// A choice that sends its form: with the pointer at once, with the keyboard when one leaves it or presses Enter, since the arrows pass
// over what lies between.
let typing = false;
document.addEventListener('keydown', () => { typing = true; }, true);
document.addEventListener('pointerdown', () => { typing = false; }, true);
on('change', '[data-submit]', (field) => {
  if (typing && field.matches('select') && field === document.activeElement) field.dataset.chosen = '';
  else field.form?.requestSubmit();
});
on('focusout', '[data-submit][data-chosen]', (field) => { delete field.dataset.chosen; field.form?.requestSubmit(); });
document.addEventListener('submit', (e) => e.target.querySelectorAll('[data-chosen]').forEach((f) => { delete f.dataset.chosen; }));
document.addEventListener('keydown', (e) => {
  if (e.key !== 'Escape') return;
  closeNav();
  document.querySelectorAll('details.k-menu[open]').forEach((d) => { d.open = false; d.querySelector('summary').focus(); });
});
document.addEventListener('click', (e) => {
  document.querySelectorAll('details.k-menu[open]').forEach((d) => { if (!d.contains(e.target)) d.open = false; });
});
// What lies over the page closes when the keyboard goes on behind it.
document.addEventListener('focusout', (e) => {
  const to = e.relatedTarget;
  if (!to) return;
  const menu = e.target.closest('details.k-menu[open]');
  if (menu && !menu.contains(to)) menu.open = false;
  if (e.target.closest('.nav-open .k-side') && !to.closest('.k-side,[data-nav]')) closeNav();
});

// Steppers beside a number: plus and minus.
on('click', '[data-step]', (b) => {
  const input = b.parentElement.querySelector('input');
  const value = Number(input.value.replace(/\./g, '').replace(',', '.')) || 0;
  input.value = String(Math.max(0, value + Number(b.dataset.step))).replace('.', ',');
  input.dispatchEvent(new Event('input', { bubbles: true }));
});

// A date is said in the page's language: browsers write it in their own.
const sayDate = (field) => {
  const out = document.getElementById(field.id + '-d');
  if (!out) return;
  const day = field.value && new Date(field.value + 'T00:00:00Z');
  out.textContent = day ? new Intl.DateTimeFormat(root.lang === 'en' ? 'en-GB' : root.lang, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(day) : '';
};
on('input', 'input[type=date]', sayDate);
on('change', 'input[type=date]', sayDate);

// Search in a list that is already on the page.
on('input', '[data-filter]', (field) => {
  const want = field.value.trim().toLowerCase();
  let left = 0;
  document.querySelectorAll(field.dataset.filter).forEach((row) => {
    const show = !want || row.textContent.toLowerCase().includes(want);
    row.hidden = !show;
    if (show) left++;
  });
  const out = document.getElementById(field.dataset.count);
  if (out) out.textContent = String(left);
});

// A form is sent once: its buttons rest until the answer is here.
document.addEventListener('submit', (e) => {
  if (e.target.matches('[hx-post],[hx-get]') || e.defaultPrevented) return;
  setTimeout(() => e.target.querySelectorAll('button[type=submit],button:not([type])').forEach((b) => { b.disabled = true; }), 0);
});
window.addEventListener('pageshow', (e) => {
  if (e.persisted) document.querySelectorAll('form button[disabled]').forEach((b) => { b.disabled = false; });
});

// What a stream has told of a conversation is not taken back by an answer that was longer on its way.
document.addEventListener('htmx:before:swap', (e) => e.detail.tasks.forEach(({ fragment }) => {
  const here = document.getElementById('talk-list'), came = fragment?.querySelector?.('#talk-list');
  if (here && came && BigInt(came.dataset.last) < BigInt(here.dataset.last)) came.replaceWith(here.cloneNode(true));
}));

// Leaving with unsaved input asks first.
let dirty = false;
on('input', 'form[data-guard]', () => { dirty = true; });
document.addEventListener('submit', () => { dirty = false; });
window.addEventListener('beforeunload', (e) => { if (dirty) e.preventDefault(); });

// One focus rule: an error summary or the marked field, once, after a load or a swap. Otherwise a swap takes nobody's place away: who was
// at a control that is gone is at what does the same in its stead, or at the first thing of that part.
let was = null;
document.addEventListener('htmx:before:swap', () => {
  const e = document.activeElement, homes = [];
  for (let p = e; p && p !== document.body; p = p.parentElement) if (p.id && p.id !== 'content') homes.push(p.id);
  was = homes.length ? { e, homes } : null;
});
function focusKept() {
  const { e, homes } = was || {}, now = document.activeElement;
  was = null;
  if (!e || now && now !== document.body || e.isConnected && e.checkVisibility()) return;
  const home = homes.map((id) => document.getElementById(id)).find(Boolean);
  const all = home ? [...home.querySelectorAll('a[href],button,input:not([type=hidden]),select,textarea,summary')].filter((x) => !x.disabled && x.checkVisibility()) : [];
  (all.find((x) => e.name && x.name === e.name && x.value === e.value) || all.find((x) => e.name && x.name === e.name) || all[0])?.focus({ preventScroll: true });
}
function focusMarked() {
  const mark = document.querySelector('[data-autofocus]');
  if (mark) { mark.removeAttribute('data-autofocus'); mark.focus(); }
}
focusMarked();
document.addEventListener('htmx:after:swap', () => { focusMarked(); focusKept(); });

// Toasts leave by themselves unless they are errors.
const toasts = document.getElementById('toasts');
const settle = () => toasts?.querySelectorAll('.k-toast:not([data-seen])').forEach((t) => {
  t.dataset.seen = '';
  if (!t.hasAttribute('data-sticky')) setTimeout(() => t.remove(), Number(t.dataset.stay) || 8000);
});
if (toasts) new MutationObserver(settle).observe(toasts, { childList: true });
settle();

// A request that failed: what was typed stays, and a toast says so, with a button that asks once more; the form carries its key, so
// that it counts once. 409 and 422 answer for themselves, and a stream comes back by itself.
let again = null, pressed = null;
document.addEventListener('submit', (e) => { pressed = e.submitter; }, true);
document.addEventListener('change', () => { pressed = null; }, true);
function failed(e) {
  const ctx = e.detail?.ctx, status = ctx?.response?.status;
  if (status === 409 || status === 422 || status === 401 || ctx?.sourceElement?.hasAttribute('hx-sse:connect')) return;
  say(ctx?.sourceElement || again);
}
function say(source) {
  again = source;
  const model = document.getElementById('toast-failed');
  if (model && toasts && !toasts.querySelector('[data-failed]')) toasts.append(model.content.cloneNode(true));
  const retry = toasts?.querySelector('[data-failed] [data-retry]');
  if (retry) retry.hidden = !again?.isConnected;
}
document.addEventListener('htmx:error', failed);
document.addEventListener('htmx:response:error', failed);
on('click', '[data-retry]', (b) => {
  b.closest('.k-toast').remove();
  if (again?.matches('form')) again.requestSubmit(again.contains(pressed) ? pressed : null);
  else again?.click();
});
// A form without htmx is held back while the browser knows that there is no line: its page would be lost.
document.addEventListener('submit', (e) => {
  if (navigator.onLine || e.defaultPrevented || e.target.matches('[hx-post],[hx-get]') || e.target.method === 'dialog') return;
  e.preventDefault();
  say(e.target);
}, true);
