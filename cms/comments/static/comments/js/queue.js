// Decides in place and by keys. Nothing needs it: every form of the queue is an ordinary one.
//
// The keys are those of the help, `<kbd data-decision="approve">a</kbd>`; they are off where the
// user switched Wagtail's keyboard shortcuts off, and while one types.

const help = document.getElementById("queue-keys");
const region = document.querySelector("[data-said]"); // only the list has one
const decideForm = document.getElementById("decide");
const hasKeys = help?.dataset.keys === "on";
const decisionKeys = new Map(
  [...(help?.querySelectorAll("[data-decision]") ?? [])].map((key) => [
    key.textContent,
    key.dataset.decision,
  ]),
);

const rows = () => [...document.querySelectorAll(".queue-row")];
const places = () => [...rows(), ...document.querySelectorAll(".queue-more a")];
const boxIn = (row) => row?.querySelector(".queue-row__choose");
const tabNow = () => document.querySelector("#queue-tabs [aria-current]");
const chosenBoxes = () => [...document.querySelectorAll(".queue-row__choose:checked")];

// One after the other: what is pressed while an answer is on its way acts on the row it leads to.
let last = Promise.resolve();

function inTurn(act) {
  last = last.then(act).catch((error) => {
    console.error(error);
    say("That did not work. Load the page again to see what was changed.");
  });
}

function say(message, undoUrl = "") {
  const words = document.createElement("span");
  words.textContent = message;
  region.replaceChildren(words);
  if (!undoUrl) return;
  region.append(document.querySelector("[data-undo-template]").content.cloneNode(true));
  region.querySelector("form").action = undoUrl;
}

function placeNow() {
  return document.activeElement.closest(".queue-row") ?? document.activeElement;
}

function goTo(place) {
  place?.focus({ preventScroll: true });
  place?.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const all = places();
  const at = all.indexOf(placeNow());
  goTo(all[at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)]);
}

async function post(url, fields) {
  const answer = await fetch(url, {
    method: "POST",
    body: fields,
    headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
  });
  if (!answer.headers.get("Content-Type")?.startsWith("application/json")) {
    throw new Error(`The admin answered ${answer.status}, and no JSON.`);
  }
  return { isDone: answer.ok, ...(await answer.json()) };
}

function show(told) {
  for (const [number, html] of Object.entries(told.rows)) {
    const row = document.getElementById(`row-${number}`);
    if (row) row.outerHTML = html;
  }
  document.getElementById("queue-tabs").outerHTML = told.tabs;
  countChosen();
  return rows().filter((row) => row.id.replace("row-", "") in told.rows);
}

async function decide(fields) {
  const told = await post(decideForm.action, fields);
  const changed = show(told);
  say(told.message, told.undo);
  if (!told.isDone) return goTo(changed[0] ?? placeNow());
  for (const row of changed) row.classList.add("queue-row--done");
  decideForm.reset();
  offerMore();
  const all = places();
  goTo(all[all.indexOf(changed.at(-1)) + 1] ?? tabNow());
}

function decideByKey(decision) {
  const row = placeNow();
  const boxes = chosenBoxes().length ? chosenBoxes() : [boxIn(row)].filter(Boolean);
  if (!boxes.length) return say("Go to a comment first, with j.");
  const fields = new FormData(decideForm);
  fields.delete("chosen");
  for (const box of boxes) fields.append("chosen", box.value);
  fields.set("decision", decision);
  return decide(fields);
}

async function undo(form) {
  const fields = new FormData(form);
  fields.set("next", here());
  const told = await post(form.action, fields);
  form.remove();
  const changed = show(told);
  say(told.message);
  goTo(changed[0] ?? rows()[0] ?? tabNow());
}

function here() {
  return document.querySelector('[name="next"][form="decide"]')?.value ?? location.href;
}

// What was decided on stays in sight until the moderator asks for what is there now.
function offerMore() {
  const list = document.querySelector(".queue-rows"); // none, where Wagtail just emptied it
  if (!list || document.querySelector(".queue-more")) return;
  const link = document.createElement("a");
  link.href = here();
  link.textContent = "Show what is here now";
  const more = document.createElement("p");
  more.className = "queue-more";
  more.append(link);
  list.after(more);
}

function countChosen() {
  const count = document.querySelector("[data-chosen]");
  if (count) count.textContent = chosenBoxes().length ? `${chosenBoxes().length} chosen` : "";
}

function chooseAll() {
  const boxes = rows().map(boxIn).filter(Boolean);
  const isAll = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !isAll;
  countChosen();
}

// In the list a key acts in place; on a comment's own page it presses the button or link there.
const inList = {
  j: () => move(1),
  k: () => move(-1),
  x: () => boxIn(placeNow())?.click(),
  z: () => {
    const form = [...document.querySelectorAll("[data-undo]")].at(-1);
    return form ? undo(form) : say("There is nothing to undo.");
  },
  "/": () => document.querySelector('[data-search-form] [name="q"]')?.focus(),
};
function open(tool) {
  const summary = document.querySelector(`[data-opens="${tool}"]`);
  if (!summary) return;
  summary.parentElement.open = true;
  summary.parentElement.querySelector("textarea")?.focus();
}

// As code points, of which the server counts; the selection counts UTF-16.
function selectedSpan() {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return undefined;
  const range = selection.getRangeAt(0);
  const within = range.commonAncestorContainer;
  const part = (within.closest ? within : within.parentElement)?.closest("[data-original]");
  if (!part) return undefined;
  const before = document.createRange();
  before.setStart(part, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const start = [...before.toString()].length;
  const words = range.toString();
  return { value: `${part.dataset.original}:${start}:${start + [...words].length}`, words };
}

function removeSelected() {
  const said = document.querySelector("[data-selected-said]");
  const span = selectedSpan();
  if (!span) {
    said.textContent = "Select some words first.";
    return;
  }
  const box = document.createElement("input");
  Object.assign(box, { type: "checkbox", name: "span", value: span.value, checked: true });
  const words = document.createElement("mark");
  words.textContent = span.words;
  const label = document.createElement("label");
  label.append(box, " ", words);
  document.querySelector("[data-places]").append(label);
  said.textContent = "Added to the list above.";
}

const onPage = {
  j: () => document.querySelector("[data-next]")?.click(),
  k: () => document.querySelector("[data-previous]")?.click(),
  d: () => open("redact"),
  w: () => open("reply"),
  z: () => document.querySelector("[data-undo] button")?.click(),
};
const acts = region ? inList : onPage;
const repeats = new Set(["j", "k"]); // holding another key down would decide on a whole list

function actOf(key) {
  if (key === "?") return () => help.showModal();
  if (acts[key]) return acts[key];
  const decision = decisionKeys.get(key);
  if (!decision) return undefined;
  if (region) return () => decideByKey(decision);
  return () => document.querySelector(`[name="decision"][value="${decision}"]`)?.click();
}

function isTyping(element) {
  const types = 'input:not([type="checkbox"], [type="radio"]), textarea, select';
  return element.matches(types) || element.isContentEditable;
}

// Wagtail fetches the list again when one leaves its search, which takes the focus from a row.
let lastRow = "";

function rememberRow(event) {
  lastRow = event.target.closest(".queue-row")?.id ?? "";
}

function putFocusBack() {
  countChosen();
  if (!lastRow || document.activeElement !== document.body) return;
  goTo(document.getElementById(lastRow) ?? rows()[0] ?? tabNow());
}

function onKey(event) {
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
  const isBusy = document.querySelector('dialog[open], [role="dialog"]:not([aria-hidden="true"])');
  if (!isPlain || isTyping(event.target) || isBusy) return;
  if (event.repeat && !repeats.has(event.key)) return;
  const act = actOf(event.key);
  if (!act) return;
  event.preventDefault(); // also keeps Wagtail's own "?" and "/" from it
  event.stopImmediatePropagation();
  inTurn(act);
}

function onSubmit(event) {
  const form = event.target;
  const button = event.submitter;
  if (form.matches("[data-undo]")) {
    event.preventDefault();
    inTurn(() => undo(form));
  } else if (form.matches("[data-decide]") && button && !button.matches("[data-asks-first]")) {
    event.preventDefault();
    const fields = new FormData(form);
    fields.set(button.name, button.value);
    inTurn(() => decide(fields));
  }
}

if (hasKeys) window.addEventListener("keydown", onKey, true);
if (region) {
  document.addEventListener("focusin", rememberRow);
  document.addEventListener("w-swap:success", putFocusBack);
}
if (region && decideForm) {
  document.addEventListener("submit", onSubmit);
  document.addEventListener("change", countChosen);
  document.querySelector("[data-choose-all]").addEventListener("click", chooseAll);
}
for (const button of document.querySelectorAll("[data-needs-script]")) button.hidden = false;
document.querySelector("[data-removes-selected]")?.addEventListener("click", removeSelected);
document.querySelector("[data-shows-keys]")?.addEventListener("click", () => help.showModal());
