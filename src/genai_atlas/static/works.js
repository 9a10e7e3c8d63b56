// The list of references: what is ticked is taken along as one BibTeX file, cut from the file of all works.
(() => {
  "use strict";
  const {$, el} = AtlasPage;
  const take = $("[data-take]"), list = document.getElementById(take.dataset.take);
  const boxes = [...list.children].map(item => {
    const box = el("input", {type: "checkbox", class: "atlas-tick", value: item.id, "aria-label": "Take " + item.id});
    item.prepend(box);
    return box;
  });
  const shown = el("button", {type: "button", class: "atlas-btn"}, "Take all shown");
  const none = el("button", {type: "button", class: "atlas-btn"}, "Take none");
  const save = el("button", {type: "button", class: "atlas-btn"});
  const told = el("span", {role: "status"});
  take.append(shown, none, save, told);

  const count = () => {
    const chosen = boxes.filter(box => box.checked).length;
    save.textContent = `Download ${chosen} as BibTeX`;
    save.disabled = none.disabled = !chosen;
    told.textContent = "";
  };
  // Entries begin at "@" in the first column; their fields are indented.
  const entries = async () => {
    const answer = await fetch(take.querySelector("a").href);
    if (!answer.ok) throw new Error(answer.status);
    return (await answer.text()).split(/^(?=@)/m);
  };
  list.addEventListener("change", count);
  shown.addEventListener("click", () => {
    for (const box of boxes) if (!box.parentElement.classList.contains("is-out")) box.checked = true;
    count();
  });
  none.addEventListener("click", () => {
    for (const box of boxes) box.checked = false;
    count();
  });
  save.addEventListener("click", async () => {
    const wanted = new Set(boxes.filter(box => box.checked).map(box => box.value));
    try {
      const found = (await entries()).filter(entry => wanted.has(/^@\w+\{([^,]+),/.exec(entry)?.[1]));
      const address = URL.createObjectURL(new Blob([found.join("")], {type: "application/x-bibtex"}));
      el("a", {href: address, download: "selection.bib"}).click();
      setTimeout(() => URL.revokeObjectURL(address), 60000);
      told.textContent = `${found.length} works taken`;
    } catch { told.textContent = "The file of all works cannot be reached"; }
  });
  count();
})();
