// The page "Your atlas": what changed since the last visit, marks, the offline copy, export, import and deletion.
// Loaded on this page only, after atlas.js, for AtlasYours. Visits are kept beside the marks:
//   {before: {on: day, hashes: {path: fingerprint}}, last: the same}
// `last` is how the atlas stood when this page was opened; on a later day it becomes `before`, which is compared.
(() => {
  "use strict";
  const {$, el, base} = AtlasPage, {root, STATES, key, isObject, load, save, further, move, differs, today} = AtlasYours;
  const slot = name => $(`[data-slot=${name}]`), button = name => $(`[data-do=${name}]`);
  const say = (name, ...what) => slot(name).replaceChildren(...what);
  const count = (n, one, many = one + "s") => `${n} ${n === 1 ? one : many}`;
  const day = on => new Date(on + "T12:00").toLocaleDateString("en-GB", {day: "numeric", month: "short", year: "numeric"});
  const LABELS = {reading: "Reading", "to-read": "To read", read: "Read"};
  const CLOSED = "This browser keeps nothing for this page: its storage is closed or full. The atlas can be read as ever.";
  // What comes from the host, or nothing where it does not answer.
  const ask = path => fetch(base + path, {cache: "no-cache"}).then(r => r.ok ? r.json() : null).catch(() => null);

  // Topics.
  let state;
  const title = path => state.topics[path]?.[0] ?? path.split("/").pop().replace(/-/g, " ");
  const hash = path => state.topics[path]?.[1] ?? "";
  const link = path => state.topics[path]
    ? el("a", {class: "atlas-topic", href: `${base}${path}/`}, title(path))
    : el("b", {}, title(path));
  const parent = path => state.parents[path.split("/").slice(0, 2).join("/")] ?? "";
  const item = (path, text, ...more) => el("li", {}, link(path), " ", el("small", {}, text), ...more);
  const ended = path => state.retired[path]
    ? `ended on ${day(state.retired[path][0])}: ${state.retired[path][1]}` : "is not in this atlas";
  // Which sections differ, by name; none where the fingerprints cannot be compared.
  const sections = (a, b) => !a || !b || a[0] !== b[0] || a.length !== b.length ? []
    : state.sections.filter((_, i) => a.slice(4 * i + 1, 4 * i + 5) !== b.slice(4 * i + 1, 4 * i + 5));
  const told = names => names.length > 1 || names[0] !== "dates of review"
    ? names.filter(name => name !== "dates of review").join(", ") + " changed" : "reviewed again, text as before";

  // Changes.
  const snapshot = () => ({
    on: today(), hashes: Object.fromEntries(Object.entries(state.topics).map(([path, row]) => [path, row[1]])),
  });
  // Paths of an older snapshot as they are called now.
  const carried = hashes => {
    const known = new Map();
    for (const [path, h] of Object.entries(hashes)) {
      const now = state.topics[path] ? path : state.moved[path] ?? path;
      if (now === path || !hashes[now]) known.set(now, {h, from: path});
    }
    return known;
  };
  const changes = before => {
    const known = carried(before.hashes), rows = [];
    for (const path of Object.keys(state.topics)) {
      const old = known.get(path), names = old ? sections(old.h, hash(path)) : [];
      known.delete(path);
      const moved = old && old.from !== path ? ["moved here"] : [];
      const text = [...(old ? [] : ["new"]), ...moved, ...(names.length ? [told(names)] : [])].join("; ");
      if (text) rows.push(item(path, [parent(path), text].filter(Boolean).join(" · ")));
    }
    return rows.concat([...known.keys()].map(path => item(path, ended(path))));
  };
  const visit = () => {
    const {before, last} = load("visit"), now = snapshot();
    const compared = [last?.on < now.on && last, before].find(v => v && isDay(v.on) && isObject(v.hashes));
    const isKept = save("visit", {...(compared ? {before: compared} : {}), last: now});
    showChanges(compared, isKept);
  };
  const showChanges = (before, isKept) => {
    if (!isKept) return say("changed", el("p", {}, CLOSED));
    if (!before) return say("changed", el("p", {}, "This is your first visit to this page. It has noted how each topic stands today; from your next visit on it lists here what changed."));
    const rows = changes(before), since = day(before.on);
    if (!rows.length) return say("changed", el("p", {}, `Nothing has changed since ${since}, when you last opened this page.`));
    const seen = el("button", {type: "button", class: "atlas-btn"}, "I have seen these");
    seen.addEventListener("click", () => {
      const now = snapshot();
      showChanges(now, save("visit", {before: now, last: now}));
      $("#changed").tabIndex = -1;
      $("#changed").focus();
    });
    say("changed", el("p", {}, `${count(rows.length, "topic")} since ${since}, when you last opened this page.`),
      el("ul", {}, ...rows), el("p", {}, seen));
  };

  // Marks.
  const follow = marks => Object.keys(marks).filter(path => !state.topics[path] && state.moved[path] && move(marks, path, state.moved[path]));
  const choice = (path, mark) => {
    const options = [...STATES.map(s => [s, LABELS[s].toLowerCase()]), ["", "remove"]];
    const select = el("select", {"aria-label": `Mark of ${title(path)}`}, ...options.map(([value, text]) => el("option", {value}, text)));
    select.value = mark.state;
    select.addEventListener("change", () => {
      const marks = load("marks");
      if (select.value) marks[path] = {...mark, state: select.value, on: today(), hash: hash(path) || mark.hash};
      else delete marks[path];
      const isKept = save("marks", marks);
      showMarks();
      [...slot("marks").querySelectorAll("select")].find(s => s.dataset.path === path)?.focus();
      if (!isKept) say("data", CLOSED);
    });
    select.dataset.path = path;
    return select;
  };
  const marked = (path, mark) => {
    const isThere = !!state.topics[path];
    const news = !isThere ? ended(path) : mark.state !== "to-read" && differs(mark.hash, hash(path))
      ? told(sections(mark.hash, hash(path))) + " since" : "";
    return item(path, [parent(path), "marked " + day(mark.on), news].filter(Boolean).join(" · "), " ", choice(path, mark));
  };
  const showMarks = () => {
    const marks = load("marks"), order = new Map(Object.keys(state.topics).map((path, i) => [path, i]));
    const paths = Object.keys(marks).sort((a, b) => (order.get(a) ?? 1e9) - (order.get(b) ?? 1e9));
    if (!paths.length) return say("marks", el("p", {}, "None yet. On each topic’s page you can mark it as to read, reading or read."));
    say("marks", ...Object.keys(LABELS).flatMap(name => {
      const own = paths.filter(path => marks[path].state === name);
      return own.length ? [el("h3", {}, `${LABELS[name]} (${own.length})`),
        el("ul", {}, ...own.map(path => marked(path, marks[path])))] : [];
    }));
  };

  // Export and import.
  button("export").addEventListener("click", () => {
    const {before, last} = load("visit"), on = today();
    const file = {format: "atlas-marks", version: 1, site: base, exported: on, marks: load("marks"), visit: before ?? last};
    const a = el("a", {download: `atlas-marks-${on}.json`});
    a.href = URL.createObjectURL(new Blob([JSON.stringify(file, null, 1) + "\n"], {type: "application/json"}));
    a.click();
    setTimeout(() => URL.revokeObjectURL(a.href), 6e4);
    say("data", `${count(Object.keys(file.marks).length, "mark")} exported as ${a.download}.`);
  });
  const PATH = /^[a-z0-9]+(-[a-z0-9]+)*(\/[a-z0-9]+(-[a-z0-9]+)*){2}$/, HASH = /^[\w-]{0,200}$/;
  const isPath = path => path.length < 300 && PATH.test(path);
  const isDay = on => typeof on === "string" && /^\d{4}-\d\d-\d\d$/.test(on) && !isNaN(Date.parse(on));
  const isHash = h => typeof h === "string" && HASH.test(h);
  const short = text => text.length > 60 ? text.slice(0, 59) + "…" : text;
  // What is wrong with a file, "" for nothing.
  const problem = data => {
    if (!isObject(data) || data.format !== "atlas-marks") return "this page has not exported it";
    if (data.version !== 1) return `it is of version ${short(String(data.version))}, and this page reads version 1`;
    if (!isObject(data.marks)) return "it holds no marks";
    for (const [path, mark] of Object.entries(data.marks)) {
      if (!isPath(path)) return `“${short(path)}” is no address of a topic`;
      if (!isObject(mark) || !STATES.includes(mark.state)) return `the mark of ${path} is none of ${STATES.join(", ")}`;
      if (!isDay(mark.on)) return `the mark of ${path} has no date`;
      if (mark.hash !== undefined && !isHash(mark.hash)) return `the mark of ${path} has a broken fingerprint`;
    }
    const {visit} = data;
    if (visit === undefined) return "";
    if (!isObject(visit) || !isDay(visit.on) || !isObject(visit.hashes)) return "its record of the last visit is broken";
    const bad = Object.entries(visit.hashes).find(([path, h]) => !isPath(path) || !isHash(h));
    return bad ? `its record of the last visit is broken at “${short(bad[0])}”` : "";
  };
  const joined = (marks, more) => {
    const unknown = [];
    for (const [path, {state: s, on, hash: h = ""}] of Object.entries(more)) {
      const now = state.topics[path] ? path : state.moved[path] ?? path;
      if (!state.topics[now]) unknown.push(now);
      marks[now] = further(marks[now], {state: s, on, hash: h});
    }
    return unknown;
  };
  const read = async file => {
    if (file.size > 2e6) return "Nothing was imported: the file is larger than any that this page has exported.";
    let data;
    try { data = JSON.parse(await file.text()); } catch { return "Nothing was imported: the file is not JSON."; }
    const wrong = problem(data);
    if (wrong) return `Nothing was imported: ${wrong}.`;
    const marks = load("marks"), unknown = joined(marks, data.marks), visits = load("visit");
    if (!save("marks", marks)) return "Nothing was imported: the storage of this browser is closed or full.";
    // The visit is the other browser's; it is taken over where this one has none to compare with.
    if (data.visit && !visits.before && data.visit.on <= today()) save("visit", {before: data.visit, last: visits.last ?? snapshot()});
    visit();
    showMarks();
    const lost = unknown.length ? ` ${count(unknown.length, "topic")} of them this atlas does not have; the marks are kept: ${unknown.slice(0, 5).join(", ")}${unknown.length > 5 ? " …" : ""}.` : "";
    return `${count(Object.keys(data.marks).length, "mark")} imported. Where both sides had one, the further is kept.${lost}`;
  };
  button("import").addEventListener("change", async e => {
    const [file] = e.target.files;
    if (file) say("data", await read(file));
    e.target.value = "";   // so that the same file can be chosen again
  });

  // The offline copy.
  const worker = isSecureContext && navigator.serviceWorker;
  const mine = async () => (await worker.getRegistrations()).find(r => r.scope === base);
  const bar = el("progress", {"aria-label": "Fetching the site", max: 1, value: 0});
  let list;
  const offline = (isKept, ...text) => {
    button("keep").hidden = isKept || !list;
    button("drop").hidden = !isKept;
    bar.remove();
    say("offline", ...text);
  };
  const size = () => `${(list.bytes / 1e6).toFixed(1)} MB`;
  const whole = () => offline(true, `The whole site is kept${list ? `: ${count(list.files.length, "file")}, ${size()}` : ""}.`);
  const failed = why => offline(false, `The copy could not be made: ${why}. Nothing is kept.`);
  const copies = async () => (await caches.keys()).filter(name => name.startsWith(`atlas-offline ${root} `));
  const drop = async () => {
    await (await mine())?.unregister();
    for (const name of await copies()) await caches.delete(name);
  };
  const pause = ms => new Promise(done => { setTimeout(done, ms); });
  // Follows a worker until it has the whole site, or has failed and says why.
  const watch = (registration, next) => new Promise(done => {
    let why = "";
    const hear = ({data}) => {
      if (data.bytes) bar.value = data.done / data.bytes;
      if (data.error) why = data.error;
      if (data.whole || data.error && !next) end(data.whole);
    };
    const end = async isWhole => {
      if (!isWhole && !why) await pause(500);   // the reason comes on a way of its own
      worker.removeEventListener("message", hear);
      if (isWhole || next && registration.active) whole(); else { await drop(); failed(why || "the connection broke off"); }
      done();
    };
    worker.addEventListener("message", hear);
    next?.addEventListener("statechange", () => {
      if (next.state === "activated" || next.state === "redundant") end(next.state === "activated");
    });
    button("keep").hidden = true;
    bar.value = 0;
    slot("offline").before(bar);
    say("offline", next && registration.active ? "A newer build is being fetched." : `Fetching the site, ${size()} …`);
  });
  const showOffline = async () => {
    list = await ask("assets/offline.json");
    const registration = worker && await mine();
    if (!worker) return offline(false, "This browser, or this address, does not allow an offline copy.");
    if (!list && !registration) return offline(false, "There is no copy to fetch at this moment.");
    if (list) button("keep").textContent = `Keep offline (${size()})`;
    if (registration?.installing) watch(registration, registration.installing);
    else if (registration && (await copies()).length) whole();
    else offline(false);
  };
  button("keep").addEventListener("click", async () => {
    try {
      const registration = await worker.register(base + "sw.js", {scope: base, updateViaCache: "none"});
      const {installing, active} = registration, end = watch(registration, installing);
      if (!installing) active.postMessage("make");
      await end;
    } catch (error) { failed(error.message); }
  });
  button("drop").addEventListener("click", async () => {
    await drop();
    offline(false, "The offline copy is removed.");
    button("keep").focus();
  });

  button("delete").addEventListener("click", async () => {
    if (!confirm("Delete the marks, the record of your visits, the other choices that this site keeps, and the offline copy?")) return;
    const own = name => name.startsWith("atlas-") && (!name.includes(" ") || name.endsWith(` ${root}`));
    try { for (const name of Object.keys(localStorage)) if (own(name)) localStorage.removeItem(name); } catch { /* closed: nothing is in it */ }
    if (worker) { await drop(); offline(false); }
    showMarks();
    say("changed", el("p", {}, "The record of your visits is deleted. Opening this page again begins a new one."));
    say("data", "Everything is deleted.");
  });

  (async () => {
    state = await ask("assets/state.json");
    if (state) {
      const marks = load("marks"), moved = follow(marks);
      if (moved.length) save("marks", marks);
      visit();
      if (moved.length) say("data", `${count(moved.length, "mark")} moved with ${moved.length === 1 ? "its topic" : "their topics"}.`);
    } else {
      state = {sections: [], parents: {}, topics: {}, moved: {}, retired: {}};
      say("changed", el("p", {}, "The list of topics could not be loaded, so nothing can be compared. Your marks are safe."));
    }
    showMarks();
    await showOffline().catch(error => failed(error.message));
    $("[data-atlas-yours] > div").hidden = false;
    addEventListener("storage", e => { if (!e.key || e.key === key("marks")) showMarks(); });
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  })();
})();
