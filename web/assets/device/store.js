// What a phone keeps: goods and prices to order from without signal (packs), and what was taken and waits (entries). Packs can be read
// by the person whose session stored them and go with it; entries are sealed under a key of the person in the organisation, which
// the portal hands to that person alone, and wait for it. The photos of entries lie apart, sealed as they are, so that reading what waits
// does not read them.
const NAME = 'saluran';
let opened;

function open() {
  return opened ??= new Promise((done, failed) => {
    const ask = indexedDB.open(NAME, 2);
    ask.onupgradeneeded = () => ['packs', 'entries', 'own', 'photos'].forEach((s) => ask.result.objectStoreNames.contains(s) || ask.result.createObjectStore(s));
    ask.onsuccess = () => {
      ask.result.onversionchange = () => { ask.result.close(); opened = undefined; }; // somebody wipes it
      done(ask.result);
    };
    ask.onerror = () => failed(ask.error);
  });
}

async function run(store, mode, fn) {
  const t = (await open()).transaction(store, mode);
  return new Promise((done, failed) => {
    const ask = fn(t.objectStore(store));
    t.oncomplete = () => done(ask.result);
    t.onabort = () => failed(t.error);
  });
}

export const get = (store, key) => run(store, 'readonly', (s) => s.get(key));
export const all = (store) => run(store, 'readonly', (s) => s.getAll());
export const put = (store, key, value) => run(store, 'readwrite', (s) => s.put(value, key));
export const drop = (store, key) => run(store, 'readwrite', (s) => s.delete(key));

/** both writes to an entry and its photo at once: neither is there without the other. */
async function both(fn) {
  const t = (await open()).transaction(['entries', 'photos'], 'readwrite');
  return new Promise((done, failed) => {
    fn(t.objectStore('entries'), t.objectStore('photos'));
    t.oncomplete = done;
    t.onabort = () => failed(t.error);
  });
}
export const keep = (key, entry, photo) => both((entries, photos) => { entries.put(entry, key); if (photo) photos.put(photo, key); });
export const forget = (key) => both((entries, photos) => { entries.delete(key); photos.delete(key); });

/** here tells whether this device keeps anything, without making a place for it. */
export async function here() {
  try { return !indexedDB.databases || (await indexedDB.databases()).some((d) => d.name === NAME); } catch { return false; }
}

/** lapse ends what a session left: its packs and the key of its person. What was taken stays, and nobody can read it. */
export async function lapse() {
  if (!await here()) return;
  await run('packs', 'readwrite', (s) => s.clear());
  await run('own', 'readwrite', (s) => s.clear());
}

/** wipe leaves nothing. */
export async function wipe() {
  if (!await here()) return;
  await run('packs', 'readwrite', (s) => s.clear());
  await run('own', 'readwrite', (s) => s.clear());
  await both((entries, photos) => { entries.clear(); photos.clear(); });
  (await open()).close();
  opened = undefined;
  await new Promise((done) => { const ask = indexedDB.deleteDatabase(NAME); ask.onsuccess = ask.onerror = ask.onblocked = done; });
}
