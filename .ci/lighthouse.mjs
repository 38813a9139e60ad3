// The pages, the people who look at them, and the goals; see .ci/lighthouse, which starts the demonstration and runs this.
import fs from 'node:fs';
import path from 'node:path';
import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';
import desktop from 'lighthouse/core/config/desktop-config.js';
import puppeteer from 'puppeteer-core';

const [base, out] = process.argv.slice(2);
const samples = Number(process.env.SAMPLES || 5), only = process.env.ONLY || '', judged = process.env.PERFORMANCE !== '0';
const password = 'kopi-nusantara-2026'; // of the demonstration; serve --demo prints it

// [name, address, or "page > selector" for the first link that it leads to]
const people = [
  { who: '', phone: true, pages: [['sign-in', '/sign-in'], ['phone-away-nobody', '/m/outbox']] },
  { who: 'owner@sinarlosari.example', phone: true, pages: [['phone-home', '/'], ['phone-order', '/m/order'], ['phone-order-all', '/m/order?tab=find'], ['phone-paste', '/m/order?tab=paste'], ['phone-cart', '/m/cart'],
    ['phone-away', '/m/outbox'], ['phone-orders', '/orders?side=buyer'], ['phone-order-page', '/orders?side=buyer > main a.rowlink'], ['phone-invoices', '/invoices?side=buyer'],
    ['phone-invoice', '/invoices?side=buyer > main a.rowlink'], ['phone-stock', '/stock'], ['phone-account', '/account']] },
  { who: 'sales@perantarabumi.example', phone: true, pages: [['phone-agent-home', '/'], ['phone-agent-order', '/m/order'], ['phone-agent-orders', '/orders'], ['phone-today', '/m/today'],
    ['phone-check-in', '/m/today > a.nm[href*="/m/visits/new"]'], ['phone-visits', '/m/visits'], ['phone-visit', '/m/visits > a.nm[href^="/m/visits/"]']] },
  { who: 'owner@lerengwelirang.example', pages: [['home', '/'], ['orders', '/orders?side=seller'], ['order', '/orders?side=seller > main a.rowlink'], ['products', '/products'], ['partners', '/partners'],
    ['partner', '/partners > main a.rowlink'], ['channels', '/channels'], ['map', '/map'], ['stock', '/stock'], ['imports', '/imports'], ['audit', '/audit']] },
  { who: 'owner@grosirterong.example', pages: [['wholesaler-home', '/'], ['quick', '/orders/quick'], ['shipments', '/shipments'], ['warehouses', '/warehouses'], ['counter', '/counter'], ['help', '/help']] },
  { who: 'finance@grosirterong.example', pages: [['finance-home', '/'], ['invoices', '/invoices?side=seller'], ['invoice', '/invoices?side=seller > main a.rowlink'], ['payments', '/payments'], ['exports', '/exports']] },
];
const categories = ['performance', 'accessibility', 'best-practices'];
const goals = (phone) => ({ performance: phone && judged ? 95 : null, accessibility: 100, 'best-practices': 100 });
// A page that listens for what happens never comes to rest, for Lighthouse: it would wait its 45 seconds each time. Nothing that is
// scored happens after the first few.
const settings = { maxWaitForLoad: 8_000, disableFullPageScreenshot: true };
const median = (xs) => [...xs].sort((a, b) => a - b)[Math.floor((xs.length - 1) / 2)];

async function ready() {
  for (let i = 0; i < 300; i++) {
    if ((await fetch(base + '/readyz').catch(() => null))?.ok) return;
    await new Promise((go) => setTimeout(go, 1000));
  }
  throw new Error('the demonstration does not start: see portal.log');
}

/** enter signs somebody in as people do, in the browser that measures; what it answers are the addresses of the pages. */
async function enter(port, who, pages) {
  const b = await puppeteer.connect({ browserURL: 'http://127.0.0.1:' + port });
  const p = await b.newPage();
  if (who) {
    await p.goto(base + '/sign-in');
    await p.type('[name=email]', who);
    await p.type('[name=password]', password);
    await Promise.all([p.waitForNavigation(), p.keyboard.press('Enter')]);
    if (p.url() !== base + '/') throw new Error(who + ' is not let in: ' + p.url());
  }
  const at = [];
  for (const [name, where] of pages) {
    const [from, link] = where.split(' > ');
    const res = await p.goto(base + from);
    if (res.status() !== 200) throw new Error(`${name}: ${from} answers ${res.status()}`);
    at.push([name, link ? await p.$eval(link, (a) => a.href) : p.url()]);
  }
  await p.close();
  await b.disconnect();
  return at;
}

/** look runs Lighthouse once; where the tool itself failed, and not the page, it is asked again. */
async function look(port, name, url, phone) {
  for (let left = 2; ; left--) {
    const { lhr, report } = await lighthouse(url, { port, onlyCategories: categories, output: 'html', logLevel: 'silent', ...settings }, phone ? undefined : desktop);
    if (!lhr.runtimeError) return { lhr, report };
    if (!left) throw new Error(`${name}: ${lhr.runtimeError.message}`);
  }
}

async function measure(port, name, url, phone) {
  const scores = Object.fromEntries(categories.map((c) => [c, []])), why = new Set();
  for (let i = 0; i < samples; i++) {
    const { lhr, report } = await look(port, name, url, phone);
    if (new URL(lhr.finalDisplayedUrl).pathname !== new URL(url).pathname) throw new Error(`${name} ended at ${lhr.finalDisplayedUrl}`);
    for (const c of categories) scores[c].push(Math.round(lhr.categories[c].score * 100));
    for (const c of ['accessibility', 'best-practices']) {
      for (const { id, weight } of lhr.categories[c].auditRefs) {
        const a = lhr.audits[id];
        if (weight > 0 && a.score !== null && a.score < 1) why.add(`${id}: ${a.title}: ${(a.details?.items || []).slice(0, 3).map((x) => x.node?.selector || x.description || x.source || JSON.stringify(x).slice(0, 160)).join(' | ')}`);
      }
    }
    if (i === 0) fs.writeFileSync(path.join(out, name + '.html'), report);
  }
  return { scores: Object.fromEntries(categories.map((c) => [c, median(scores[c])])), why };
}

await ready();
let missed = 0, n = 0;
const cell = (v, goal) => `${String(v).padStart(3)}${goal === null ? '     ' : v >= goal ? ` [${goal}]`.padEnd(6).slice(0, 6) : `![${goal}]`.padEnd(6)}`;
console.log(`${'page'.padEnd(22)} ${'form'.padEnd(8)} performance  accessibility  best practices   (median of ${samples}, goal in brackets, ! missed)`);
for (const { who, phone, pages } of people) {
  const wanted = pages.filter(([name]) => name.includes(only));
  if (!wanted.length) continue;
  const chrome = await launch({ chromePath: process.env.CHROME_PATH, chromeFlags: ['--headless=new', '--no-proxy-server', '--lang=id', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])], logLevel: 'error' });
  try {
    for (const [name, url] of await enter(chrome.port, who, wanted)) {
      const { scores, why } = await measure(chrome.port, name, url, phone), goal = goals(phone);
      const bad = categories.filter((c) => goal[c] !== null && scores[c] < goal[c]);
      missed += bad.length;
      n++;
      console.log(`${name.padEnd(22)} ${(phone ? 'phone' : 'desktop').padEnd(8)} ${cell(scores.performance, goal.performance)}    ${cell(scores.accessibility, goal.accessibility)}      ${cell(scores['best-practices'], goal['best-practices'])}`);
      for (const w of bad.length ? why : []) console.log('    ' + w);
    }
  } finally {
    chrome.kill();
  }
}
console.log(`lighthouse: ${n} pages, ${missed} goals missed${judged ? '' : ' (performance not judged)'}; reports in ${out}`);
process.exit(missed || !n ? 1 : 0);
