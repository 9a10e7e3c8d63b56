// The finder's engine: names first, typing errors forgiven. No DOM, no network: runs in a page and in node alike.
//
// It searches the rows of assets/names.json, one a topic, subarea or area:
//   [title, [aliases], url, parent, area, kind, blurb, full, [approaches]]
//   url         below the site's root, with a slash at its end: "area/subarea/topic/"
//   parent      title of the subarea or area above; "" for an area
//   area        number of the area, from 1
//   kind        kind of the topic, or "subarea" or "area"
//   blurb       the first sentence of the summary
//   full        1, or 0 for a brief entry; 1 for areas and subareas
//   approaches  names of the rows of the topic's comparison of approaches
const AtlasFinder = (() => {
  "use strict";

  // What neither lower case nor decomposition makes plain.
  const LETTERS = {
    ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i", α: "alpha", β: "beta", γ: "gamma",
    δ: "delta", ε: "epsilon", η: "eta", θ: "theta", κ: "kappa", λ: "lambda", μ: "mu", π: "pi", ρ: "rho", σ: "sigma",
    ς: "sigma", τ: "tau", φ: "phi", χ: "chi", ψ: "psi", ω: "omega",
  };
  const SPECIAL = new RegExp("[" + Object.keys(LETTERS).join("") + "]", "g");
  const STOP = new Set("a an and as at by do does for from how in is of on or that the to vs what why with".split(" "));
  // From here on no typing error is in play.
  const SURE = 50;

  const plain = text => text.normalize("NFKD").toLowerCase().replace(/[\u0300-\u036f'’]/g, "")
    .replace(SPECIAL, c => LETTERS[c]);

  // Case, accents, hyphens and other signs do not count: "Pré-training" is "pre training".
  const fold = text => plain(text).replace(/[^\p{L}\p{M}\p{N}]+/gu, " ").trim();
  const joined = folded => folded.replaceAll(" ", "");
  const stem = word => word.length > 3 ? word.replace(/ies$/, "y").replace(/([^s])s$/, "$1") : word;

  const wordsOf = folded => {
    const all = folded.split(" "), telling = all.filter(w => !STOP.has(w));
    return telling.length ? telling : all;
  };

  // Edit distance where a swap of neighbours counts one; k + 1 as soon as it passes k.
  const near = (a, b, k) => {
    if (Math.abs(a.length - b.length) > k) return k + 1;
    let before, last = Array.from({length: b.length + 1}, (_, j) => j);
    for (let i = 1; i <= a.length; i++) {
      const row = [i];
      let least = i;
      for (let j = 1; j <= b.length; j++) {
        row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] !== b[j - 1]));
        if (before && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
        least = Math.min(least, row[j]);
      }
      if (least > k) return k + 1;
      before = last;
      last = row;
    }
    return Math.min(last[b.length], k + 1);
  };

  const allowed = word => word.length > 7 ? 2 : word.length > 3 ? 1 : 0;

  // Typing errors between a word of the query and a word of a name; a word still being typed is held against the
  // beginning of the name. Infinity where there are too many.
  const slips = (w, x) => {
    const k = allowed(w);
    if (!k) return Infinity;
    const whole = near(w, x, k);
    if (whole <= k) return whole;
    for (const n of [w.length, w.length + 1]) if (n < x.length && near(w, x.slice(0, n), 1) <= 1) return 2;
    return Infinity;
  };

  // Whether a word is the one that was asked for, up to its ending: "optimizing" and "optimizers", not "blockchain"
  // and "block".
  const ENDING = /^(.?(ing|ed|er|ers)|ly|es)$/;
  const kin = (asked, word) => {
    const w = stem(asked);
    if (word.startsWith(w) || stem(word) === w) return true;
    let same = 0;
    while (same < w.length && w[same] === word[same]) same++;
    return w.length > 5 && same >= 0.7 * w.length || same === word.length && ENDING.test(w.slice(same));
  };

  const wordScore = (w, x) => {
    if (w === x) return 60;
    if (stem(w) === stem(x)) return 55;
    if (x.startsWith(w)) return 50;
    if (w.length > 2 && x.includes(w)) return 30;
    const errors = slips(w, x);
    return errors < 3 ? 26 - 4 * errors : kin(w, x) ? 14 : 0;
  };

  const mean = numbers => numbers.reduce((a, b) => a + b, 0) / numbers.length;

  const label = (text, field) => {
    const folded = fold(text);
    return {text, field, folded, flat: joined(folded), words: folded.split(" ")};
  };

  // A query in the forms it is compared in. Names share their words, so each pair is weighed once.
  const ask = query => {
    const folded = fold(query).replace(/^the (?=.)/, ""), words = folded ? wordsOf(folded) : [];
    const weighed = words.map(() => new Map());
    const weigh = (i, x) => {
      if (!weighed[i].has(x)) weighed[i].set(x, wordScore(words[i], x));
      return weighed[i].get(x);
    };
    return {folded, flat: joined(folded), words, weigh};
  };

  // How well a name answers, 0 to 100.
  const rate = (q, name) => {
    if (!q.folded || !name.folded) return 0;
    if (q.flat === name.flat) return 100;
    if (name.folded.startsWith(q.folded) || name.flat.startsWith(q.flat)) return 80;
    const scores = q.words.map((w, i) => {
      const best = Math.max(...name.words.map(x => q.weigh(i, x)));
      return best < 30 && w.length > 4 && name.flat.includes(w) ? 30 : best;
    });
    if (scores.every(s => s)) return mean(scores);
    // "multiqery": joined up and mistyped.
    const n = q.flat.length;
    if (n < 6 || q.words.length > 1 || name.words.length < 2 || q.flat[0] !== name.flat[0]) return 0;
    return [n - 1, n, n + 1].some(m => near(q.flat, name.flat.slice(0, m), 1) <= 1) ? 18 : 0;
  };
  const score = (query, text) => rate(ask(query), label(text, 0));

  const known = new WeakMap();
  const labels = row => {
    if (!known.has(row)) {
      known.set(row, [label(row[0], 0), ...row[1].map(a => label(a, 1)), ...(row[8] || []).map(a => label(a, 2))]);
    }
    return known.get(row);
  };

  const isGroup = row => row[5] === "area" || row[5] === "subarea";
  const order = (a, b) =>
    b.score - a.score || a.name.field - b.name.field || isGroup(a.row) - isGroup(b.row) || b.row[7] - a.row[7] ||
    a.name.text.length - b.name.text.length || (a.row[0] < b.row[0] ? -1 : a.row[0] > b.row[0] ? 1 : 0);

  // What an approach is called counts less than what the page is called.
  const weightOf = name => name.field === 2 ? 0.7 : 1;

  const bestOf = (row, rating) => {
    let found = {row, score: 0, name: null};
    for (const name of labels(row)) {
      const s = rating(name) * weightOf(name);
      if (s > found.score) found = {row, score: s, name};
    }
    return found;
  };
  const hits = (found, query) => found.map(({row, score, name}) =>
    ({row, score, via: name.field ? name.text : "", approach: name.field === 2, query}));

  const answers = (rows, query) => {
    const q = ask(query);
    const found = rows.map(row => bestOf(row, name => rate(q, name))).filter(x => x.score).sort(order);
    if (!found.length || found[0].score < SURE) return found;
    // Guesses at typing errors are left out where something was spelled right.
    return found.filter(x => x.score >= 28 * weightOf(x.name));
  };

  // Rows whose title, alias or approach answers the query, best first: [{row, score, via, approach, query}]. `via` is
  // the alias or approach that was found, "" for the title; `query` is what it answers: a query that finds nothing
  // for sure is put right after the names first, so that "difusion" ranks as "diffusion" does.
  const find = (rows, query) => {
    const found = answers(rows, query);
    if (found.length && found[0].score >= SURE) return hits(found, query);
    const right = correct(rows, query), better = right === fold(query) ? [] : answers(rows, right);
    const seen = new Set(better.map(x => x.row));
    return [...hits(better, right), ...hits(found.filter(x => !seen.has(x.row)), query)];
  };

  const alike = (q, name) => {
    const long = Math.max(q.flat.length, name.flat.length), k = Math.floor(long * 0.3);
    const distance = q.flat.length > 3 ? near(q.flat, name.flat, k) : long;
    const whole = distance > k ? 0 : 1 - distance / long;
    // Some of the words, each by its length: "quantum blockchain" is near quantum computing, "of the" near nothing.
    let sum = 0, length = 0;
    q.words.forEach((w, i) => {
      sum += STOP.has(w) ? 0 : w.length * Math.max(...name.words.map(x => q.weigh(i, x)));
      length += w.length;
    });
    return Math.max(whole, sum / length / 60);
  };

  // The nearest names where `find` has no answer: some of the words, or much of the spelling. May be empty.
  const nearest = (rows, query, most = 5) => {
    const q = ask(query);
    if (!q.folded) return [];
    const found = rows.map(row => bestOf(row, name => alike(q, name))).filter(x => x.score >= 0.36).sort(order);
    return hits(found.slice(0, most), query);
  };

  // The query with each mistyped word put right after the names; unchanged words stay. For the full text, which
  // forgives nothing.
  const correct = (rows, query) => {
    const words = new Set(rows.flatMap(row => labels(row).flatMap(name => name.words)));
    return fold(query).split(" ").map(w => {
      let right = w, least = allowed(w) + 1;
      for (const x of words) {
        if (x.startsWith(w) || stem(x) === stem(w)) return w;
        const errors = near(w, x, least - 1);
        if (errors < least) [right, least] = [x, errors];
      }
      return right;
    }).join(" ");
  };

  // Whether a text's words, as found for a query, answer each of its telling words.
  const covers = (found, query) => {
    const words = [...new Set(found.flatMap(w => fold(w).split(" ")))];
    return ask(query).words.every(w => words.some(x => kin(w, x)));
  };

  // Where a row belongs, in words: "Attention Mechanisms · technique · brief", "subarea of Training Methods".
  const place = ([, , , parent, , kind, , full]) =>
    kind === "area" ? kind : kind === "subarea" ? `${kind} of ${parent}`
      : [parent, kind, full ? "" : "brief"].filter(Boolean).join(" · ");

  // The text in pieces, [[piece, found]], where the query's words stand in it.
  const mark = (text, query) => {
    const q = ask(query), from = [], to = [], start = [];
    let flat = "", at = 0, inside = false;
    for (const c of text) {
      const letters = fold(c);
      for (const l of letters) {
        flat += l;
        from.push(at);
        to.push(at + c.length);
        start.push(!inside);
        inside = true;
      }
      if (!letters && !/[\p{M}'’]/u.test(c)) inside = false;
      at += c.length;
    }
    const on = new Uint8Array(text.length);
    const light = word => {
      const places = [];
      for (let i = flat.indexOf(word); i >= 0; i = flat.indexOf(word, i + 1)) places.push(i);
      const heads = places.filter(i => start[i]), chosen = heads.length ? heads : word.length > 2 ? places : [];
      for (const i of chosen) on.fill(1, from[i], to[i + word.length - 1]);
      return chosen.length;
    };
    if (q.folded && !light(q.flat)) q.words.forEach(light);
    const pieces = [];
    for (let i = 0; i < text.length; i++) {
      const last = pieces.at(-1);
      if (last && last[1] === !!on[i]) last[0] += text[i]; else pieces.push([text[i], !!on[i]]);
    }
    return pieces;
  };

  return {fold, near, score, find, nearest, correct, covers, place, mark};
})();
if (typeof module === "object") module.exports = AtlasFinder;
