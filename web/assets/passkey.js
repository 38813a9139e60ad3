// Passkeys: a form that names where its challenge comes from asks the browser for an answer, and is then sent like any other.
const bytes = (s) => Uint8Array.from(atob(s.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

function asked(options) {
  const p = options.publicKey;
  p.challenge = bytes(p.challenge);
  if (p.user) p.user.id = bytes(p.user.id);
  for (const list of [p.allowCredentials, p.excludeCredentials]) for (const c of list || []) c.id = bytes(c.id);
  return options;
}

function told(c) {
  const r = c.response;
  const out = { id: c.id, rawId: text(c.rawId), type: c.type, clientExtensionResults: c.getClientExtensionResults(),
    authenticatorAttachment: c.authenticatorAttachment || undefined, response: { clientDataJSON: text(r.clientDataJSON) } };
  for (const k of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) if (r[k]) out.response[k] = text(r[k]);
  if (r.getTransports) out.response.transports = r.getTransports();
  return out;
}

document.addEventListener('submit', async (e) => {
  const form = e.target;
  if (!form.dataset.passkey || form.elements._step_answer.value) return;
  e.preventDefault();
  const said = form.querySelector('[data-passkey-said]');
  said.hidden = true;
  try {
    const res = await fetch(form.dataset.passkey, { method: 'POST', headers: { 'X-Csrf-Token': form.elements._csrf.value, Accept: 'application/json' } });
    const got = await res.json();
    if (got.location) { location.assign(got.location); return; }
    if (!res.ok) throw new Error(got.detail);
    const options = asked(got.options);
    const c = options.publicKey.user ? await navigator.credentials.create(options) : await navigator.credentials.get(options);
    form.elements._step_ceremony.value = got.ceremony;
    form.elements._step_answer.value = JSON.stringify(told(c));
    form.submit();
  } catch (err) {
    said.textContent = err.name === 'Error' && err.message ? err.message : form.dataset.failed;
    said.hidden = false;
  }
});
