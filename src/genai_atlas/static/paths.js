// Reading paths. The engine needs no page: `steps` is assets/paths.json, one a topic in the outline's order, with the
// places of what is to be read before it.
const AtlasPaths = (() => {
  "use strict";

  // All that a topic rests on, and the topic itself.
  const rests = (steps, to) => {
    const found = new Set([to]), waiting = [to];
    while (waiting.length) for (const n of steps[waiting.pop()].before) if (!found.has(n)) { found.add(n); waiting.push(n); }
    return found;
  };

  // In an order in which nothing comes before what it rests on; of what may come next, the first in the outline.
  const ordered = (steps, topics) => {
    const left = new Set([...topics].sort((a, b) => a - b)), order = [];
    while (left.size) {
      const next = [...left].find(n => !steps[n].before.some(m => left.has(m)));
      left.delete(next);
      order.push(next);
    }
    return order;
  };

  // The fewest topics from one to the other, the outline deciding between equals; null where no way leads there.
  const between = (steps, from, to) => {
    const far = new Map([[to, 0]]);
    for (const [n, d] of far) for (const m of steps[n].before) if (!far.has(m)) far.set(m, d + 1);
    if (!far.has(from)) return null;
    const way = [from];
    while (way.at(-1) !== to) {
      const here = way.at(-1);
      way.push(steps.findIndex((step, n) => far.get(n) === far.get(here) - 1 && step.before.includes(here)));
    }
    return way;
  };

  return {before: (steps, to) => ordered(steps, rests(steps, to)), between, rests, ordered};
})();

(() => {
  "use strict";
  const {$, el, base} = AtlasPage, {form, status, pathOf, titled, follow} = AtlasChoice;
  const {to, from} = form.elements, list = $(".atlas-path");
  const data = Promise.all(["paths", "names", "summaries"].map(name => fetch(`${base}assets/${name}.json`).then(r => r.json())));
  const titleOf = select => select.selectedOptions[0].textContent;

  const item = (step, row, steps, names) => el("li", {},
    el("a", {href: base + step.path + "/"}, row ? row.title : step.path),
    el("p", {}, row ? row.blurb : ""),
    ...(step.before.length ? [el("p", {class: "atlas-also"}, "rests on ", step.before.map(n => names.get(steps[n].path)?.title).join(", "))] : []),
    ...(step.texts.length ? [el("ul", {}, ...step.texts.map(([name, who, key]) =>
      el("li", {}, el("a", {href: `${base}references/#${key}`}, name), ` ${who}`)))] : []));

  const draw = async () => {
    list.replaceChildren();
    status.textContent = "";
    titled(to.value && titleOf(to));
    if (!to.value) return;
    let steps, rows, texts;
    try { [steps, rows, texts] = await data; } catch { status.textContent = "The paths could not be loaded."; return; }
    const names = new Map(rows.map((row, i) => [row[2].replace(/\/$/, ""), {title: row[0], blurb: AtlasFinder.blurb(texts[i])}]));
    const place = select => steps.findIndex(step => step.path === pathOf(select.selectedOptions[0]));
    const end = place(to), start = from.value ? place(from) : -1;
    let way = start < 0 ? AtlasPaths.before(steps, end) : AtlasPaths.between(steps, start, end);
    if (way) status.textContent = way.length > 1 ? `${way.length} topics, in this order` : "Nothing has to be read before.";
    else {
      const known = AtlasPaths.rests(steps, start);
      way = AtlasPaths.ordered(steps, [...AtlasPaths.rests(steps, end)].filter(n => !known.has(n)));
      const left = way.length > 1 ? "what remains to be read up to it" : "it can be read by itself";
      status.textContent = `No path leads from ${titleOf(from)} to ${titleOf(to)}; ${left}:`;
    }
    list.replaceChildren(...way.map(n => item(steps[n], names.get(steps[n].path), steps, names)));
  };

  follow(draw);
})();
