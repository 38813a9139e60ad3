// Money and quantities as the books count them: whole numbers, rounded once and away from zero, written as the portal writes them.

/** count reads a quantity in thousandths of its unit, as it is typed; null where it is none, or can be read in two ways. */
export function count(typed) {
  const m = /^(\d{1,9})(?:[.,](\d{1,2}))?$/.exec(typed.trim());
  return m ? BigInt(m[1]) * 1000n + BigInt((m[2] || '').padEnd(3, '0')) : null;
}

/** written is a quantity as a form carries it. */
export const written = (q) => {
  const rest = String(q % 1000n).padStart(3, '0').replace(/0+$/, '');
  return (rest.length === 3 ? '0' : '') + q / 1000n + (rest && ',' + rest); // three figures behind a mark would be thousands; after a 0 they are not
};

/** step is the price of a base unit in a quantity; null below the smallest that is sold. */
export function step(good, unit, q) {
  const base = q * BigInt(unit.base) / 1000n;
  let hit = null;
  for (const b of good.breaks || []) if (base >= BigInt(b.from)) hit = b;
  return hit && { price: BigInt(hit.price), base };
}

/** amount is a quantity of base units at a price, in the smallest unit of the currency. */
export function amount(cur, base, price) {
  const unit = BigInt(cur.round), den = 10000000n * unit;
  return (base * price * 10n ** BigInt(cur.digits) * 2n + den) / (den * 2n) * unit;
}

const group = (s, mark) => s.replace(/\B(?=(\d{3})+$)/g, mark);
export function said(lang, cur, minor) {
  const f = 10n ** BigInt(cur.digits), id = cur.code === 'IDR' && lang !== 'en';
  const whole = group(String(minor / f), id ? '.' : ','), part = cur.digits ? String(minor % f).padStart(cur.digits, '0') : '';
  const out = whole + (part && (cur.code !== 'IDR' || /[1-9]/.test(part)) ? (id ? ',' : '.') + part : '');
  return cur.sign + out;
}
/** plain is a price as a form carries it. */
export const plain = (p) => {
  const rest = String(p % 10000n).padStart(4, '0').replace(/0+$/, '');
  return p / 10000n + (rest && '.' + rest);
};
