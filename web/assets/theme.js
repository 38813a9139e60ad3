// Runs before the first paint: the theme is the system's until somebody chooses one on this device, and where the portal can be put on
// the home screen that is offered until somebody says no (device/page.js).
let chosen = null;
try {
  chosen = localStorage.getItem('theme');
  if (localStorage.getItem('can-install') && !localStorage.getItem('no-install')) document.documentElement.dataset.install = '';
} catch { /* storage may be forbidden */ }
document.documentElement.dataset.bsTheme = chosen || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
document.documentElement.classList.add('js');
