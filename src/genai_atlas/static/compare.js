// Two or three topics side by side, taken from their own pages: so the rows never say anything else than those, and
// grow with them. Only elements are moved, no text becomes markup. Follows choose.js in the same file.
(() => {
  "use strict";
  const {$, $$, el, base} = AtlasPage, {selects, status, pathOf, titled, follow} = AtlasChoice;
  const host = $(".atlas-compare");

  // Row -> what stands for it on the page of a topic.
  const ROWS = {
    "In one paragraph": page => $$(".atlas-lead", page),
    "Kind": page => $$(".atlas-kind", page),
    "Place": page => $$(".atlas-crumbs li:nth-child(n + 2) a", page),
    "Scope": page => $$(".atlas-scope", page).slice(0, 1),
    "Read first": page => $$(".atlas-first", page),
    "Use it when": page => $$(".is-use li", page),
    "Avoid it when": page => $$(".is-avoid li", page),
    "Formulas": page => $$(".atlas-split .atlas-prose .atlas-formula", page),
    "Findings": page => $$(".atlas-findings tbody tr", page).map(finding),
    "Limitations": page => $$(".atlas-limits li", page),
    "Open problems": page => $$(".atlas-problem h3", page),
    "Benchmarks": page => $$("#benchmarks + table tbody th", page),
    "Implementations": page => $$(".atlas-impl li", page).map(li => el("div", {}, ...$$("a, .atlas-tag", li).slice(0, 2).flatMap(e => [e, " "]))),
    "Also called": page => $$(".atlas-aka span:nth-of-type(2)", page).map(e => el("div", {}, e.textContent.replace(/^also: /, ""))),
    "Depth": page => $$(".atlas-facts dl > div", page).filter(d => $("dt", d).textContent === "Depth").map(d => $("dd", d)),
    "Reviewed": page => $$(".atlas-facts time", page).slice(0, 1),
  };
  const finding = row => el("div", {class: row.className},
    el("span", {class: "atlas-value"}, ...$(".atlas-value", row).childNodes), " ", el("span", {class: "atlas-unit"}, ...$(".atlas-unit", row).childNodes),
    el("p", {}, ...$(".atlas-claim", row).childNodes, " ", el("span", {class: "atlas-reading"}, $(".atlas-reading", row).textContent)));

  // Away from its page a citation's number means nothing, an id may stand twice, and an address is another.
  const settle = (element, address) => {
    for (const cites of $$(".atlas-cites", element)) {
      cites.classList.add("is-named");
      const links = $$("a", cites).map(a => el("a", {href: a.getAttribute("href")}, a.getAttribute("aria-label").replace(/^[^:]*: /, "")));
      cites.replaceChildren("(", ...links.flatMap((a, i) => i ? ["; ", a] : [a]), ")");
    }
    for (const a of $$("a[href]", element)) a.href = new URL(a.getAttribute("href"), address).href;
    for (const e of [element, ...$$("[id]", element)]) e.removeAttribute("id");
    for (const e of $$(".atlas-anchor, .headerlink, button, :scope > b", element)) e.remove();
  };
  const cell = (elements, address) => {
    const copies = elements.map(e => {
      const copy = document.importNode(e, true);
      settle(copy, address);
      if (copy.matches("a[href]")) copy.href = new URL(e.getAttribute("href"), address).href;
      return copy;
    });
    if (copies.length > 1) return el("ul", {}, ...copies.map(copy => el("li", {class: copy.className}, ...(copy.matches("a, div") ? [copy] : copy.childNodes))));
    return copies.length ? el("div", {}, ...(copies[0].matches("a") ? [copies[0]] : copies[0].childNodes)) : "–";
  };

  const load = async option => {
    const address = base + pathOf(option) + "/", answer = await fetch(address);
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return {address, title: option.textContent, page};
  };

  const target = (link, topic) => new URL(link.getAttribute("href"), topic.address).pathname;

  // What the pages say of each other; what tells two apart comes first.
  const between = (one, other) => $$(".atlas-relations > div", one.page).flatMap(group => $$("dd", group)
    .filter(dd => target($(".atlas-topic", dd), one) === new URL(other.address).pathname)
    .map(dd => ({isFirst: group.textContent.startsWith("Is often confused"), phrase: $("dt", group).textContent, note: $("span", dd), one, other})));
  const relations = topics => {
    const pairs = topics.flatMap((one, i) => topics.slice(i + 1).map(other => [one, other]));
    const said = pairs.flatMap(([one, other]) => between(one, other)).sort((a, b) => b.isFirst - a.isFirst);
    return said.map(({phrase, note, one, other}) => {
      const copy = document.importNode(note, true);
      settle(copy, one.address);
      return el("p", {class: "atlas-between"}, el("b", {}, one.title), ` ${phrase[0].toLowerCase()}${phrase.slice(1)} `, el("b", {}, other.title), ": ", copy);
    });
  };

  const common = (topics, heading, keyed) => {
    const [first, ...rest] = topics.map(topic => new Map(keyed(topic)));
    const shared = [...first].filter(([key]) => rest.every(map => map.has(key))).map(([, e]) => e);
    return shared.length ? el("section", {}, el("h2", {}, heading), el("ul", {class: "atlas-az"}, ...shared.map(e => {
      const li = el("li", {}, ...document.importNode(e, true).childNodes);
      settle(li, topics[0].address);
      return li;
    }))) : "";
  };

  const draw = topics => {
    const rows = Object.entries(ROWS).map(([name, of]) => [name, topics.map(topic => of(topic.page))]).filter(([, cells]) => cells.some(c => c.length));
    const text = elements => elements.map(e => e.textContent.replace(/\s+/g, " ").trim()).join("|");
    const isSame = ([, cells]) => cells.every(c => text(c) === text(cells[0]));
    const same = rows.filter(isSame), apart = rows.filter(row => !isSame(row));
    const head = el("thead", {role: "rowgroup"}, el("tr", {role: "row"}, el("th", {role: "columnheader", scope: "col"}, el("span", {class: "atlas-sr"}, "Row")),
      ...topics.map(t => el("th", {role: "columnheader", scope: "col"}, el("a", {href: t.address}, t.title)))));
    const body = el("tbody", {role: "rowgroup"}, ...apart.map(([name, cells]) => el("tr", {role: "row"}, el("th", {role: "rowheader", scope: "row"}, name),
      ...cells.map((c, i) => el("td", {role: "cell", "data-label": topics[i].title}, cell(c, topics[i].address))))));
    const table = el("table", {class: "atlas-grid atlas-stack atlas-versus", role: "table"}, el("caption", {class: "atlas-sr"}, topics.map(t => t.title).join(", ")), head, body);
    const folded = same.length ? [el("details", {class: "atlas-same"}, el("summary", {}, "The same in all: " + same.map(([name]) => name.toLowerCase()).join(", ")),
      el("dl", {}, ...same.flatMap(([name, cells]) => [el("dt", {}, name), el("dd", {}, cell(cells[0], topics[0].address))])))] : [];
    host.replaceChildren(...relations(topics), table, ...folded,
      common(topics, "Related to all of them", t => $$(".atlas-relations dd", t.page).map(dd => [target($(".atlas-topic", dd), t), el("span", {}, $(".atlas-topic", dd).cloneNode(true))])),
      common(topics, "Cited by all of them", t => $$(".atlas-refs .atlas-ref", t.page).map(ref => [$("cite", ref)?.textContent, ref])));
  };

  let turn = 0;
  const show = async () => {
    const mine = ++turn, chosen = selects.filter(s => s.value).map(s => s.selectedOptions[0]);
    const options = chosen.filter((o, i) => chosen.findIndex(p => p.value === o.value) === i);
    host.replaceChildren();
    titled(options.length > 1 ? options.map(o => o.textContent).join(", ") : "");
    status.textContent = options.length > 1 ? "" : chosen.length > 1 ? "Choose a topic other than the first." : chosen.length ? "Choose a second topic." : "";
    if (options.length < 2) return;
    try {
      const topics = await Promise.all(options.map(load));
      if (mine === turn) draw(topics);
    } catch { if (mine === turn) status.textContent = "One of the pages could not be loaded; the rows stand on the topics' own pages."; }
  };
  follow(show);
})();
