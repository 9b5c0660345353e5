/* What the comment form does better with a script. It needs none of this: see docs/themes.md.
   What it says stands in the form's data-* attributes, in the language of the page. */
"use strict";

(() => {
  const PREFIX = "plainleaf-comment:";
  const KEPT = ["name", "text"]; // an e-mail address is not left behind in a browser
  const SPOKEN_AFTER_MS = 1000;
  const GIVE_UP_AFTER_MS = 60000;

  const store = storage();
  const form = document.getElementById("comment-form");
  if (document.currentScript.hasAttribute("data-sent")) forgetSent();
  // Nobody comments on a draft of an editor.
  if (form && !document.querySelector(".plainleaf-preview")) enhance();

  /* A browser may forbid it, and then even naming it throws: the form works without drafts. */
  function storage() {
    try {
      return window.sessionStorage;
    } catch {
      return null;
    }
  }

  /* The page that thanks was reached without this script's help. */
  function forgetSent() {
    for (const key of Object.keys(store || {})) {
      if (key.startsWith(PREFIX) && JSON.parse(store.getItem(key)).sent) store.removeItem(key);
    }
  }

  function enhance() {
    const { name, text, email, page, locale } = form.elements;
    const words = form.dataset;
    const button = form.querySelector("[type=submit]");
    const place = PREFIX + page.value + "/" + locale.value;
    const title = document.title;
    const status = add("p", { className: "field__hint" }, button, "after");
    status.setAttribute("role", "status");
    let draft = (store && JSON.parse(store.getItem(place))) || {};
    let key = draft.key;
    let isSending = false;
    let isSent = false; // and the page that thanks is on its way

    for (const field of KEPT) form.elements[field].value ||= draft[field] || "";
    keep();
    const count = text.dataset.characters ? counter(text, words) : () => {};
    form.addEventListener("input", () => {
      key = undefined; // other words are another comment
      isSent = false;
      delete draft.sent;
      keep();
      count();
    });
    form.addEventListener("focusin", askForStart, { once: true });
    form.addEventListener("submit", send);
    window.addEventListener("pageshow", () => (isSending = isSent = false));

    function keep() {
      for (const field of KEPT) draft[field] = form.elements[field].value;
      draft.key = key;
      try {
        if (name.value || text.value) store?.setItem(place, JSON.stringify(draft));
        else store?.removeItem(place);
      } catch {
        // It is full, or forbidden: what was typed stays in the form.
      }
    }

    async function askForStart() {
      try {
        const answer = await fetch(form.action + "/start", { credentials: "omit" });
        const start = add("input", { type: "hidden", name: "start" }, form);
        start.value = (await answer.json()).start;
      } catch {
        // Without it the comment is as welcome.
      }
    }

    async function send(event) {
      if (!window.fetch) {
        draft.sent = true; // by the browser itself
        keep();
        return;
      }
      event.preventDefault();
      if (isSending || isSent) return;
      isSending = true;
      status.textContent = words.sending;
      const [answer, record] = await posted();
      isSending = false;
      status.textContent = "";
      if (answer?.ok && record?.receipt) {
        isSent = true;
        store?.removeItem(place);
        for (const field of [name, text, email]) field.value = "";
        window.location.assign(form.action + "/thanks/" + record.receipt);
        return;
      }
      const ours = answer ? words.notTaken : words.notReached;
      showProblems(record?.errors || { form: record?.message || ours });
    }

    async function posted() {
      try {
        // One comment, however often it is sent. The site finds that out without a key as well, and
        // has to where there is an address: no draft keeps it, so no key for these words with it.
        key = email.value ? undefined : key || window.crypto?.randomUUID?.();
        keep();
        const answer = await fetch(form.action, {
          method: "POST",
          body: new URLSearchParams(new FormData(form)),
          headers: { Accept: "application/json", ...(key && { "Idempotency-Key": key }) },
          credentials: "omit",
          signal: window.AbortSignal?.timeout?.(GIVE_UP_AFTER_MS),
        });
        return [answer, await answer.json().catch(() => null)];
      } catch {
        return [null, null];
      }
    }

    function showProblems(problems) {
      document.querySelector(".error-summary")?.remove();
      form.querySelectorAll(".field__error").forEach((error) => error.remove());
      form.querySelectorAll("[aria-invalid]").forEach((field) => {
        field.removeAttribute("aria-invalid");
        field.setAttribute("aria-describedby", field.id + "-hint");
      });
      const summary = add("div", { className: "error-summary", tabIndex: -1 }, form, "before");
      const alert = add("div", { role: "alert" }, summary);
      add("h2", { className: "error-summary__heading", textContent: words.problem }, alert);
      const list = add("ul", {}, alert);
      for (const [name, sentence] of Object.entries(problems)) {
        const item = add("li", {}, list);
        const field = form.querySelector(`.field [name="${name}"]`);
        if (!field) {
          item.textContent = sentence;
          continue;
        }
        add("a", { href: "#" + field.id, textContent: sentence }, item);
        const error = add("p", { className: "field__error", id: field.id + "-error" }, field, "before");
        add("span", { className: "visually-hidden", textContent: words.error }, error);
        error.append(" " + sentence);
        field.setAttribute("aria-invalid", "true");
        field.setAttribute("aria-describedby", `${field.id}-hint ${error.id}`);
      }
      const before = words.error + " ";
      document.title = title.startsWith(before) ? title : before + title;
      summary.focus();
    }
  }

  /* Shown at once, spoken after a pause in typing. */
  function counter(text, words) {
    const most = Number(text.dataset.characters);
    const shown = add("p", { className: "field__hint" }, text, "after");
    shown.setAttribute("aria-hidden", "true");
    const spoken = add("p", { className: "visually-hidden" }, shown, "after");
    spoken.setAttribute("aria-live", "polite");
    let pause;
    const update = () => {
      const left = most - charactersIn(text.value.trim());
      const number = Math.abs(left).toLocaleString(document.documentElement.lang);
      shown.textContent = (left < 0 ? words.tooMany : words.left).replace("{}", number);
    };
    update();
    return () => {
      update();
      clearTimeout(pause);
      pause = setTimeout(() => (spoken.textContent = shown.textContent), SPOKEN_AFTER_MS);
    };
  }

  /* As the site counts: what a reader sees as one is one. */
  function charactersIn(text) {
    if (!window.Intl?.Segmenter) return Array.from(text).length;
    let count = 0;
    for (const _ of new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)) count += 1;
    return count;
  }

  function add(tag, properties, beside, where = "append") {
    const element = Object.assign(document.createElement(tag), properties);
    beside[where](element);
    return element;
  }
})();
