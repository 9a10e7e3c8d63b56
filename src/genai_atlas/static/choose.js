// Forms that ask for topics and keep them in the address: the comparison and the reading paths follow in the same file.
const AtlasChoice = (() => {
  "use strict";
  const {$, $$} = AtlasPage, title = document.title;
  const form = $(".atlas-pick"), selects = $$("select", form), status = $("[role=status]");
  // The list of topics stands in the page once.
  for (const select of selects.slice(1)) select.append(...$$("optgroup", selects[0]).map(group => group.cloneNode(true)));

  const pathOf = option => option.parentElement.dataset.parent + "/" + option.value.split("/").pop();
  const titled = chosen => { document.title = chosen ? `${chosen} - ${title}` : title; };

  // Calls `draw`, which may wait, at every choice, by hand or by address.
  const follow = draw => {
    const fromAddress = async () => {
      const address = new URLSearchParams(location.search), lost = [];
      for (const select of selects) {
        const asked = address.get(select.name) || "";
        const option = $$("optgroup option", select).find(o => o.value === asked || pathOf(o) === asked);
        select.value = option ? option.value : "";
        if (asked && !option) lost.push(asked);
      }
      await draw();
      if (lost.length) status.textContent = `There is no topic “${lost[0]}”.`;
    };
    const changed = () => {
      const url = new URL(location.href);
      for (const {name, value} of selects) if (value) url.searchParams.set(name, value); else url.searchParams.delete(name);
      url.search = url.search.replaceAll("%2F", "/");
      if (url.href !== location.href) history.pushState(null, "", url);
      draw();
    };
    form.addEventListener("submit", event => { event.preventDefault(); changed(); });
    form.addEventListener("change", changed);
    addEventListener("popstate", fromAddress);
    fromAddress();
  };
  return {form, selects, status, pathOf, titled, follow};
})();
