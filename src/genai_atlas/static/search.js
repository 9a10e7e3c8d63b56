// The results page. /search/?q=… shows the names that answer, then the pages whose text does, by Pagefind.
// Inside [data-atlas-search=results] each result holds one link and nothing else does.
// Loaded on this page only, after atlas.js, for AtlasFinder.
(() => {
  "use strict";
  const $ = selector => document.querySelector(selector);
  const el = (tag, attributes = {}, ...children) => {
    const e = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
    e.append(...children);
    return e;
  };
  const input = $("[data-atlas-search=input]"), results = $("[data-atlas-search=results]");
  const status = $("[data-atlas-search=status]"), propose = $("[data-atlas-search=propose]");
  const base = new URL($(".atlas-bar").dataset.base, location.href).href.replace(/\/?$/, "/"), title = document.title;
  const names = fetch(base + "assets/names.json").then(r => r.json()).catch(() => []);
  let pagefind, turn = 0, shown;
  const engine = () => pagefind ??= import(base + "pagefind/pagefind.js").then(async p => { await p.init(); return p; }).catch(() => null);

  const marked = (text, query) => AtlasFinder.mark(text, query).map(([piece, on]) => on ? el("mark", {}, piece) : piece);
  const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;
  const section = (heading, items) => [el("h2", {}, heading), el("ul", {}, ...items)];

  const nameResult = ({row, via, approach, query}) => el("li", {},
    el("a", {href: base + row[2]}, ...marked(row[0], query)),
    el("small", {}, ...(via ? [approach ? "compares: " : "also: ", ...marked(via, query), " · "] : []), AtlasFinder.place(row)),
    row[6]);

  // Pagefind's excerpt is text with < and > escaped, and <mark> around what was found. Citations are not indexed and
  // leave their space behind.
  const excerpt = html => html.replace(/\s+(?=[.,;:])/g, "").split(/<\/?mark>/).map((piece, i) => {
    const text = piece.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
    return i % 2 ? el("mark", {}, text) : text;
  });
  // The section of the page that says most about it, so that the link leads there.
  const weight = part => part.weighted_locations.reduce((sum, l) => sum + l.balanced_score, 0);
  const textResult = page => {
    const part = page.sub_results.reduce((a, b) => weight(b) > weight(a) ? b : a, page.sub_results[0]);
    const name = page.meta.title, where = part && part.title !== name ? ": " + part.title : "";
    return el("li", {}, el("a", {href: (part || page).url}, name + where), el("small", {}, ...excerpt((part || page).excerpt)));
  };

  // Where no page has a word Pagefind answers with those that share its beginning: "blockchain" brings "block".
  const foundWords = page => {
    const words = (page.raw_content ?? page.content).split(/\s+/);
    return page.locations.map(i => words[i] ?? "").concat(page.meta.title);
  };
  const inText = async (words, most) => {
    const p = await engine();
    if (!p) return null;
    const found = (await p.search(words)).results, pages = await Promise.all(found.slice(0, most).map(r => r.data()));
    const kept = pages.filter(page => AtlasFinder.covers(foundWords(page), words));
    return {pages: kept, total: kept.length === pages.length ? found.length : kept.length};
  };

  const run = async () => {
    const query = input.value.trim(), mine = ++turn, current = () => mine === turn;
    if (query === shown) return;
    shown = query;
    document.title = query ? `${query} - ${title}` : title;
    if (!AtlasFinder.fold(query)) {
      document.documentElement.classList.remove("has-q");
      results.replaceChildren();
      status.textContent = "";
      if (propose) propose.hidden = true;
      return;
    }
    document.documentElement.classList.add("has-q");
    const rows = await names;
    if (!current()) return;
    const hits = AtlasFinder.find(rows, query), top = hits.slice(0, 10);
    results.replaceChildren(...(top.length ? section("Topics", top.map(nameResult)) : []));
    // The full text forgives no typing error: where it has nothing, the words are put right after the names.
    const right = AtlasFinder.correct(rows, query), literal = await inText(query, 12);
    const corrected = literal && !literal.total && right !== AtlasFinder.fold(query);
    const text = corrected ? await inText(right, 12) : literal;
    if (!current()) return;
    if (text?.total) {
      results.append(...section(corrected ? `In the text, for “${right}”` : "In the text", text.pages.map(textResult)));
    }
    if (!results.childElementCount) {
      const near = AtlasFinder.nearest(rows, query);
      const none = `“${query}” is not covered by the atlas. Fewer or other words may help; all topics stand below.`;
      results.append(...(near.length ? section("Nearest names", near.map(nameResult)) : [el("p", {}, none)]));
    }
    status.textContent = hits.length || text?.total
      ? [count(hits.length, "topic", "topics"), ...(text ? [count(text.total, "page", "pages") + " in the text"] : [])].join(", ")
      : `Nothing is called “${query}”.`;
    if (propose) {
      const link = propose.querySelector("a"), url = new URL(link.href);
      url.searchParams.set("title", "Missing: " + query);
      link.href = url.href;
      propose.hidden = false;
    }
  };

  const address = () => {
    const url = new URL(location.href), query = input.value.trim();
    url.hash = "";
    if (query) url.searchParams.set("q", query); else url.searchParams.delete("q");
    return url;
  };
  const fromAddress = () => {
    input.value = new URLSearchParams(location.search).get("q") || "";
    run();
  };
  let timer;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { history.replaceState(null, "", address()); run(); }, 200);
  });
  input.form.addEventListener("submit", e => {
    e.preventDefault();
    clearTimeout(timer);
    if (address().href !== location.href) history.pushState(null, "", address());
    run();
  });
  addEventListener("popstate", fromAddress);
  input.addEventListener("focus", engine, {once: true});
  fromAddress();
})();
