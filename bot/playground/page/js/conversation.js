// The middle of the page: the open chat, kept up to date.

import { makeComposer } from "./composer.js";
import { fill, h, icon, keyed } from "./dom.js";
import { chatPicture } from "./files.js";
import { ROLES } from "./format.js";
import { slack } from "./slack/chat.js";
import { me, openChat } from "./store.js";
import { telegram } from "./telegram/chat.js";
import { attempt, clearToasts } from "./toast.js";

const ADAPTERS = { telegram, slack };
const NEAR_END_PX = 120;
const ACTIVITY_MS = 1500; // How soon a typing sign is looked at again: its end is no news.

let shown = null; // {key, person, chat, adapter, data, composer, parts}
let refreshing = false;
let again = false;

/** Shows the chat that is open for the present person; nothing happens when it is shown already. */
export function syncConversation() {
  const person = me();
  const chat = openChat();
  const key = `${person.key} ${chat.platform} ${chat.chat}`;
  if (shown?.key === key) {
    Object.assign(shown, { person, chat });
    // Whether one may write depends on the set-up as well.
    if (shown.data) shown.composer.update(shown.data);
    return;
  }
  if (shown && shown.person.key !== person.key) clearToasts();
  if (shown?.adapter.leave) shown.adapter.leave(shown.person);
  const adapter = ADAPTERS[chat.platform];
  shown = { key, person, chat, adapter, data: null, count: 0, tab: tabsOf(adapter, chat)[0]?.key ?? null };
  build(document.getElementById("conversation"));
  refresh();
}

const tabsOf = (adapter, chat) => adapter.tabs?.(chat) ?? [];

/** Goes to a part of the open chat, such as Slack's Home tab; the first part, if there are any, unless it is named. */
export function openTab(tab = tabsOf(shown.adapter, shown.chat)[0]?.key ?? null) {
  if (shown.tab === tab) return;
  shown.tab = tab;
  for (const each of shown.parts.tabs.querySelectorAll("[role=tab]")) {
    each.setAttribute("aria-selected", String(each.dataset.tab === tab));
    each.tabIndex = each.dataset.tab === tab ? 0 : -1;
  }
  showTab();
  attempt(() => shown.adapter.openTab(shown, tab));
  if (shown.data) render(shown.data);
  refresh();
}

/** Whether the first part, the messages, holds something that was not seen from another part. */
function markTab(hasNews) {
  shown.parts.tabs.firstElementChild?.classList.toggle("has-news", hasNews);
}

/** Only among messages does one write. */
function showTab() {
  const { adapter, chat, composer, parts, tab } = shown;
  const isChat = tab === null || tab === tabsOf(adapter, chat)[0].key;
  composer.element.hidden = !isChat;
  parts.log.classList.toggle("is-page", !isChat);
  parts.log.wasAtEnd = isChat;
  if (isChat) markTab(false);
}

/** Something changed in an emulator: the open chat is loaded again when it is concerned. */
export function onLiveChange(change) {
  if (shown && shown.adapter.concerns(change, shown.person, shown.chat, shown.data)) refresh();
}

/** Puts words into the open chat's field. */
export function suggest(text) {
  shown.composer.suggest(text);
}

/** Opens the sample receipts of the open chat, where one may write. */
export function openTray() {
  shown.composer.openTray();
}

/** One load at a time; what changes meanwhile is loaded once more afterwards. */
export async function refresh() {
  if (refreshing) {
    again = true;
    return;
  }
  refreshing = true;
  do {
    again = false;
    await load();
  } while (again);
  refreshing = false;
}

async function load() {
  const asked = shown;
  const data = await attempt(() => asked.adapter.load(asked.person, asked.chat));
  if (asked !== shown) again = true;
  else if (data) render(data);
}

// A smaller window, or a phone's keyboard, must not hide the latest message.
const keepAtEnd = new ResizeObserver(([{ target }]) => {
  target.knownSize = sizeOf(target);
  if (target.wasAtEnd) target.scrollTop = target.scrollHeight;
});

const sizeOf = (log) => `${log.clientWidth} ${log.clientHeight}`;

const isAtEnd = (log) => log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;

function build(root) {
  const { chat, person, adapter } = shown;
  const composer = makeComposer(shown, { sending: followEnd, sent: refresh });
  const parts = {
    subtitle: h("p", { class: "chat-subtitle" }, "…"),
    log: h("div", { class: "log", role: "log", "aria-label": `Messages with ${chat.title}`, tabindex: "0" }),
    extras: h("div", { class: "extras" }),
    tabs: tabList(tabsOf(adapter, chat)),
  };
  parts.log.wasAtEnd = true;
  // A picture that has come makes its message longer; such news do not bubble.
  parts.log.addEventListener("load", () => parts.log.wasAtEnd && (parts.log.scrollTop = parts.log.scrollHeight), true);
  parts.log.addEventListener("scroll", () => {
    // What a new size of the window moves was not moved by the reader.
    if (parts.log.knownSize === sizeOf(parts.log)) parts.log.wasAtEnd = isAtEnd(parts.log);
  });
  keepAtEnd.disconnect();
  keepAtEnd.observe(parts.log);
  Object.assign(shown, { composer, parts });
  root.className = `conversation is-${chat.platform} is-${chat.kind}`;
  fill(
    root,
    h(
      "header",
      { class: "chat-header" },
      h("button", { type: "button", class: "icon-button only-phone", "aria-label": "Back to the chats", on: { click: back } }, icon("back")),
      h("div", { class: ["chat-picture", `is-${chat.platform}`], "aria-hidden": "true" }, chatPicture(chat)),
      h("div", { class: "chat-names" }, h("h1", {}, chat.title), parts.subtitle),
      h(
        "p",
        { class: "chat-as" },
        h("span", { class: "chat-as-platform" }, adapter.name),
        ` as ${person.first_name}`,
        h("span", { class: "chat-as-last" }, person.name.slice(person.first_name.length)),
        h("span", { class: "chat-as-role" }, ` · ${ROLES[person.role]}`),
      ),
    ),
    parts.tabs,
    parts.log,
    parts.extras,
    composer.element,
  );
}

/** Who writes wants to see it, and what is answered. */
function followEnd() {
  shown.parts.log.wasAtEnd = true;
  shown.parts.log.scrollTop = shown.parts.log.scrollHeight;
}

function tabList(tabs) {
  const move = (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const other = tabs.find((each) => each.key !== shown.tab);
    openTab(other.key);
    shown.parts.tabs.querySelector(`[data-tab="${other.key}"]`).focus();
  };
  const nodes = tabs.map(({ key, words }, index) => {
    const props = { type: "button", role: "tab", class: "chat-tab", "aria-selected": String(index === 0), tabindex: index ? "-1" : "0" };
    return h("button", { ...props, data: { tab: key }, on: { click: () => openTab(key) } }, words);
  });
  return h("div", { class: "chat-tabs", role: "tablist", "aria-label": "Parts of this chat", hidden: tabs.length === 0, on: { keydown: move } }, nodes);
}

/** Whether this is still what is shown. */
const asked = (data) => shown?.data === data;

/** On a phone either the list or a chat is seen. */
export function showView(view) {
  document.getElementById("app").dataset.view = view;
}

function back() {
  showView("list");
  document.querySelector(".chat-row[aria-current='true']")?.focus();
}

function render(data) {
  const { adapter, chat, composer, parts, person, tab } = shown;
  const first = shown.data === null;
  shown.data = data;
  const { log } = parts;
  const atEnd = !log.classList.contains("is-page") && (first || log.wasAtEnd || isAtEnd(log));
  parts.subtitle.textContent = adapter.subtitle(data, chat);
  parts.subtitle.classList.toggle("is-active", Boolean(data.action));
  if (data.action) setTimeout(() => asked(data) && refresh(), ACTIVITY_MS);
  if (parts.log.classList.contains("is-page")) markTab(data.messages.length > shown.count);
  else shown.count = data.messages.length;
  const changed = keyed(log, adapter.items(data, { person, chat, adapter, composer, tab }));
  fill(parts.extras, adapter.extras(data, { person, chat, adapter }));
  composer.update(data);
  if (changed && atEnd) log.scrollTop = log.scrollHeight;
}
