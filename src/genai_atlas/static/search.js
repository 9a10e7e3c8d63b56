// The results page. /search/?q=… shows the topics that answer, then the pages whose text does, by Pagefind. Each says why.
// Inside [data-atlas-search=results] each result holds one link and nothing else does.
// Loaded on this page only, after atlas.js, for AtlasFinder.
(() => {
  "use strict";
  const {$, el, base} = AtlasPage;
  const input = $("[data-atlas-search=input]"), results = $("[data-atlas-search=results]");
  const status = $("[data-atlas-search=status]"), propose = $("[data-atlas-search=propose]");
  const other = $("[data-atlas-search=other]"), {summaries} = AtlasFinder, title = document.title;
  let pagefind, turn = 0, shown;
  const engine = () => pagefind ??= import(base + "pagefind/pagefind.js").then(async p => { await p.init(); return p; }).catch(() => null);

  const marked = (text, query) => AtlasFinder.mark(text, query).map(([piece, on]) => on ? el("mark", {}, piece) : piece);
  const MOST = 10;
  const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;
  const section = (heading, items) => [el("h2", {}, heading), el("ul", {}, ...items)];

  // A topic that its summary answered for shows that sentence; any other, the first.
  const topicResult = blurbs => hit => el("li", {},
    el("a", {href: base + hit.row[2]}, ...marked(hit.row[0], hit.query)),
    el("small", {}, AtlasFinder.place(hit.row)), el("small", {}, ...AtlasFinder.why(hit)),
    ...(hit.by === "summary" ? [] : [blurbs.get(hit.row) ?? ""]));

  // Pagefind's excerpt is text with < and > escaped, and <mark> around what was found. Citations are not indexed and
  // leave their space behind.
  const excerpt = html => html.replace(/\s+(?=[.,;:])/g, "").split(/<\/?mark>/).map((piece, i) => {
    const text = piece.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
    return i % 2 ? el("mark", {}, text) : text;
  });
  const wordsOf = page => (page.raw_content ?? page.content).split(/\s+/);
  const weight = locations => locations.reduce((sum, l) => sum + l.balanced_score, 0);
  const heaviest = parts => parts.reduce((a, b) => weight(b.weighted_locations) > weight(a.weighted_locations) ? b : a);

  // Of a section that is made of rows, each with an address of its own, the row that says most about it.
  const ROWS = {finding: "Finding", limitation: "Limitation", problem: "Open problem", milestone: "Milestone", ref: "Reference"};
  const rowOf = (page, part) => {
    const rows = page.anchors.map(({id, location}, i) => {
      const end = page.anchors[i + 1]?.location ?? Infinity;
      const within = part.weighted_locations.filter(l => l.location >= location && l.location < end);
      return {id, from: location, end, weighted_locations: within};
    });
    const row = rows.length ? heaviest(rows) : null, kind = ROWS[row?.id.split("-")[0]];
    return kind && {...row, kind};
  };
  const quote = (page, {from, end}) => {
    const words = wordsOf(page), found = new Set(page.locations), first = page.locations.find(l => l >= from && l < end);
    const start = Math.max(from, first - 12), text = words.slice(start, Math.min(end, start + 34));
    return text.flatMap((word, i) => [/^[.,;:]/.test(word) || !i ? "" : " ", found.has(start + i) ? el("mark", {}, word) : word]);
  };
  // The section of the page that says most about it, so that the link leads there.
  const textResult = rows => page => {
    const part = page.sub_results.length ? heaviest(page.sub_results) : page, row = rowOf(page, part), name = page.meta.title;
    const where = part !== page && part.title !== name ? ": " + part.title : "", url = page.url.replace(/#.*/, "");
    const its = rows.find(r => new URL(r[2], base).pathname === url);
    return el("li", {}, el("a", {href: row ? url + "#" + row.id : part.url}, name + where),
      ...(its ? [el("small", {}, AtlasFinder.place(its))] : []),
      el("small", {}, el("b", {class: "atlas-because"}, row ? row.kind : "Text"), " ",
        ...(row ? quote(page, row) : excerpt(part.excerpt))));
  };

  // Where no page has a word Pagefind answers with those that share its beginning: "blockchain" brings "block".
  const foundWords = page => {
    const words = wordsOf(page);
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
      other.hidden = true;
      if (propose) propose.hidden = true;
      return;
    }
    document.documentElement.classList.add("has-q");
    const studied = AtlasFinder.finder().then(() => AtlasFinder.study());
    const [rows, texts] = await Promise.all([studied, summaries()]).catch(() => []);
    if (!current()) return;
    if (!rows) {
      status.textContent = "Search could not be loaded. All topics stand below.";
      return;
    }
    const hits = AtlasFinder.find(rows, query), near = hits.length ? [] : AtlasFinder.nearest(rows, query);
    const blurbs = new Map(rows.map((row, i) => [row, AtlasFinder.blurb(texts[i] ?? "")])), shownAs = topicResult(blurbs);
    results.replaceChildren(...(hits.length ? section("Topics", hits.slice(0, MOST).map(shownAs)) : []));
    const text = await textAnswer(rows, query);
    if (!current()) return;
    if (text?.total) {
      results.append(...section(text.instead ? `In the text, for “${text.instead}”` : "In the text", text.pages.map(textResult(rows))));
    }
    if (near.length) results.append(...section("Nearest names", near.map(shownAs)));
    if (!results.childElementCount) results.append(el("p", {}, `“${query}” is not covered by the atlas.`));
    const topics = hits.length > MOST ? `the first ${MOST} of ${hits.length} topics` : count(hits.length, "topic", "topics");
    status.textContent = hits.length || text?.total
      ? [topics, ...(text ? [count(text.total, "page", "pages") + " in the text"] : [])].join(", ")
      : `Nothing is called “${query}”.`;
    offer(query, hits.length || text?.total ? null : AtlasFinder.known(rows, query));
  };

  // What else a reader may do: fewer words where nothing was found, and always tell what is missing.
  const offer = (query, words) => {
    other.hidden = !words;
    if (words) {
      const fewer = words.filter(word => word !== AtlasFinder.fold(query));
      const links = fewer.map(word => el("a", {href: "?q=" + encodeURIComponent(word)}, word));
      other.querySelector("span").replaceChildren(...links.flatMap((link, i) => [i ? ", " : ": ", link]));
    }
    if (!propose) return;
    const link = propose.querySelector("a"), url = new URL(link.href);
    url.searchParams.set(link.dataset.title, "Missing: " + query);
    link.href = url.href;
    propose.hidden = false;
  };
  // The full text forgives no typing error: where it has nothing, the words are put right.
  const textAnswer = async (rows, query) => {
    const words = AtlasFinder.tell(query).join(" "), instead = AtlasFinder.correct(rows, words);
    const literal = await inText(words, 12);
    return !literal || literal.total || instead === words ? literal : {...await inText(instead, 12), instead};
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
