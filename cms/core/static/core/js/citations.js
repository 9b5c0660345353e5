/* Offers the keys of the form's own sources where a part of the page cites them. Without this
   script the keys are typed. */
(function () {
  const OFFER = "keys-of-sources";

  function keys() {
    const found = [];
    for (const input of document.querySelectorAll('input[name^="sources-"][name$="-value-key"]')) {
      const prefix = input.name.slice(0, -"-value-key".length);
      const removed = document.querySelector(`input[name="${prefix}-deleted"]`);
      const title = document.querySelector(`input[name="${prefix}-value-title"]`);
      if (input.value && !(removed && removed.value)) {
        found.push({ key: input.value, title: title ? title.value : "" });
      }
    }
    return found;
  }

  function offer(field) {
    let list = document.getElementById(OFFER);
    if (!list) {
      list = document.createElement("datalist");
      list.id = OFFER;
      document.body.append(list);
    }
    // A list completes the whole line, so each offer begins with what stands before the last comma.
    const typed = field.value.replace(/[^,;\s]*$/, "");
    const cited = new Set(typed.split(/[,;\s]+/));
    list.replaceChildren(
      ...keys()
        .filter(({ key }) => !cited.has(key))
        .map(({ key, title }) => new Option(title, typed + key)),
    );
    field.setAttribute("list", OFFER);
  }

  for (const event of ["focusin", "input"]) {
    document.addEventListener(event, ({ target }) => {
      if (target instanceof HTMLInputElement && "citations" in target.dataset) offer(target);
    });
  }
})();
