// What every page needs of the finder: folding, and a row of names in words. The engine joins in finder.js, which is
// loaded at the first use of a search box. No DOM, no network: runs in a page and in node alike.
//
// A row of assets/names.json is one topic, subarea or area: [title, [aliases], url, parent, area, kind, full]
//   url         below the site's root, with a slash at its end: "area/subarea/topic/"
//   parent      title of the subarea or area above; of the atlas for an area
//   area        number of the area, from 1
//   kind        kind of the topic, or "subarea" or "area"
//   full        1, or 0 for a brief entry; 1 for areas and subareas
const AtlasFinder = (() => {
  "use strict";

  // What neither lower case nor decomposition makes plain.
  const LETTERS = {
    ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i", α: "alpha", β: "beta", γ: "gamma",
    δ: "delta", ε: "epsilon", η: "eta", θ: "theta", κ: "kappa", λ: "lambda", μ: "mu", π: "pi", ρ: "rho", σ: "sigma",
    ς: "sigma", τ: "tau", φ: "phi", χ: "chi", ψ: "psi", ω: "omega",
  };
  const SPECIAL = new RegExp("[" + Object.keys(LETTERS).join("") + "]", "g");
  const plain = text => text.normalize("NFKD").toLowerCase().replace(/[\u0300-\u036f'’]/g, "")
    .replace(SPECIAL, c => LETTERS[c]);

  // Case, accents, hyphens and other signs do not count: "Pré-training" is "pre training".
  const fold = text => plain(text).replace(/[^\p{L}\p{M}\p{N}]+/gu, " ").trim();

  // Where a row belongs, in words: "Attention Mechanisms · technique · brief", "subarea of Training Methods".
  const place = ([, , , parent, , kind, full]) =>
    kind === "area" ? kind : kind === "subarea" ? `${kind} of ${parent}`
      : [parent, kind, full ? "" : "brief"].filter(Boolean).join(" · ");

  // The first sentence of a summary.
  const blurb = summary => summary.replace(/\. .*/s, ".");

  return {fold, place, blurb};
})();
