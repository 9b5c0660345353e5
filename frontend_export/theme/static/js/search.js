/* The search page: asks the index that Pagefind made of the site. Without it lists of topics and names stay. */
"use strict";

(() => {
  const AT_ONCE = 10;
  const MOST_COMMON = 4; // words that are everywhere and may be asked for at once, in quotes
  const AWAY = new Error("There is no index");

  const form = document.getElementById("search");
  const [status, list, more, instead, reason] = ["status", "results", "more", "instead", "reason"].map(
    (part) => document.getElementById("search-" + part),
  );
  const said = form.dataset;
  const field = form.elements.q;
  const title = document.title;
  let index; // Pagefind, ready to be asked
  let edition; // which index that is
  let common = []; // words that are everywhere in it, rarest first
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
    status.textContent = words ? said.busy : "";
    reason.textContent = "";
    if (!words) return;
    try {
      await renew();
      const { results } = await index.search(telling(words));
      if (mine !== asked) return; // something else was asked for meanwhile
      waiting = [...results];
      await show();
      const count = results.length.toLocaleString(document.documentElement.lang);
      status.textContent = (results.length ? said.found : said.none)
        .replace("{count}", () => count)
        .replace("{words}", () => words);
    } catch (error) {
      if (mine !== asked) return;
      status.textContent = "";
      reason.textContent = error === AWAY ? said.away : said.broken;
    }
    instead.hidden = list.childElementCount > 0;
  }

  /* A page that left the site leaves the index: what was loaded before is not asked again. */
  async function renew() {
    const answer = await fetch(said.index + "pagefind-entry.json", { cache: "no-cache" });
    if (!answer.ok) throw AWAY;
    const found = await answer.text();
    if (found === edition) return;
    const pagefind = await import(new URL(said.index + "pagefind.js", document.baseURI));
    if (edition) await pagefind.destroy();
    await pagefind.options({ baseUrl: said.site });
    await pagefind.init();
    common = await (await fetch(said.index + "common-words.json", { cache: "no-cache" })).json();
    index = pagefind;
    edition = found;
  }

  /* A word that is everywhere is large to ask for, and tells little beside another. */
  function telling(words) {
    const parts = words.toLowerCase().match(/[\p{L}\p{M}\p{N}'’-]+/gu) || [];
    const rare = parts.filter((word) => !common.includes(word));
    const most = words.includes('"') ? MOST_COMMON : 0;
    if (parts.length - rare.length <= most) return words;
    return rare.length ? rare.join(" ") : common.find((word) => parts.includes(word));
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
