// Runs before the first paint: the theme is the system's until somebody chooses one on this device.
let chosen = null;
try { chosen = localStorage.getItem('theme'); } catch { /* storage may be forbidden */ }
document.documentElement.dataset.bsTheme = chosen || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
document.documentElement.classList.add('js');
