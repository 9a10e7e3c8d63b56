// Reading marks, what can be copied, faults to report, print. Follows atlas.js in the same file; pages are complete
// without it. AtlasYours is the store of the marks, which the page "Your atlas" shares:
//   {path: {state: "to-read" | "reading" | "read", on: day, hash: fingerprint of the topic when it was marked}}
const AtlasYours = (() => {
  "use strict";
  const root = new URL(AtlasPage.base).pathname, STATES = ["to-read", "reading", "read"];
  // Sites at other paths of the host share the storage, so the keys name the path.
  const key = name => `atlas-${name} ${root}`;
  const isObject = value => !!value && typeof value === "object" && !Array.isArray(value);
  const load = name => {
    try {
      const value = JSON.parse(localStorage.getItem(key(name)));
      // Other scripts of the host can write here too: what is none of ours would stop the page.
      const isOurs = part => isObject(part) && (name !== "marks" || STATES.includes(part.state));
      return Object.fromEntries(Object.entries(value ?? {}).filter(([, part]) => isOurs(part)));
    } catch { return {}; }
  };
  // False where the storage is closed or full.
  const save = (name, value) => {
    try { localStorage.setItem(key(name), JSON.stringify(value)); return true; } catch { return false; }
  };
  // Of two marks of one topic the one that is further on.
  const further = (a, b) => a && STATES.indexOf(a.state) >= STATES.indexOf(b.state) ? a : b;
  const move = (marks, old, path) => {
    if (!marks[old]) return false;
    marks[path] = further(marks[path], marks[old]);
    delete marks[old];
    return true;
  };
  // Whether the text differs. Fingerprints of another scheme cannot be compared, and the last four characters are the
  // dates of review.
  const differs = (a, b) => !!a && !!b && a[0] === b[0] && a.slice(0, -4) !== b.slice(0, -4);
  const today = () => new Date(Date.now() - new Date().getTimezoneOffset() * 6e4).toISOString().slice(0, 10);
  return {root, STATES, key, isObject, load, save, further, move, differs, today};
})();
(() => {
  "use strict";
  const {root, load, save, move, differs, today} = AtlasYours;
  const {$, $$, el} = AtlasPage;

  const LISTED = ".atlas-tree ul ul a, :is(.atlas-tiles, .atlas-grid, .atlas-siblings, .atlas-relations, .atlas-az) .atlas-topic";

  // The mark of this topic. Those of paths that lead here now come along.
  const select = $("select[data-mark]");
  if (select) {
    const {mark: path, hash, formerly = ""} = select.dataset, note = el("span", {class: "atlas-changed", role: "status"});
    select.parentNode.after(note);
    const keep = marks => { if (!save("marks", marks)) note.textContent = "Not kept: the storage of this browser is closed or full."; };
    const set = state => {
      const marks = load("marks");
      delete marks[path];
      if (state) marks[path] = {state, on: today(), hash};
      note.textContent = "";
      keep(marks);
      sign();
    };
    const show = () => {
      const marks = load("marks"), moved = formerly.split(" ").filter(old => move(marks, old, path)), mark = marks[path];
      if (moved.length) keep(marks);
      select.value = mark?.state ?? "";
      note.replaceChildren();
      if (!mark || mark.state === "to-read" || !differs(mark.hash, hash)) return;
      const seen = el("button", {type: "button", class: "atlas-btn"}, "Mark as seen");
      seen.addEventListener("click", () => { set(mark.state); select.focus(); });
      note.append(mark.state === "read" ? "Changed since you read it " : "Changed since you began it ", seen);
    };
    show();
    select.addEventListener("change", () => set(select.value));
    addEventListener("storage", show);
    addEventListener("pageshow", e => { if (e.persisted) show(); });
  }
  // In lists of topics a sign stands behind each that is marked.
  const sign = () => {
    const marks = load("marks");
    for (const a of $$(LISTED)) {
      const mark = marks[a.pathname.slice(root.length, -1)];
      if (mark) a.dataset.state = mark.state; else delete a.dataset.state;
    }
  };
  if (Object.keys(load("marks")).length) sign();

  // Copying: the TeX of a formula, a reference as text. Where the address is not https the clipboard is closed.
  let heard;
  const copier = (label, text, attributes) => {
    heard ??= document.body.appendChild(el("p", {class: "atlas-sr", role: "status"}));
    const button = el("button", {type: "button", class: "atlas-copy", ...attributes}, label);
    button.addEventListener("click", async () => {
      const said = await navigator.clipboard.writeText(text()).then(() => "Copied", () => "Not copied");
      button.textContent = heard.textContent = said;
      setTimeout(() => { button.textContent = label; heard.textContent = ""; }, 1500);
    });
    return button;
  };
  if (navigator.clipboard) {
    for (const box of $$(".atlas-formula")) {
      const math = $("[data-tex]", box);
      if (!math) continue;
      const wrap = el("div", {class: "atlas-tex"});
      box.replaceWith(wrap);
      wrap.append(box, copier("Copy TeX", () => math.dataset.tex));
    }
    $$(".atlas-refs li").forEach((li, i) => {
      const ref = $(".atlas-ref", li), text = () => [...ref.childNodes].map(n => n.href || n.textContent).join("");
      li.lastElementChild.append(copier("Copy", text, {"aria-label": `Copy reference ${i + 1}`}));
    });
  }
  // Formulas within what is copied by hand are their TeX: letters without their places say nothing.
  document.addEventListener("copy", e => {
    const picked = getSelection();
    if (!picked.rangeCount || e.target.closest?.("input, textarea")) return;
    const part = picked.getRangeAt(0).cloneContents(), html = el("div", {}, part.cloneNode(true)), all = $$("[data-tex]", part);
    if (!all.length) return;
    for (const math of all) math.replaceWith(`$${math.dataset.tex}$`);
    e.clipboardData.setData("text/html", html.innerHTML);
    e.clipboardData.setData("text/plain", part.textContent);
    e.preventDefault();
  });

  // A report names the section that is in view.
  const report = e => {
    const a = e.target.closest?.("[data-report]");
    if (!a) return;
    const head = $$(".atlas-text h2[id]").findLast(h => h.getBoundingClientRect().top < innerHeight * .4);
    const url = new URL(a.dataset.report ||= a.href), field = [...url.searchParams.keys()].pop();
    const name = head && [...head.childNodes].filter(n => n.className !== "headerlink").map(n => n.textContent).join("").trim();
    const place = url.searchParams.get(field) + (head ? `#${head.id}\nSection: ${name}` : "");
    url.searchParams.set(field, place + "\n\nWhat is wrong, and which source says so:\n");
    a.href = url;
  };
  document.addEventListener("click", report);
  document.addEventListener("auxclick", report);

  // On paper everything is open.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = $$("details:not([open])");
    opened.forEach(d => { d.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach(d => { d.open = false; }));
})();
