// The finder's engine: ranks pages by their names and by all else they may be found by, and forgives typing errors.
// Joins AtlasFinder of fold.js, which says what a row is. No DOM, no network: runs in a page and in node alike.
//
// `learn` adds what is loaded only where no name answers for sure, both by the number of the row:
//   assets/summaries.json  [text]
//   assets/evidence.json   {methods: [[row, name ...]], works: [[title, row, weight, row, weight ...]],
//                           words: [[word, row ...]]}
Object.assign(AtlasFinder, (() => {
  "use strict";
  const {fold} = AtlasFinder;

  // What questions are made of.
  const STOP = new Set(("a about an and any are as at be by can could did do does for from good had has have how i if in " +
    "into is it its like make makes many me more most much my need needs not of on or our should so some such than that " +
    "the their them then there these they this to us use used uses using vs was we were what when where which who whose " +
    "why will with work works would you your").split(" "));

  const joined = folded => folded.replaceAll(" ", "");
  const telling = folded => folded.split(" ").filter(w => w && !STOP.has(w));

  // A word without its ending, in one spelling for both sides of the ocean: "hallucinate" is "hallucinations",
  // "modelling" is "modeling".
  const SPELLINGS = [
    [/(.{3})is(e|ed|ers?|es|ing|ations?)$/, "$1iz$2"], [/(.{3}l)l(ed|ers?|ing)$/, "$1$2"], [/(.{3})our/, "$1or"],
    [/(.{2}[lc]og|gram)(ue|me)(s?)$/, "$1$3"], [/(.{3})tre$/, "$1ter"],
  ];
  const ENDING = new RegExp("(at(ions?|ors?|ives?|ing|ed?)|ings?|ions?|[eo]rs?|ed|ive(ly|s)?|ivity|i?t(y|ies)|ness|" +
    "ments?|ables?|[ae]n(ces?|ts?)|ics?|ful|ly|es?|(?<![aius])s)$");
  const roots = new Map();
  const root = word => {
    let r = roots.get(word);
    if (r !== undefined) return r;
    r = word;
    if (r.length > 5) for (const [from, to] of SPELLINGS) r = r.replace(from, to);
    r = r.length < 5 ? r.replace(/(?<![aious])s$/, "") : r.replace(/ies$/, "y");
    for (let cut = r; (cut = r.replace(ENDING, "")).length > 3 && cut !== r;) r = cut;
    if (r.length > 3) r = r.replace(/([^aeiou])\1$/, "$1").replace(/(?<=ul)(um|a)$|[iy]$/, "");
    roots.set(word, r);
    return r;
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

  // Most pairs of words differ by more letters than errors are allowed: that is seen without counting the errors.
  const signs = new Map();
  const sign = word => {
    let bits = signs.get(word);
    if (bits === undefined) {
      for (const c of word) bits |= 1 << c.charCodeAt(0) % 31;
      signs.set(word, bits);
    }
    return bits;
  };
  const lacks = (word, other) => {
    let n = 0;
    for (let bits = sign(word) & ~sign(other); bits; bits &= bits - 1) n++;
    return n;
  };
  // Those of `words` that a word is most likely meant for, with the number of errors; none where it is too far off.
  const misspelt = (word, words) => {
    let found = [], least = allowed(word);
    for (const w of least ? words : []) {
      if (lacks(word, w) > least) continue;
      const errors = near(word, w, least);
      // Who mistypes twice still begins right.
      if (errors > least || errors > 1 && word[0] !== w[0]) continue;
      if (errors < least) [found, least] = [[], errors];
      found.push([w, errors]);
    }
    return found;
  };

  // What an answer is worth, by where it stands.
  const WORTH = {title: 1, alias: 0.97, method: 0.85, work: 0.83, word: 0.6, summary: 0.6};
  const isGroup = row => row[5] === "area" || row[5] === "subarea";

  const put = (map, key, value) => {
    const values = map.get(key);
    if (values) values.push(value); else map.set(key, [value]);
  };

  // All texts by which pages are found.
  class Index {
    constructor(rows) {
      this.rows = rows;
      this.texts = [];
      this.byRoot = new Map();      // root: {texts, weight}
      this.words = new Map();       // word: root
      this.whole = new Map();       // text without spaces: texts
      this.rooted = new Map();      // the same of its roots
      this.initials = new Map();
      rows.forEach((row, i) => {
        this.add("title", row[0], [[i, 1]]);
        for (const alias of row[1]) this.add("alias", alias, [[i, 1]]);
      });
      this.weigh();
    }

    learn(summaries, {methods, works, words}) {
      // A group repeats what its topics say.
      const part = row => isGroup(this.rows[row]) ? 0.85 : 1;
      for (const [row, ...names] of methods) for (const name of names) this.add("method", name, [[row, 1]]);
      for (const [title, ...cited] of works) {
        const most = Math.max(...cited.filter((_, i) => i % 2)), pages = [];
        for (let i = 0; i < cited.length; i += 2) {
          pages.push([cited[i], part(cited[i]) * (0.75 + 0.25 * cited[i + 1] / most)]);
        }
        this.add("work", title, pages);
        // "LoRA: Low-Rank Adaptation of ..." is known as LoRA.
        const [short] = title.split(/: | - /);
        if (short !== title) this.add("work", short, pages, title);
      }
      for (const [word, ...pages] of words) this.add("word", word, pages.map(row => [row, 1]));
      summaries.forEach((text, row) => this.add("summary", text, [[row, part(row)]]));
      this.weigh();
    }

    // `pages` are rows, each with how much of the text's worth it has; `shown` is what a reader is told.
    add(by, text, pages, shown = text) {
      const folded = fold(text), flat = joined(folded), all = folded.split(" "), own = new Set(), id = this.texts.length;
      const enter = (word, r) => {
        this.words.set(word, r);
        if (own.has(r)) return;
        own.add(r);
        const entry = this.byRoot.get(r);
        if (entry) entry.texts.push(id); else this.byRoot.set(r, {texts: [id], weight: 0});
      };
      for (const w of all) if (w && !STOP.has(w)) enter(w, root(w));
      this.texts.push({by, shown, folded, pages, worth: WORTH[by], roots: [...own], weight: 0});
      if (by === "summary") return;
      put(this.whole, flat, id);
      if (by === "work" || by === "word") return;
      put(this.rooted, all.map(root).join(""), id);
      if (all.length < 2 || all.length > 5) return;
      put(this.initials, all.map(w => w[0]).join(""), id);
      enter(flat, flat);   // so that "flashatention" is near it
    }

    // The fewer texts have a word, the more it tells.
    weigh() {
      const weight = n => Math.log(1 + this.texts.length / n) ** 1.5;
      for (const entry of this.byRoot.values()) entry.weight = weight(entry.texts.length);
      for (const text of this.texts) text.weight = text.roots.reduce((sum, r) => sum + this.byRoot.get(r).weight, 0);
      this.unknown = weight(1);
    }

    // The roots that a word may mean, and how surely. The last word of a query may still be in the making.
    meanings(word, isLast) {
      const found = new Map(), r = root(word), known = this.byRoot.has(r);
      if (known) found.set(r, 1);
      if (word.length > 2 && (isLast || !known)) {
        for (const [w, its] of this.words) if (w.startsWith(word) && !found.has(its)) found.set(its, known ? 0.5 : 0.8);
      }
      if (found.size) return found;
      for (const [w, errors] of misspelt(word, this.words.keys())) found.set(this.words.get(w), 0.85 - 0.15 * errors);
      if (found.size) return found;
      for (const [w, errors] of misspelt(r, this.byRoot.keys())) found.set(w, 0.8 - 0.15 * errors);
      if (found.size || !isLast || word.length < 5) return found;
      const begun = w => w.length > word.length && !(lacks(word, w) > 1) &&
        [0, 1].some(n => near(word, w.slice(0, word.length + n), 1) < 2);
      for (const [w, its] of this.words) if (begun(w)) found.set(its, 0.6);
      return found;
    }

    // The query with each mistyped word put right; words that are known, or that some known word begins with, stay.
    correct(folded) {
      return folded.split(" ").map(w => {
        if (STOP.has(w) || [...this.words.keys()].some(x => x.startsWith(w))) return w;
        // "steping" may be a form of "step", and is nearer to "steeping".
        const [best] = misspelt(w, this.words.keys());
        return best && (best[1] < 2 || !this.byRoot.has(root(w))) ? best[0] : w;
      }).join(" ");
    }

    // Texts that are the query as a whole, or begin with it, and how nearly.
    *literal(folded) {
      const flat = joined(folded);
      for (const id of this.whole.get(flat) ?? []) yield [id, 1.1];
      for (const id of this.rooted.get(folded.split(" ").map(root).join("")) ?? []) yield [id, 0.95];
      if (flat.length > 2) for (const id of this.initials.get(flat) ?? []) yield [id, 0.8];
      for (const [whole, ids] of this.whole) {
        if (whole.length === flat.length || !whole.startsWith(flat)) continue;
        for (const id of ids) yield [id, this.texts[id].folded.startsWith(folded + " ") ? 0.88 : 0.78];
      }
    }

    // Texts that have words of the query: for each its share of the query and of the text, and each word's sureness.
    *byWords(words, asked, weights) {
      const n = words.length, held = new Map();
      asked.forEach((meant, i) => {
        for (const [r, sure] of meant) {
          const {texts, weight} = this.byRoot.get(r);
          for (const id of texts) {
            let has = held.get(id);
            if (!has) held.set(id, has = {sure: Array(n).fill(0), own: Array(n).fill(0)});
            if (sure > has.sure[i]) [has.sure[i], has.own[i]] = [sure, sure * weight];
          }
        }
      });
      for (const [id, {sure, own}] of held) {
        const ofText = own.reduce((a, b) => a + b, 0) / this.texts[id].weight;
        yield [id, sure.reduce((sum, s, i) => sum + s * weights[i], 0), Math.min(1, ofText), sure];
      }
    }

    // Every page that has something of the query, best first: {row, score, text}, the score of most from 0 to 100.
    // It counts how well the best text answers, and how much of the query all texts of the page answer together.
    rank(query) {
      const folded = fold(query).replace(/^the (?=.)/, ""), words = telling(folded), pages = new Map();
      if (!folded) return [];
      const page = (row, text) => {
        let p = pages.get(row);
        if (!p) {
          p = {row: this.rows[row], text, best: 0, words: Array(words.length).fill(0), names: 0, score: 0};
          pages.set(row, p);
        }
        return p;
      };
      const asked = words.map((w, i) => this.meanings(w, i === words.length - 1)), weights = this.shares(asked);
      for (const [id, ofQuery, ofText, sure] of this.byWords(words, asked, weights)) {
        const text = this.texts[id], like = text.by === "summary" ? ofQuery : ofQuery ** 0.8 * ofText ** 0.4;
        for (const [row, part] of text.pages) {
          const worth = text.worth * part, p = page(row, text);
          if (like * worth > p.best) [p.best, p.text] = [like * worth, text];
          if (ofQuery > 0.5 && (text.by === "title" || text.by === "alias")) p.names++;
          sure.forEach((s, i) => { p.words[i] = Math.max(p.words[i], s * worth * weights[i]); });
        }
      }
      for (const p of pages.values()) p.score = 50 * p.best + 50 * p.words.reduce((a, b) => a + b, 0);
      const right = this.correct(folded);
      this.takeWhole(folded, page, 1);
      if (right !== folded) this.takeWhole(right, page, 0.85);
      // Word by word "gaussian spliting" is one of splitting; as a whole it is nearly "Gaussian splatting".
      const flat = joined(folded);
      if (words.length > 1 && !this.whole.has(flat)) {
        for (const [whole] of misspelt(flat, this.whole.keys())) for (const id of this.whole.get(whole)) this.take(id, 0.85, page);
      }
      return [...pages.values()].sort(order).map(p => ({...p, query: answered(p.text, right, words, asked)}));
    }

    // How much of a query each word is; a word that nobody knows as much as the rarest.
    shares(asked) {
      const told = asked.map(m => m.size ? Math.max(...[...m.keys()].map(r => this.byRoot.get(r).weight)) : this.unknown);
      const total = told.reduce((a, b) => a + b, 0);
      return told.map(weight => weight / total);
    }

    takeWhole(folded, page, sure) {
      for (const [id, like] of this.literal(folded)) this.take(id, like, page, sure);
    }

    take(id, like, page, sure = 1) {
      const text = this.texts[id];
      for (const [row, part] of text.pages) {
        // Where a topic and a group bear the same name, the topic is meant.
        const p = page(row, text), score = sure * (100 * like * text.worth * part - (like > 1 && isGroup(p.row) ? 5 : 0));
        if (score > p.score) [p.score, p.text] = [score, text];
      }
    }

    // Whether half of a query or more is words that no page has.
    isStrange(query) {
      const words = telling(fold(query)), asked = words.map((w, i) => this.meanings(w, i === words.length - 1));
      return this.shares(asked).reduce((sum, share, i) => sum + (asked[i].size ? 0 : share), 0) > 0.49;
    }
  }

  // Of two that answer alike, the one that does so by more of its names: "diffusion" is more of image synthesis than of
  // a topic that has one alias with it.
  const order = (a, b) =>
    b.score - a.score || isGroup(a.row) - isGroup(b.row) || b.names - a.names || b.row[6] - a.row[6] ||
    a.text.shown.length - b.text.shown.length || (a.row[0] < b.row[0] ? -1 : a.row[0] > b.row[0] ? 1 : 0);

  // The query in the words of the text that answers it, so that they can be marked there.
  const answered = (text, folded, words, asked) => {
    if (joined(text.folded).includes(joined(folded))) return folded;
    const own = text.folded.split(" ");
    return words.flatMap((w, i) => own.some(x => x.startsWith(w)) ? [w] : own.filter(x => asked[i].has(root(x)))).join(" ");
  };

  const indexes = new WeakMap();
  const indexOf = rows => {
    if (!indexes.has(rows)) indexes.set(rows, new Index(rows));
    return indexes.get(rows);
  };
  const learn = (rows, summaries, evidence) => indexOf(rows).learn(summaries, evidence);

  const hit = ({row, score, text, query}) => ({row, score, by: text.by, via: text.by === "title" ? "" : text.shown, query});

  // Below, a page has hardly anything to do with the query.
  const FOUND = 20;
  // From here on a text answers as a whole.
  const WHOLE = 60;
  // From here on no more need be learnt.
  const SURE = 85;

  const best = ranked => ranked.filter(p => p.score >= Math.max(FOUND, ranked[0].score / 2));

  // Pages that answer the query, best first: [{row, score, by, via, query}]. `by` says what was found: a title, alias,
  // method, work, word of the text or summary; `via` is that text, "" for the title; `query` is the query in its words.
  const find = (rows, query) => {
    const index = indexOf(rows), ranked = index.rank(query);
    return ranked[0]?.score < WHOLE && index.isStrange(query) ? [] : best(ranked).map(hit);
  };

  // Pages that come near, where `find` has none: they have some of the words, or much of the spelling. May be empty.
  const nearest = (rows, query, most = 5) => {
    const index = indexOf(rows), flat = joined(fold(query)), k = Math.floor(flat.length * 0.3), found = best(index.rank(query));
    for (const [whole, ids] of flat.length > 4 ? index.whole : []) {
      if (near(flat, whole, k) > k) continue;
      const text = index.texts[ids[0]];
      for (const [row] of text.pages) found.push({row: rows[row], score: FOUND, text, query});
    }
    const seen = new Set();
    return found.filter(p => !seen.has(p.row) && seen.add(p.row)).slice(0, most).map(hit);
  };

  // For the full text, which forgives nothing.
  const correct = (rows, query) => indexOf(rows).correct(fold(query));

  // The words of a query that tell something; all where none does. `known` drops those that no page has.
  const tell = query => {
    const folded = fold(query), words = telling(folded);
    return words.length ? words : folded.split(" ").filter(Boolean);
  };
  const known = (rows, query) => tell(query).filter(w => indexOf(rows).meanings(w, false).size);

  // Whether a text's words, as found for a query, answer each of its telling words up to their endings.
  const covers = (found, query) => {
    const words = [...new Set(found.flatMap(w => fold(w).split(" ")))];
    return tell(query).every(w => words.some(x => x.startsWith(w) || root(x) === root(w)));
  };

  // Why a page was found: ["Alias", "MQA"]. Of a summary it is the sentence that answers.
  const REASONS = {title: "Title", alias: "Alias", method: "Compares", work: "Cites", word: "In the text", summary: "Summary"};
  const reason = ({by, via, query}) => {
    if (by !== "summary") return [REASONS[by], via];
    const found = sentence => mark(sentence, query).filter(([, on]) => on).length;
    return [REASONS[by], via.split(/(?<=[.;:]) /).reduce((a, b) => found(b) > found(a) ? b : a)];
  };

  // The text in pieces, [[piece, found]], where the query's words stand in it.
  const mark = (text, query) => {
    const folded = fold(query), from = [], to = [], start = [];
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
    if (folded && !light(joined(folded))) tell(query).forEach(light);
    const pieces = [];
    for (let i = 0; i < text.length; i++) {
      const last = pieces.at(-1);
      if (last && last[1] === !!on[i]) last[0] += text[i]; else pieces.push([text[i], !!on[i]]);
    }
    return pieces;
  };

  return {near, learn, find, nearest, correct, tell, known, covers, reason, mark, SURE};
})());
