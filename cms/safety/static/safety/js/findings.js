// What the rules find on the page that is being typed, in the side panel "Safety":
//
//   <safety-findings src="/admin/safety/…/">findings as saved</safety-findings>
//
// After a pause in typing the form is posted to `src`; the answer is the same list of what is found
// now. What stays the same stays the same element: nobody loses a place, or a reason half written.
const PAUSE_MILLISECONDS = 700;
const PAUSE_WHILE_HIDDEN_MILLISECONDS = 6000; // only the number on the button is seen: the preview goes first

class SafetyFindings extends HTMLElement {
  connectedCallback() {
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    // Wagtail tells of every change, but only of those that come after it has first looked at the
    // form, a second or more after the page is there: until then what is typed tells by itself.
    document.addEventListener("w-unsaved:add", () => this.askLater(), { signal });
    document.addEventListener("input", (event) => this.hear(event), { signal });
    // Also from above the form, where a refused page is told what to mend.
    document.addEventListener("click", (event) => this.follow(event), { signal });
    this.addEventListener("submit", (event) => this.record(event), { signal });
    this.closest("[data-side-panel]")?.addEventListener("show", () => this.askIfStale(), { signal });
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.leaving?.abort();
    this.asking?.abort();
  }

  get form() {
    return document.querySelector("[data-edit-form]"); // comes after the panel
  }

  get isHidden() {
    return this.closest("[data-side-panel]")?.hidden ?? false;
  }

  hear(event) {
    if (this.form?.contains(event.target)) this.askLater();
  }

  askLater() {
    clearTimeout(this.timer);
    this.isStale = true;
    const pause = this.isHidden ? PAUSE_WHILE_HIDDEN_MILLISECONDS : PAUSE_MILLISECONDS;
    this.timer = setTimeout(() => this.ask(), pause);
  }

  askIfStale() {
    if (this.isStale) this.ask();
  }

  async ask() {
    if (!this.form || document.hidden) return;
    clearTimeout(this.timer);
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      const answer = await fetch(this.getAttribute("src"), {
        method: "POST",
        body: new FormData(this.form),
        headers: { "X-CSRFToken": tokenOf(this.form) },
        redirect: "error",
        signal,
      });
      if (answer.ok) this.show(await answer.text());
      else if (answer.status === 422) this.say((await answer.json()).message);
      else this.say("The findings could not be brought up to date. They are from before.");
    } catch (error) {
      if (error.name !== "AbortError") {
        this.say("The findings could not be brought up to date. They are from before.");
      }
    }
  }

  show(html) {
    this.isStale = false;
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-findings]");
    const list = this.querySelector("[data-list]");
    const old = new Map([...list.children].map((item) => [item.dataset.key, item]));
    const items = [...fresh.querySelectorAll("[data-list] > li")].map((item) => {
      const known = old.get(item.dataset.key);
      return known && isAlike(known, item) ? known : item;
    });
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    const key = focused?.closest("li").dataset.key;
    for (const item of [...list.children]) if (!items.includes(item)) item.remove();
    items.forEach((item, place) => {
      if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
    });
    if (focused && document.activeElement !== focused) this.focusNear(focused, key);
    this.say(fresh.querySelector("[data-summary]").textContent);
    this.count(fresh.dataset.open);
  }

  // Only where the place that had the focus went or moved: never takes it from the form.
  focusNear(focused, key) {
    if (focused.isConnected) {
      focused.focus({ preventScroll: true });
      return;
    }
    const item = [...this.querySelectorAll("[data-list] > li")].find((one) => one.dataset.key === key);
    const next = item?.querySelector("a, textarea, button") ?? this.querySelector("[data-summary]");
    if (!item) next.tabIndex = -1;
    next.focus({ preventScroll: true });
  }

  say(words) {
    const summary = this.querySelector("[data-summary]");
    if (summary.textContent !== words) summary.textContent = words;
  }

  count(open) {
    const counter = document.querySelector(
      '[data-side-panel-toggle="safety"] [data-side-panel-toggle-counter]',
    );
    if (!counter) return;
    counter.textContent = open;
    counter.hidden = open === "0";
  }

  follow(event) {
    const link = event.target.closest("a[data-path]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (goTo(link.dataset.path)) event.preventDefault();
  }

  async record(event) {
    const form = event.target.closest("form[data-reason]");
    if (!form) return;
    event.preventDefault();
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json", "X-CSRFToken": tokenOf(form) },
        redirect: "error",
      });
      if (answer.ok) await this.ask();
      else this.say((await answer.json()).message);
    } catch {
      this.say("The reason could not be recorded. Try again.");
    }
  }
}

function tokenOf(form) {
  return form.querySelector("[name=csrfmiddlewaretoken]").value;
}

// Each answer has another token.
function isAlike(one, other) {
  const [left, right] = [one, other].map((item) => {
    const copy = item.cloneNode(true);
    copy.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((input) => input.remove());
    return copy.innerHTML;
  });
  return left === right;
}

// `body.<id of a part>` or the name of a field: shows it, however it is folded away, and puts the
// focus into it.
function goTo(path) {
  const place = placeOf(path);
  if (!place) return false;
  const tabPanel = place.closest('[role="tabpanel"]');
  if (tabPanel?.hidden) {
    document.querySelector(`[role="tab"][aria-controls="${tabPanel.id}"], [role="tab"][href="#${tabPanel.id}"]`)?.click();
  }
  for (let panel = place; panel; panel = panel.parentElement?.closest("[data-panel]")) {
    const toggle = (panel.matches("[data-panel]") ? panel : panel.querySelector("[data-panel]"))
      ?.querySelector("[data-panel-toggle]");
    if (toggle?.getAttribute("aria-expanded") === "false") toggle.click();
  }
  if (window.matchMedia("(max-width: 799px)").matches) {
    document.querySelector("[data-form-side-close-button]")?.click(); // the panel covers the form
  }
  focusInto(place, MOST_FRAMES);
  return true;
}

// What was folded away is shown some frames later.
function focusInto(place, frames) {
  const inside = [...place.querySelectorAll(FOCUSABLE)].find((one) => one.checkVisibility());
  if (!inside && frames) {
    requestAnimationFrame(() => focusInto(place, frames - 1));
    return;
  }
  if (!inside) place.tabIndex = -1;
  place.scrollIntoView({ block: "start" });
  (inside ?? place).focus({ preventScroll: place.offsetHeight < window.innerHeight });
}

const MOST_FRAMES = 60;
const FOCUSABLE =
  'input:not([type="hidden"]), textarea, select, [contenteditable="true"], button[data-chooser-action-choose]';

function placeOf(path) {
  const [field, part] = path.split(".");
  const isWhole = (one) => !one.parentElement.closest("[data-contentpath]");
  const wholes = [...document.querySelectorAll("[data-edit-form] [data-contentpath]")].filter(isWhole);
  const whole = wholes.find((one) => one.dataset.contentpath === field);
  if (!part) return whole;
  return whole?.querySelector(`[data-contentpath="${CSS.escape(part)}"]`) ?? whole;
}

customElements.define("safety-findings", SafetyFindings);
