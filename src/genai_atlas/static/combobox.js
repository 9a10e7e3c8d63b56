// The lists of the search boxes, and what the finder learns late. Follows finder.js in the same file, which atlas.js
// loads at the first use of a box.
(() => {
  "use strict";
  const {el, base} = AtlasPage, {boxes, recent, names, summaries} = AtlasFinder;
  const marked = (text, query) => AtlasFinder.mark(text, query).map(([piece, on]) => on ? el("mark", {}, piece) : piece);

  // What is wanted only where no name answers for sure. Without it the names alone are searched.
  const evidence = AtlasFinder.data("evidence");
  let studied;
  AtlasFinder.study = () => studied ??= Promise.all([names(), summaries(), evidence()]).then(([rows, texts, found]) => {
    if (found.works) AtlasFinder.learn(rows, texts, found);
    return rows;
  });
  // Why a page was found: what matched, and the words of it.
  AtlasFinder.why = ({by, via, query}) => {
    const [what, text] = AtlasFinder.reason({by, via, query});
    return [el("b", {class: "atlas-because"}, what), ...(text ? [" ", ...marked(text, query)] : [])];
  };

  const opened = rows => {
    let kept = [];
    try { kept = [].concat(JSON.parse(localStorage.getItem(recent) || "[]")); } catch { /* none, then */ }
    // Of a topic that has moved since, only its page knows.
    const seen = kept.map(path => rows.find(row => row[2] === path));
    return seen.filter(row => row && !location.href.startsWith(base + row[2])).slice(0, 6);
  };

  const attach = (input, k) => {
    const id = "atlas-list-" + k, form = input.form, isPage = input.matches("[data-atlas-search]");
    const list = el("ul", {id, role: "listbox", "aria-label": "Topics"});
    const clear = el("button", {type: "button"}, "Clear"), head = el("p", {class: "atlas-list__head"}, "Recent topics");
    const foot = el("p", {}, "Kept in this browser only. ", clear);
    const box = el("div", {class: "atlas-list"}, head, list, foot);
    let options = [], at = -1, timer, isStudied = false;
    box.hidden = true;
    form.append(box);
    const roles = {role: "combobox", "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list"};
    for (const [name, value] of Object.entries(roles)) input.setAttribute(name, value);

    const close = () => {
      clearTimeout(timer);
      box.hidden = true;
      at = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const choose = i => {
      at = i;
      options.forEach((o, j) => o.setAttribute("aria-selected", j === i));
      input.setAttribute("aria-activedescendant", options[i].id);
      options[i].scrollIntoView({block: "nearest"});
    };
    const option = (url, ...children) =>
      el("li", {role: "option", "data-href": base + url, "aria-selected": "false"}, ...children);
    const open = (label, ...found) => {
      options = found;
      options.forEach((o, i) => { o.id = `${id}-${i}`; });
      list.setAttribute("aria-label", label);
      head.hidden = foot.hidden = label === "Topics";
      list.replaceChildren(...options);
      box.hidden = false;
      at = -1;
      input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-expanded", "true");
    };

    const showRecent = rows => {
      const seen = opened(rows);
      if (!seen.length) return close();
      open("Recent topics", ...seen.map(row => option(row[2], row[0], el("small", {}, AtlasFinder.place(row)))));
    };
    const showFound = (rows, query) => {
      const found = AtlasFinder.find(rows, query), hits = found.length ? found : AtlasFinder.nearest(rows, query);
      const all = option("search/?q=" + encodeURIComponent(query), `Search the full text for “${query}”`);
      all.className = "is-full";
      open("Topics", ...hits.slice(0, 6).map(hit => option(hit.row[2], ...marked(hit.row[0], hit.query),
        el("small", {}, ...AtlasFinder.why(hit), el("span", {}, AtlasFinder.place(hit.row))))), all);
      return found[0]?.score ?? 0;
    };
    const show = async () => {
      clearTimeout(timer);
      const query = input.value.trim(), rows = await names();
      if (input.value.trim() !== query || document.activeElement !== input) return;
      if (!query) return showRecent(rows);
      if (isPage || !AtlasFinder.fold(query)) return close();
      const best = showFound(rows, query);
      if (isStudied || best >= AtlasFinder.SURE || query.length < 3) return;
      timer = setTimeout(async () => {
        await AtlasFinder.study();
        isStudied = true;
        if (at < 0 && input.value.trim() === query && !box.hidden) showFound(rows, query);
      }, 150);
    };

    input.addEventListener("focus", show);
    input.addEventListener("input", show);
    input.addEventListener("keydown", e => {
      if (e.key === "ArrowDown" && box.hidden) show();
      if (box.hidden) return;
      const n = options.length;
      if (e.key === "ArrowDown") choose((at + 1) % n);
      else if (e.key === "ArrowUp") choose(at < 1 ? n - 1 : at - 1);
      else if (e.key === "Enter" && at >= 0) location.href = options[at].dataset.href;
      else if (e.key === "Escape") close();
      else return;
      e.preventDefault();
    });
    form.addEventListener("focusout", e => { if (!form.contains(e.relatedTarget)) close(); });
    box.addEventListener("mousedown", e => e.preventDefault());   // keeps the focus, so the list stays for the click
    box.addEventListener("keydown", e => { if (e.key === "Escape") { input.focus(); close(); } });
    list.addEventListener("click", e => {
      const o = e.target.closest("[role=option]");
      if (o) location.href = o.dataset.href;
    });
    clear.addEventListener("click", () => {
      try { localStorage.removeItem(recent); } catch { /* nothing is kept, then */ }
      input.focus();
      close();
    });
    if (document.activeElement === input) show();
  };
  document.querySelectorAll(boxes).forEach(attach);
  // Before the first key is pressed, not after it.
  names().then(rows => AtlasFinder.find(rows, ""));
})();
