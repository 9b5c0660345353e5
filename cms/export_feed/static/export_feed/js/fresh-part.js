// A part of the admin that is asked for again for as long as the server says so:
//
//   <fresh-part src="/admin/…/" every="1">what is known now</fresh-part>
//
// The answer is the same element with what is known then; one without `src` is the last, one with
// `every` changes the seconds. Without this script the part is as when the page was loaded.
const IMPATIENT_TRIES = 60; // then seldom: somebody left the page open
const SELDOM_SECONDS = 15;
const LONGEST_HOURS = 8;

class FreshPart extends HTMLElement {
  connectedCallback() {
    this.tries = 0;
    this.end = Date.now() + LONGEST_HOURS * 3_600_000;
    this.askLater();
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.leaving?.abort();
  }

  askLater() {
    if (!this.hasAttribute("src") || Date.now() > this.end) return;
    const every = Number(this.getAttribute("every")) || SELDOM_SECONDS;
    const seconds = this.tries < IMPATIENT_TRIES ? every : Math.max(every, SELDOM_SECONDS);
    this.timer = setTimeout(() => this.ask(), seconds * 1000);
  }

  async ask() {
    this.tries += 1;
    if (!document.hidden) await this.refresh();
    if (this.isConnected) this.askLater();
  }

  async refresh() {
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    let answer;
    try {
      answer = await fetch(this.getAttribute("src"), { signal, redirect: "error" });
    } catch {
      return; // the CMS restarts, the network is away, or we left: the next try tells
    }
    if ([403, 404].includes(answer.status)) this.removeAttribute("src");
    if (answer.ok) this.show(await answer.text());
  }

  show(html) {
    const parsed = new DOMParser().parseFromString(html, "text/html");
    const next = parsed.querySelector("fresh-part");
    if (!next?.hasAttribute("src")) this.removeAttribute("src");
    if (!next) return;
    if (next.hasAttribute("every")) this.setAttribute("every", next.getAttribute("every"));
    const focused = this.contains(document.activeElement) ? document.activeElement.id : "";
    replaceChanged(this, next);
    if (focused) document.getElementById(focused)?.focus();
  }
}

// Child by child, so that what stays the same is not read out again by a screen reader, and a live
// region among the children stays the one that it listens to.
function replaceChanged(shown, next) {
  const [old, fresh] = [[...shown.children], [...next.children]];
  const isAlike = (at) => old[at].className === fresh[at].className;
  if (old.length !== fresh.length || !old.every((_, at) => isAlike(at))) {
    shown.replaceChildren(...next.childNodes);
    return;
  }
  for (const [at, part] of old.entries()) {
    if (part.innerHTML !== fresh[at].innerHTML) part.replaceChildren(...fresh[at].childNodes);
  }
}

customElements.define("fresh-part", FreshPart);
