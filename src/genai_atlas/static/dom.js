// What every script of a page uses: elements, found and made, and the site's root. First in atlas.js.
const AtlasPage = (() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  // Children that are strings become text, never markup.
  const el = (tag, attributes = {}, ...children) => {
    const e = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
    e.append(...children);
    return e;
  };
  // Ends with a slash.
  const base = new URL($(".atlas-bar").dataset.base, location.href).href.replace(/\/?$/, "/");
  return {$, $$, el, base};
})();
