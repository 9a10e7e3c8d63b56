// The map: pointing at a topic, or reaching it by keys, shows its own relations and names their number.
// Follows facets.js in the same file, whose filter says which relations there are.
(() => {
  "use strict";
  const svg = document.querySelector(".atlas-map"), said = document.querySelector(".atlas-said");
  if (!svg) return;
  const names = [...svg.querySelectorAll("a[data-n]")], edges = [...svg.querySelectorAll("path[data-e]")].map(path => [path, ...path.dataset.e.split(" ")]);
  let lit;
  const light = link => {
    lit = link;
    svg.classList.toggle("is-picked", Boolean(link));
    const ends = new Set();
    let count = 0;
    for (const [path, a, b] of edges) {
      const isOn = Boolean(link) && (a === link.dataset.n || b === link.dataset.n) && !path.classList.contains("is-out");
      path.classList.toggle("is-on", isOn);
      if (isOn) { ends.add(a).add(b); count++; }
    }
    for (const name of names) name.classList.toggle("is-on", ends.has(name.dataset.n) || name === link);
    said.textContent = link ? `${link.textContent}: ${count} ${count === 1 ? "relation" : "relations"}` : "";
  };
  svg.addEventListener("mouseover", event => { const link = event.target.closest("a"); if (link && link !== lit) light(link); });
  svg.addEventListener("mouseleave", () => light(svg.querySelector("a:focus-visible")));
  svg.addEventListener("focusin", event => light(event.target.closest("a")));
  svg.addEventListener("focusout", () => light(null));
  document.getElementById("map").addEventListener("atlas-narrowed", () => light(lit));
})();
