// Reads a bar code with the camera where the browser can; without it the field beside is typed into.
const box = document.querySelector('[data-scan]');
const field = box && document.getElementById(box.dataset.scan);
if (box && field && 'BarcodeDetector' in window && navigator.mediaDevices?.getUserMedia) {
  const start = box.querySelector('[data-scan-start]');
  const video = box.querySelector('video');
  const said = box.querySelector('[data-scan-said]');
  start.hidden = false;
  let stream;
  const stop = () => { stream?.getTracks().forEach((t) => t.stop()); stream = null; video.hidden = true; start.hidden = false; };
  addEventListener('pagehide', stop);
  start.addEventListener('click', async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    } catch {
      said.textContent = said.dataset.refused;
      return;
    }
    start.hidden = true;
    video.hidden = false;
    video.srcObject = stream;
    await video.play();
    const known = await BarcodeDetector.getSupportedFormats();
    const formats = ['ean_13', 'ean_8', 'upc_a', 'upc_e', 'itf', 'code_128'].filter((f) => known.includes(f));
    const reader = new BarcodeDetector(formats.length ? { formats } : undefined);
    const look = async () => {
      if (!stream) return;
      const [code] = await reader.detect(video).catch(() => []);
      if (code) {
        stop();
        navigator.vibrate?.(80);
        field.value = code.rawValue;
        field.form.requestSubmit();
        return;
      }
      setTimeout(look, 200);
    };
    look();
  });
}
