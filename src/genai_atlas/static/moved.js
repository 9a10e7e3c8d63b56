// On pages of what moved or ended: the reader's colours, and on with the anchor, which a plain redirect drops.
(() => {
  "use strict";
  try {
    const scheme = localStorage.getItem("atlas-scheme");
    if (scheme) document.documentElement.dataset.scheme = scheme;
  } catch {}
  const {to} = document.currentScript.dataset;
  if (!to || !location.hash) return;
  stop(); // else the plain redirect below might be quicker
  location.replace(to + location.hash);
})();
