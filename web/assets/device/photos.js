// Photos of a shelf: each is made small enough for a poor line before it is sent or kept, and loses what the camera wrote beside it, such as
// where it was taken. One that cannot be sent waits on the device as an entry of its own, behind its visit; how many wait, and how large
// they are together, is bounded.
import { mine, photo, remove, save } from './queue.js';

export const MOST = 20;
const BYTES = 12e6, SIDE = 1600;

/** drawn is a picture on a canvas of at most so many pixels a side; null where it is none that the device can read. */
async function drawn(file, side) {
  let pic;
  try { pic = await createImageBitmap(file); } catch { return null; }
  const by = Math.min(1, side / Math.max(pic.width, pic.height)), c = document.createElement('canvas');
  c.width = Math.max(1, Math.round(pic.width * by));
  c.height = Math.max(1, Math.round(pic.height * by));
  const to = c.getContext('2d');
  to.fillStyle = '#fff'; // behind what is transparent
  to.fillRect(0, 0, c.width, c.height);
  to.drawImage(pic, 0, 0, c.width, c.height);
  pic.close();
  return c;
}

/** small is a picture as it is sent; null where it is none that the device can read. */
export async function small(file) {
  const c = await drawn(file, SIDE);
  return c && new Promise((done) => { c.toBlob(done, 'image/jpeg', 0.8); });
}

/** keepPhoto keeps a photo as an entry, and tells whether there was room for it. */
export async function keepPhoto(m, e, blob) {
  const had = (await mine(m)).filter((x) => x.kind === 'photo' && x.state !== 'sent');
  if (had.length >= MOST || had.reduce((n, x) => n + x.size, blob.size) > BYTES) return false;
  try { await save(m, { ...e, kind: 'photo', url: '/attachments', size: blob.size }, await blob.arrayBuffer()); } catch { return false; } // the device is full
  return true;
}

/** shown is a row for each photo, with a button that takes it off. */
export function shown(m, photos, { made, fill, word }) {
  return photos.map((e, i) => {
    const row = made('p-photo'), off = row.querySelector('button');
    off.setAttribute('aria-label', fill(word.photo_off, { n: i + 1 }));
    off.addEventListener('click', () => remove(e.key));
    photo(m, e.key).then((b) => drawn(new Blob([b]), 240)).then((c) => {
      if (!c) return;
      c.setAttribute('role', 'img');
      c.setAttribute('aria-label', fill(word.photo_n, { n: i + 1 }));
      row.prepend(c);
    }).catch(() => {});
    return row;
  });
}
