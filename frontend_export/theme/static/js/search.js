/* The search page: asks the index that Pagefind made of the site. Without it a list of topics stays. */
"use strict";

(() => {
  const AT_ONCE = 10;
  const REASONS = {
    away: "The search is being made ready and will be back in a few minutes.",
    broken: "The search does not work in this browser, or could not be loaded.",
  };

  const [form, status, list, more, instead] = ["", "-status", "-results", "-more", "-instead"].map(
    (part) => document.getElementById("search" + part),
  );
  const field = form.elements.q;
  const title = document.title;
  let index; // Pagefind, ready to be asked
  let edition; // which index that is
  let asked = 0;
  let waiting = []; // results that are not shown yet

  form.hidden = false;
  instead.hidden = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const address = new URL(form.action);
    address.searchParams.set("q", field.value.trim());
    history.pushState(null, "", address);
    search();
  });
  more.addEventListener("click", async () => {
    const first = await show();
    first?.querySelector("a").focus();
  });
  window.addEventListener("popstate", searchAddress);
  searchAddress();

  function searchAddress() {
    field.value = new URL(window.location).searchParams.get("q") || "";
    search();
  }

  async function search() {
    const words = field.value.trim();
    const mine = (asked += 1);
    list.replaceChildren();
    more.hidden = instead.hidden = true;
    document.title = words ? `${words} - ${title}` : title;
    status.textContent = words ? "Searching…" : "";
    if (!words) return;
    try {
      await renew();
      const { results } = await index.search(words);
      if (mine !== asked) return; // something else was asked for meanwhile
      waiting = results;
      await show();
      const count = results.length.toLocaleString(document.documentElement.lang);
      status.textContent = results.length
        ? `${count} ${results.length === 1 ? "page" : "pages"} for “${words}”`
        : `No page was found for “${words}”. Check the spelling, or try fewer or other words.`;
    } catch (error) {
      if (mine !== asked) return;
      status.textContent = "";
      instead.querySelector(".search__reason").textContent = REASONS[error.message] || REASONS.broken;
    }
    instead.hidden = list.childElementCount > 0;
  }

  /* A page that left the site leaves the index: what was loaded before is not asked again. */
  async function renew() {
    const answer = await fetch(form.dataset.index + "pagefind-entry.json", { cache: "no-cache" });
    if (!answer.ok) throw new Error("away");
    const found = await answer.text();
    if (found === edition) return;
    const pagefind = await import(new URL(form.dataset.index + "pagefind.js", document.baseURI));
    if (edition) await pagefind.destroy();
    await pagefind.options({ baseUrl: form.dataset.site });
    await pagefind.init();
    index = pagefind;
    edition = found;
  }

  /* The next few results. Gives the first of them. */
  async function show() {
    const mine = asked;
    const next = waiting.splice(0, AT_ONCE);
    const pages = await Promise.all(next.map((result) => result.data()));
    if (mine !== asked) return null;
    const items = pages.map(item);
    list.append(...items);
    more.hidden = !waiting.length;
    return items[0];
  }

  function item(page) {
    const link = element("a", page.meta.title);
    link.href = page.url;
    const heading = element("h2", link);
    heading.className = "page-list__title";
    // Text, in which nothing but these marks is markup.
    const excerpt = element(
      "p",
      ...page.excerpt.split(/<\/?mark>/).map((part, position) => {
        const text = part.replaceAll("&lt;", "<").replaceAll("&gt;", ">");
        return position % 2 ? element("mark", text) : text;
      }),
    );
    excerpt.className = "page-list__summary";
    const found = element("li", heading, excerpt);
    found.className = "page-list__item";
    return found;
  }

  function element(tag, ...content) {
    const made = document.createElement(tag);
    made.append(...content);
    return made;
  }
})();
