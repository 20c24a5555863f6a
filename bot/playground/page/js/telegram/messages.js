// Telegram's messages: bubbles, inline keyboards, service lines.

import { post } from "../api.js";
import { h, icon } from "../dom.js";
import { ROLES, dayOf, timeOf } from "../format.js";
import { menuButton } from "../menu.js";
import { setMe, setOpen, store } from "../store.js";
import { attempt } from "../toast.js";
import { fileChip, pictureNode } from "../files.js";
import { act } from "./calls.js";
import { entityNodes, linkTo } from "./entities.js";

const TOGETHER_S = 300;

/** Everything of a chat, oldest first, with a line for each day. */
export function messageItems(data, context) {
  const items = [];
  let previous = null;
  for (const message of data.messages) {
    const at = message.content.date;
    if (!previous || dayOf(previous.content.date) !== dayOf(at)) {
      items.push(line(`day ${dayOf(at)}`, dayOf(at), "tg-day"));
      previous = null;
    }
    items.push(service(message) ?? bubbleItem(message, previous, context));
    previous = message;
  }
  if (data.messages.length === 0) items.push(emptyChat(data, context));
  return items;
}

function line(key, words, kind) {
  return { key, signature: words, build: () => h("div", { class: ["tg-pill", kind] }, words) };
}

function emptyChat(data, { chat }) {
  const words = data.started ? "No messages here yet." : "What can this bot do? Press Start and see.";
  return line("empty", chat.kind === "private" ? words : "No messages here yet.", "tg-empty");
}

function service(message) {
  const { content } = message;
  const who = content.from.first_name;
  if (content.new_chat_members) {
    const names = content.new_chat_members.map((each) => each.first_name).join(", ");
    return line(String(message.id), names === who ? `${who} joined the group` : `${who} added ${names}`, "tg-service");
  }
  if (content.left_chat_member) {
    return line(String(message.id), `${content.left_chat_member.first_name} left the group`, "tg-service");
  }
  if (content.group_chat_created) return line(String(message.id), `${who} made the group`, "tg-service");
  return null;
}

function bubbleItem(message, previous, context) {
  const own = message.sender_id === context.person.telegram_id;
  const together =
    previous !== null &&
    previous.sender_id === message.sender_id &&
    message.content.date - previous.content.date < TOGETHER_S;
  const named = context.chat.kind !== "private" && !own && !together;
  return {
    key: String(message.id),
    signature: JSON.stringify([message, own, named, together]),
    build: () => bubble(message, context, { own, named, together }),
  };
}

function bubble(message, context, { own, named, together }) {
  const { content } = message;
  const actions = {
    botLink: (url, children) => botLink(url, children, context.person),
    sendCommand: (text) => attempt(() => context.adapter.send(context, text)),
  };
  const sender = own ? "You" : content.from.first_name;
  return h(
    "article",
    { class: ["tg-message", own && "is-own", together && "is-together"], "aria-label": `${sender}, ${timeOf(content.date)}` },
    h(
      "div",
      { class: ["tg-bubble", content.photo && !message.text && "is-bare"] },
      named && h("div", { class: ["tg-name", `tone-text-${message.sender_id % 6}`] }, content.from.first_name),
      content.reply_to_message && quote(content.reply_to_message),
      attachment(content),
      h("div", { class: "tg-text" }, entityNodes(message.text, message.entities, actions)),
      h("span", { class: "tg-meta" }, message.edited && !message.from_bot && "edited ", timeOf(content.date)),
      messageMenu(message, own, context),
    ),
    message.buttons.length > 0 && keyboard(message, context, actions),
  );
}

/** A link to the bot. An invitation is meant for somebody else, and here one is everybody: the link asks who opens it. */
function botLink(url, children, me) {
  const openAs = (person) => async () => {
    const opened = await attempt(() => post("telegram/open-link", { person: person.telegram_id, url }));
    if (opened && person.key !== me.key) setMe(person.key);
    if (opened) setOpen("telegram", "");
  };
  const others = store.state.people.filter((person) => person.key !== me.key).reverse();
  const items = () => [
    { label: `Open as ${me.name}`, hint: "You", run: openAs(me) },
    ...others.map((person) => ({ label: `Open as ${person.name}`, hint: ROLES[person.role], run: openAs(person) })),
  ];
  return menuButton({ class: "tg-link" }, children, items);
}

function quote(replied) {
  const words = replied.text ?? replied.caption ?? "Message";
  return h("div", { class: "tg-quote" }, h("strong", {}, replied.from.first_name), h("span", {}, words));
}

const fileAddress = (file) => `/control/telegram/file/${encodeURIComponent(file.file_id)}`;

function attachment(content) {
  const picture = content.photo?.at(-1);
  if (picture) return pictureNode(fileAddress(picture), "Photo", "tg-photo", picture);
  const file = content.document;
  return file ? fileChip(fileAddress(file), file.file_name ?? "File", file.file_size) : null;
}

function messageMenu(message, own, context) {
  const items = () => [
    { label: "Reply", run: () => context.composer.reply(message.id, message.text) },
    ...(own && message.content.text
      ? [{ label: "Edit", run: () => context.composer.edit(message.id, message.text) }]
      : []),
    ...(own || context.chat.kind === "private"
      ? [{ label: "Delete", danger: true, run: () => attempt(() => remove(message, context)) }]
      : []),
  ];
  const props = { class: "message-menu", "aria-label": "What to do with this message" };
  return menuButton({ ...props, data: { focus: `menu ${message.id}` } }, icon("dots"), items);
}

function remove(message, { person, chat }) {
  return post("telegram/delete", { ...act(person, chat), message_id: message.id });
}

function keyboard(message, context, actions) {
  const styles = message.content.reply_markup?.inline_keyboard ?? [];
  return h(
    "div",
    { class: "tg-keyboard" },
    message.buttons.map((row, rowIndex) =>
      h(
        "div",
        { class: "tg-keyboard-row" },
        row.map((button, index) => key(message, button, styles[rowIndex]?.[index]?.style, context, actions)),
      ),
    ),
  );
}

function key(message, button, style, context, actions) {
  if (button.url) {
    const link = linkTo(button.url, button.label, actions);
    link.classList.add("tg-key");
    return link;
  }
  const tap = (event) => {
    event.currentTarget.classList.add("is-loading");
    return attempt(() =>
      post("telegram/tap", { ...act(context.person, context.chat), message_id: message.id, button: button.data }),
    );
  };
  const props = { "aria-busy": button.loading ? "true" : null, data: { focus: `key ${message.id} ${button.data}` } };
  const kind = ["tg-key", style && `is-${style}`, button.loading && "is-loading"];
  return h("button", { type: "button", class: kind, ...props, on: { click: tap } }, button.label);
}

