// The left side: who I am now, and my chats on both platforms.

import { refresh, showView } from "./conversation.js";
import { chatPicture } from "./files.js";
import { fill, h } from "./dom.js";
import { LANGUAGES, ROLES, initialsOf, whenOf } from "./format.js";
import { isOpen, me, setMe, setOpen, store, unread, unreadOf } from "./store.js";

const PLATFORMS = { telegram: "Telegram", slack: "Slack" };

let rendered = "";

export function renderSidebar() {
  const counts = store.state.people.map((each) => [unreadOf(each), each.chats.map((chat) => unread(each, chat))]);
  const signature = JSON.stringify([store.me, store.open, store.state.people, counts]);
  // An element that is replaced under a finger loses its click.
  if (signature === rendered) return;
  rendered = signature;
  const root = document.getElementById("sidebar");
  const focused = root.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  const person = me();
  fill(
    root,
    h("h2", { class: "side-title", id: "people-title" }, "You are"),
    h("div", { class: "people", role: "radiogroup", "aria-labelledby": "people-title", on: { keydown: onPeopleKey } }, store.state.people.map(personButton)),
    h(
      "p",
      { class: "person-line" },
      h("strong", {}, person.name),
      h("span", {}, `${ROLES[person.role]} · ${LANGUAGES[person.language]}`),
    ),
    Object.entries(PLATFORMS).map(([platform, name]) => section(person, platform, name)),
    h("p", { class: "side-note" }, note(person)),
  );
  if (focused) [...root.querySelectorAll("[data-focus]")].find((each) => each.dataset.focus === focused)?.focus();
}

function note(person) {
  if (person.role === "stranger") return `${person.first_name} comes from outside: the bot stays polite, and tells nothing, until somebody invites ${person.first_name}.`;
  if (person.linked) return `${person.first_name}’s Telegram and Slack accounts are linked: one member, one set of books.`;
  return `${person.first_name}’s Telegram and Slack accounts are two members until ${person.first_name} links them with /link.`;
}

function personButton(person, index) {
  const current = person.key === store.me;
  const news = current ? 0 : unreadOf(person);
  const label = `${person.name}, ${ROLES[person.role]}${news ? `, ${news} unread` : ""}`;
  return h(
    "button",
    {
      type: "button",
      role: "radio",
      class: "person",
      "aria-checked": String(current),
      "aria-label": label,
      title: label,
      tabindex: current ? "0" : "-1",
      data: { focus: `person ${person.key}` },
      on: { click: () => setMe(person.key) },
    },
    h("span", { class: ["avatar", `tone-${index}`] }, initialsOf(person.name)),
    h("span", { class: "person-name" }, person.first_name),
    news > 0 && h("span", { class: "news-dot" }),
  );
}

/** Radio buttons: arrows choose. */
function onPeopleKey(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const keys = store.state.people.map((person) => person.key);
  const next = keys[(keys.indexOf(store.me) + step + keys.length) % keys.length];
  setMe(next);
  document.querySelector(`[data-focus="person ${next}"]`).focus();
}

function section(person, platform, name) {
  const chats = person.chats.filter((chat) => chat.platform === platform);
  return h(
    "section",
    { class: ["chats", `is-${platform}`], "aria-label": name },
    h("h3", { class: "side-title" }, h("span", { class: "platform-dot", "aria-hidden": "true" }), name),
    h("ul", {}, chats.map((chat) => h("li", {}, chatRow(person, chat)))),
  );
}

function chatRow(person, chat) {
  const news = unread(person, chat);
  const open = () => {
    setOpen(chat.platform, chat.chat);
    showView("chat");
    refresh();
    document.getElementById("composer-text")?.focus();
  };
  return h(
    "button",
    {
      type: "button",
      class: ["chat-row", news > 0 && "has-news"],
      "aria-current": isOpen(chat) ? "true" : null,
      data: { focus: `chat ${chat.platform} ${chat.chat}` },
      on: { click: open },
    },
    h("span", { class: ["chat-picture", `is-${chat.platform}`], "aria-hidden": "true" }, chatPicture(chat)),
    h(
      "span",
      { class: "chat-row-text" },
      h("span", { class: "chat-row-top" }, h("strong", {}, chat.title), h("time", {}, whenOf(chat.at))),
      h(
        "span",
        { class: "chat-row-bottom" },
        h("span", { class: "chat-preview" }, chat.preview || "No messages yet"),
        news > 0 && h("span", { class: "badge", "aria-label": `${news} unread` }, String(news)),
      ),
    ),
  );
}
