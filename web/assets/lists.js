// Lists: more rows below those that are there, and rows that are chosen. Without it a link leads to the next page, and the boxes stand in
// a form with its buttons.
document.addEventListener('click', async (e) => {
  const link = e.target instanceof Element && e.target.closest('a[data-more]');
  if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
  e.preventDefault();
  if (link.getAttribute('aria-busy')) return;
  link.setAttribute('aria-busy', 'true');
  try {
    const res = await fetch(link.href);
    if (!res.ok || res.redirected) return location.assign(link.href);
    const next = new DOMParser().parseFromString(await res.text(), 'text/html');
    const card = link.closest('.k-card');
    const rows = next.querySelectorAll('main .k-card:has(a[data-more], .k-pager) tbody tr');
    const first = rows[0];
    card.querySelector('tbody').append(...rows);
    const foot = next.querySelector('main .k-card a[data-more]');
    if (foot) { link.href = foot.href; link.removeAttribute('aria-busy'); } else link.remove();
    first?.querySelector('a.rowlink')?.focus({ preventScroll: true });
    count();
  } catch { location.assign(link.href); }
});

const boxes = () => [...document.querySelectorAll('tbody .pick input')];
function count() {
  const bar = document.getElementById('bulk');
  if (!bar) return;
  const all = boxes(), n = all.filter((b) => b.checked).length;
  const out = bar.querySelector('[data-picked]');
  if (out) out.textContent = String(n);
  bar.classList.toggle('on', n > 0);
  const head = document.querySelector('[data-pick-all]');
  if (head) { head.checked = n > 0 && n === all.length; head.indeterminate = n > 0 && n < all.length; }
}
document.addEventListener('change', (e) => {
  if (e.target.matches('[data-pick-all]')) boxes().forEach((b) => { b.checked = e.target.checked; });
  if (e.target.matches('.pick input')) {
    if (!e.target.checked) document.querySelector('#bulk input[name=all]')?.remove(); // all but one is not all
    count();
  }
});
addEventListener('pageshow', count);
