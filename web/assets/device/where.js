// Where the device stands is asked of it only when the person ticks the box, each time anew; it needs no line.
export function where(box, said, put) {
  const forget = () => { put('', ''); said.textContent = ''; };
  box.addEventListener('change', () => {
    forget();
    if (!box.checked) return;
    const no = () => { box.checked = false; forget(); said.textContent = said.dataset.refused; };
    if (!navigator.geolocation) { no(); return; }
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      if (!box.checked) return;
      put(coords.latitude.toFixed(6), coords.longitude.toFixed(6));
      said.textContent = said.dataset.got;
    }, no, { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
  });
}
