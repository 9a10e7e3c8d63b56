// Colour scheme, search boxes, previews, contents, copy buttons. Every page is complete without it.
// Follows dom.js and fold.js in the same file. Builds elements, never HTML from text.
(() => {
  "use strict";
  const {$, $$, el, base} = AtlasPage;
  const root = document.documentElement;
  const once = make => { let made; return () => made ??= make(); };
  const data = name => once(() => fetch(`${base}assets/${name}.json`).then(r => r.json()).catch(() => []));
  const names = data("names"), summaries = data("summaries");

  // Colour scheme: follows the system until the reader chooses.
  const scheme = $(".atlas-scheme"), system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => root.dataset.scheme ? root.dataset.scheme === "dark" : system.matches;
  const tell = () => scheme.setAttribute("aria-pressed", isDark());
  scheme.hidden = false;
  tell();
  system.addEventListener("change", tell);
  scheme.addEventListener("click", () => {
    root.dataset.scheme = isDark() ? "light" : "dark";
    tell();
    try { localStorage.setItem("atlas-scheme", root.dataset.scheme); } catch { /* storage is off: this page only */ }
  });

  // Search boxes: their engine and lists are loaded at the first use. Until then, and without them, a box is a form.
  const boxes = "[data-finder], [data-atlas-search=input]";
  const finder = once(() => Promise.all([names(), new Promise((done, failed) => {
    const script = el("script", {src: base + "assets/finder.js"});
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  })]).then(([rows]) => rows));
  // Topics that were opened, newest first: in this browser only.
  const recent = "atlas-recent " + new URL(base).pathname;
  Object.assign(AtlasFinder, {boxes, recent, data, names, summaries, finder});
  if ($(".is-topic")) try {
    const path = location.pathname.slice(new URL(base).pathname.length);
    const before = [].concat(JSON.parse(localStorage.getItem(recent) || "[]")).filter(other => other !== path);
    localStorage.setItem(recent, JSON.stringify([path, ...before].slice(0, 9)));
  } catch { /* storage is off, or holds something else: nothing is kept */ }
  const wanted = input => { if (input?.matches(boxes)) finder().catch(() => {}); };
  document.addEventListener("focusin", e => wanted(e.target));
  wanted(document.activeElement);
  document.addEventListener("keydown", e => {
    const writes = e.target.closest("input, textarea, select, [contenteditable]"), command = e.ctrlKey || e.metaKey;
    const isSlash = e.key === "/" && !command && !e.altKey && !writes;
    if (!isSlash && !(command && !e.altKey && !e.shiftKey && e.key.toLowerCase() === "k")) return;
    e.preventDefault();
    const box = $("[data-atlas-search=input]") || $("#q");
    box.focus();
    box.select();
  });

  // Previews of citations and topics: hoverable, dismissed by Escape, the focus stays (WCAG 1.4.13).
  const previewed = ".atlas-cite, .atlas-topic, .atlas-nb a, " +
    ":is(.atlas-grid th, .atlas-works .atlas-back) a:not([href^=http])";
  let note, owner, timer;
  const later = (what, ms, ...args) => { clearTimeout(timer); timer = setTimeout(what, ms, ...args); };
  const hide = () => {
    clearTimeout(timer);
    if (note) note.hidden = true;
    owner?.removeAttribute("aria-describedby");
    owner = null;
  };
  const content = async link => {
    if (link.matches(".atlas-cite")) {
      const ref = $(".atlas-ref", document.getElementById(link.getAttribute("href").slice(1)) || link);
      return ref && [...ref.cloneNode(true).childNodes, ...(link.dataset.loc ? [el("small", {}, "at " + link.dataset.loc)] : [])];
    }
    const path = new URL(link.getAttribute("href"), location.href).pathname;
    const [rows, texts] = await Promise.all([names(), summaries()]);
    const i = rows.findIndex(r => new URL(r[2], base).pathname === path), row = rows[i];
    return row && [el("b", {}, row[0]), AtlasFinder.blurb(texts[i] ?? ""), el("small", {}, AtlasFinder.place(row))];
  };
  const preview = async link => {
    const inside = await content(link);
    if (!inside || !link.matches(":hover, :focus")) return;
    if (!note) {
      note = el("div", {class: "atlas-preview", id: "atlas-preview", role: "note"});
      note.addEventListener("mouseenter", () => clearTimeout(timer));
      note.addEventListener("mouseleave", () => later(hide, 200));
      document.body.append(note);
    }
    owner?.removeAttribute("aria-describedby");
    owner = link;
    note.replaceChildren(...inside);
    note.hidden = false;
    link.setAttribute("aria-describedby", "atlas-preview");
    const box = link.getBoundingClientRect(), below = box.bottom + note.offsetHeight + 12 < innerHeight;
    note.style.left = Math.max(8, Math.min(root.clientWidth - note.offsetWidth - 8, box.left - 16)) + scrollX + "px";
    note.style.top = (below ? box.bottom + 6 : box.top - note.offsetHeight - 6) + scrollY + "px";
  };
  document.addEventListener("mouseover", e => {
    const a = e.target.closest(previewed);
    if (a && a !== owner) later(preview, 180, a); else if (a) clearTimeout(timer);
  });
  document.addEventListener("mouseout", e => { if (e.target.closest(previewed)) later(hide, 220); });
  document.addEventListener("focusin", e => {
    const a = e.target.closest(previewed);
    if (a?.matches(":focus-visible")) preview(a); else if (!note?.contains(e.target)) hide();
  });

  // What opens closes by Escape, which gives the focus back, and by a click elsewhere.
  const popouts = () => $$("details.atlas-popout[open], details.atlas-menu[open]");
  document.addEventListener("keydown", e => {
    if (e.key !== "Escape") return;
    hide();
    popouts().forEach(d => { d.open = false; $("summary", d).focus(); });
  });
  document.addEventListener("click", e => popouts().forEach(d => { if (!d.contains(e.target)) d.open = false; }));

  // Contents: shipped closed, open beside the text on wide screens, where they follow the reader.
  const toc = $("[data-atlas-toc]");
  if (toc) {
    const wide = matchMedia("(min-width: 76.25em)"), fit = () => { $("details", toc).open = wide.matches; };
    const links = $$("a", toc), heads = links.map(a => document.getElementById(decodeURIComponent(a.hash.slice(1))));
    let due = 0;
    const follow = () => {
      due = 0;
      const end = innerHeight + scrollY >= root.scrollHeight - 2;
      let on = 0;
      heads.forEach((h, i) => { if (h && (end || h.getBoundingClientRect().top < innerHeight * .3)) on = i; });
      links.forEach((a, i) => i === on ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current"));
    };
    fit();
    wide.addEventListener("change", fit);
    addEventListener("scroll", () => { due ||= requestAnimationFrame(follow); }, {passive: true});
    follow();
  }

  // Where the address is not https the clipboard is closed.
  if (navigator.clipboard) $$("[data-copy]").forEach(button => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const from = document.getElementById(button.dataset.copy), was = button.textContent;
      try {
        await navigator.clipboard.writeText(from.href ? await (await fetch(from.href)).text() : from.textContent);
        button.textContent = "Copied";
      } catch { button.textContent = "Not copied"; }
      setTimeout(() => { button.textContent = was; }, 1500);
    });
  });
  // What scrolls sideways can be scrolled by keys.
  $$(".is-doc :is(pre, table)").forEach(box => { if (box.scrollWidth > box.clientWidth) box.tabIndex = 0; });

  // The page that is not there: the names nearest to its address.
  const lost = $("[data-atlas-nearest]");
  if (lost) finder().then(rows => {
    let path = location.pathname.slice(new URL(base).pathname.length);
    try { path = decodeURIComponent(path); } catch { /* not an encoding: as it is */ }
    const words = path.replace(/(\/index)?\.\w+$|\/+$/, "").split("/").pop().replace(/[-_]+/g, " ");
    const hits = [...AtlasFinder.find(rows, words), ...AtlasFinder.nearest(rows, words)];
    const near = [...new Set(hits.map(h => h.row))].slice(0, 4);
    lost.append(el("h2", {}, "Nearest names"), near.length
      ? el("ul", {}, ...near.map(row =>
        el("li", {}, el("a", {href: base + row[2]}, row[0]), " ", el("small", {}, AtlasFinder.place(row)))))
      : el("p", {}, "Nothing in the atlas is called anything like this address."));
  }, () => {});
})();
