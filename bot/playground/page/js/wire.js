// The wire log: each call of the bot and each delivery to it, newest first, with what was said.

import { get } from "./api.js";
import { fill, h } from "./dom.js";
import { exactTimeOf } from "./format.js";

const ENTRIES_MAX = 300;
const filter = { platform: "all", polls: false };
let entries = [];
let list = null;

export function wireNode() {
  list = h("ol", { class: "wire-list" });
  const node = h(
    "div",
    { class: "wire" },
    h(
      "div",
      { class: "wire-tools" },
      h("div", { class: "segments", role: "group", "aria-label": "Which platform" }, ["all", "telegram", "slack"].map(segment)),
      h("label", { class: "wire-polls" }, h("input", { type: "checkbox", on: { change: (event) => set({ polls: event.currentTarget.checked }) } }), "polls"),
      h("button", { type: "button", class: "quiet-button", on: { click: clear } }, "Clear"),
    ),
    h("p", { class: "wire-note" }, "What the bot and the platforms say to each other. Tokens are masked."),
    list,
  );
  return node;
}

const SEGMENT_WORDS = { all: "All", telegram: "Telegram", slack: "Slack" };

function segment(platform) {
  const click = (event) => {
    for (const each of event.currentTarget.parentElement.children) each.setAttribute("aria-pressed", String(each === event.currentTarget));
    set({ platform });
  };
  const pressed = String(platform === filter.platform);
  return h("button", { type: "button", class: "segment", "aria-pressed": pressed, on: { click } }, SEGMENT_WORDS[platform]);
}

function set(changes) {
  Object.assign(filter, changes);
  renderAll();
}

function clear() {
  entries = [];
  renderAll();
}

export async function loadWire() {
  entries = await get("playground/wire");
  renderAll();
}

/** One more entry. */
export function addWire(entry) {
  if (entries.some((each) => each.sequence === entry.sequence)) return;
  entries.push(entry);
  if (entries.length > ENTRIES_MAX) entries.shift();
  if (!isShown(entry)) return;
  list.querySelector(".wire-empty")?.remove();
  list.prepend(row(entry));
  while (list.children.length > ENTRIES_MAX) list.lastChild.remove();
}

const isShown = (entry) =>
  (filter.platform === "all" || entry.platform === filter.platform) && (filter.polls || !isEmptyPoll(entry));

function isEmptyPoll(entry) {
  return entry.name === "getUpdates" && entry.status === 200 && entry.answer.result?.length === 0;
}

function renderAll() {
  const shown = entries.filter(isShown).reverse();
  fill(list, shown.length ? shown.map(row) : h("li", { class: "wire-empty" }, "Nothing yet. Write to the bot."));
}

function row(entry) {
  const toBot = entry.direction === "server-to-bot";
  const body = h("div", { class: "wire-body" });
  const details = h(
    "details",
    { class: ["wire-entry", `is-${entry.platform}`] },
    h(
      "summary",
      {},
      h("span", { class: "platform-dot", title: entry.platform }),
      h("span", { class: "wire-arrow", "aria-label": toBot ? "to the bot" : "from the bot" }, toBot ? "→ bot" : "bot →"),
      h("span", { class: "wire-name" }, entry.name),
      h("span", { class: "wire-time" }, exactTimeOf(entry.started)),
      h("span", { class: ["wire-status", isGood(entry) ? "is-good" : "is-bad"] }, statusOf(entry)),
      h("span", { class: "wire-duration" }, entry.duration_ms ? `${Math.round(entry.duration_ms)} ms` : ""),
    ),
    body,
  );
  // The JSON is written out when it is looked at: most entries never are.
  details.addEventListener("toggle", () => {
    if (details.open) fill(body, part("Request", entry.request), part("Answer", entry.answer));
    else fill(body);
  });
  return h("li", {}, details);
}

function isGood(entry) {
  if (entry.answer.outcome) return entry.answer.outcome === "acknowledged";
  return entry.answer.ok !== false && entry.status !== null && entry.status < 400;
}

function statusOf(entry) {
  if (entry.answer.outcome) return entry.answer.outcome === "acknowledged" ? "ack" : entry.answer.outcome.replaceAll("_", " ");
  if (entry.answer.ok === false && entry.answer.error) return entry.answer.error;
  return entry.status === null ? "cut" : String(entry.status);
}

function part(title, value) {
  const text = JSON.stringify(value, null, 2);
  return h("section", {}, h("h4", {}, title), h("pre", { tabindex: "0", "aria-label": title }, text));
}
