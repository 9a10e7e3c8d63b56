// Lists that can be narrowed. form[data-facets=ID] narrows what bears data-f below #ID: "area:1 kind:technique".
// Nothing ticked in a facet means all of it; ticks of one facet add up, facets cut. Each value counts what would
// remain with it, and one that would leave nothing is disabled. A section with nothing left goes too.
// The address keeps the choice: ?area=1,3&kind=technique&q=words.
(() => {
  "use strict";
  const {$$} = AtlasPage;

  // How long ago, by the reader's clock: what the build cannot know.
  const MONTH = 1000 * 60 * 60 * 24 * 30.44;
  const age = date => {
    const months = (Date.now() - Date.parse(date)) / MONTH;
    return months <= 6 ? "recent" : months <= 12 ? "year" : "old";
  };

  for (const form of $$("form[data-facets]")) {
    const host = document.getElementById(form.dataset.facets), sieve = form.closest(".atlas-sieve");
    const status = sieve.querySelector("[role=status]"), noun = status.dataset.noun, words = form.elements.q;
    const boxes = $$("input[type=checkbox]", form), facets = [...new Set(boxes.map(box => box.name))];
    const items = $$("[data-f]", host).map(element => {
      const traits = element.dataset.f.split(" ").filter(Boolean);
      if (element.dataset.reviewed) traits.push("age:" + age(element.dataset.reviewed));
      return {element, traits, isDrawn: Boolean(element.ownerSVGElement), text: null};
    });
    const counted = items.filter(item => !item.isDrawn), groups = $$("section", host);
    const says = (item, asked) => {
      item.text ??= " " + AtlasFinder.fold(item.element.textContent);
      return asked.every(word => item.text.includes(word));
    };

    const run = () => {
      const chosen = new Map(facets.map(name => [name, boxes.filter(b => b.name === name && b.checked).map(b => name + ":" + b.value)]));
      const asked = AtlasFinder.fold(words?.value ?? "").split(" ").filter(Boolean), left = new Map();
      let shown = 0;
      for (const item of items) {
        const failed = facets.filter(name => chosen.get(name).length && !chosen.get(name).some(trait => item.traits.includes(trait)));
        const isFound = item.isDrawn || says(item, asked);
        item.element.classList.toggle("is-out", failed.length > 0 || !isFound);
        if (item.isDrawn || !isFound || failed.length > 1) continue;
        if (!failed.length) shown++;
        for (const trait of item.traits) {
          if (!failed.length || trait.startsWith(failed[0] + ":")) left.set(trait, (left.get(trait) || 0) + 1);
        }
      }
      for (const group of groups) group.classList.toggle("is-out", !group.querySelector("[data-f]:not(.is-out)"));
      for (const box of boxes) {
        const count = left.get(box.name + ":" + box.value) || 0;
        box.disabled = !count && !box.checked;
        box.parentElement.querySelector("small").textContent = count;
      }
      const isNarrowed = shown < counted.length;
      status.textContent = isNarrowed ? `${shown} of ${counted.length} ${noun}` : `${shown} ${noun}`;
      host.dispatchEvent(new CustomEvent("atlas-narrowed"));
    };

    const keep = () => {
      const url = new URL(location.href);
      for (const name of facets) {
        const values = boxes.filter(box => box.name === name && box.checked).map(box => box.value);
        if (values.length) url.searchParams.set(name, values.join(",")); else url.searchParams.delete(name);
      }
      if (words?.value.trim()) url.searchParams.set("q", words.value.trim()); else url.searchParams.delete("q");
      url.search = url.search.replaceAll("%2C", ",").replaceAll("%3A", ":");
      history.replaceState(null, "", url);
    };
    const read = () => {
      const address = new URLSearchParams(location.search);
      if (words) words.value = address.get("q") || "";
      for (const box of boxes) box.checked = (address.get(box.name) || "").split(",").includes(box.value);
      run();
    };

    let timer;
    const changed = () => { run(); keep(); };
    form.addEventListener("change", changed);
    words?.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(changed, 120); });
    form.addEventListener("reset", () => setTimeout(changed));
    form.addEventListener("submit", event => event.preventDefault());
    addEventListener("popstate", read);
    // Open beside the list on wide screens, folded above it on narrow ones.
    const wide = matchMedia("(min-width: 60em)"), fit = () => { form.parentElement.open = wide.matches; };
    wide.addEventListener("change", fit);
    fit();
    read();
  }
})();
