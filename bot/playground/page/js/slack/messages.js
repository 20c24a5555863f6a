// Slack's messages: a row each, with picture, name, time and blocks.

import { post } from "../api.js";
import { h, icon } from "../dom.js";
import { fileChip, pictureNode } from "../files.js";
import { dayOf, initialsOf, timeOf } from "../format.js";
import { menuButton } from "../menu.js";
import { store } from "../store.js";
import { attempt } from "../toast.js";
import { blockNodes } from "./blocks.js";
import { tellOutcome } from "./outcome.js";
import { mrkdwnNodes, unescape } from "./text.js";

const TOGETHER_S = 300;

/** Everything of a conversation, oldest first, with a line for each day. */
export function messageItems(data, context) {
  const items = [];
  let previous = null;
  for (const message of data.messages) {
    const at = secondsOf(message.ts);
    if (!previous || dayOf(secondsOf(previous.ts)) !== dayOf(at)) {
      items.push(dayLine(dayOf(at)));
      previous = null;
    }
    items.push(messageItem(message, previous, context));
    previous = message;
  }
  if (data.messages.length === 0) items.push(emptyChannel(context.chat));
  return items;
}

const secondsOf = (ts) => Number(ts.split(".")[0]);

function dayLine(words) {
  return { key: `day ${words}`, signature: words, build: () => h("div", { class: "slack-day" }, h("span", {}, words)) };
}

function emptyChannel(chat) {
  const words =
    chat.kind === "private"
      ? "This is the very beginning of your conversation with the app."
      : `This is the very beginning of ${chat.title}.`;
  return { key: "empty", signature: words, build: () => h("p", { class: "slack-empty" }, words) };
}

function messageItem(message, previous, context) {
  const together =
    previous !== null &&
    previous.user === message.user &&
    !previous.is_ephemeral &&
    !message.is_ephemeral &&
    secondsOf(message.ts) - secondsOf(previous.ts) < TOGETHER_S;
  return {
    key: message.ts,
    signature: JSON.stringify([message, together, context.person.key]),
    build: () => row(message, together, context),
  };
}

function row(message, together, context) {
  const name = message.username ?? context.names[message.user] ?? message.user;
  const isBot = Boolean(message.bot_id) || message.user === store.state.slack_bot_id;
  const at = timeOf(secondsOf(message.ts));
  return h(
    "article",
    { class: ["slack-message", together && "is-together", message.is_ephemeral && "is-ephemeral"], "aria-label": `${name}, ${at}` },
    h("div", { class: "slack-gutter" }, together ? h("time", {}, at) : avatar(message, name, isBot)),
    h(
      "div",
      { class: "slack-main" },
      message.is_ephemeral && h("div", { class: "slack-only-you" }, icon("eye"), "Only visible to you"),
      !together &&
        h("div", { class: "slack-head" }, h("strong", {}, name), isBot && h("span", { class: "slack-app" }, "APP"), h("time", {}, at)),
      message.thread_ts && message.thread_ts !== message.ts && h("div", { class: "slack-thread" }, "replied in a thread"),
      content(message, context),
      message.edited && h("span", { class: "slack-edited" }, "(edited)"),
      (message.files ?? []).map(fileNode),
    ),
    messageMenu(message, context),
  );
}

function avatar(message, name, isBot) {
  const index = store.state.people.findIndex((person) => person.slack_id === message.user);
  if (isBot) return h("div", { class: "slack-avatar is-bot", "aria-hidden": "true" }, h("img", { src: "/page/icon.svg", alt: "" }));
  const tone = index < 0 ? "tone-bot" : `tone-${index}`;
  return h("div", { class: ["slack-avatar", tone], "aria-hidden": "true" }, initialsOf(name));
}

function content(message, context) {
  if (!message.blocks?.length) return h("div", { class: "slack-text" }, mrkdwnNodes(message.text, context.names));
  const act = (block, element, option) => actOn(message, block, element, option, context);
  return h("div", { class: "slack-blocks" }, blockNodes(message.blocks, { names: context.names, act, inputs: () => null }));
}

function actOn(message, block, element, option, { person, channel }) {
  const what = `${block.block_id}/${element.action_id}`;
  const body = { person: person.slack_id, channel, ts: message.ts, what, option };
  return attempt(async () => tellOutcome(await post("slack/tap", body)));
}

function fileNode(file) {
  const source = `/control/slack/file/${encodeURIComponent(file.id)}`;
  if (file.mimetype.startsWith("image/")) return pictureNode(source, file.title || file.name, "slack-picture");
  return fileChip(source, file.name, file.size);
}

function messageMenu(message, context) {
  const { person, channel, composer } = context;
  const own = message.user === person.slack_id;
  if (message.is_ephemeral) return null;
  const remove = () => post("slack/delete", { person: person.slack_id, channel, ts: message.ts });
  const shortcut = ({ callback_id }) =>
    attempt(async () => tellOutcome(await post("slack/shortcut", { person: person.slack_id, callback_id, channel, ts: message.ts })));
  const items = () => [
    ...store.state.shortcuts.map((each) => ({ label: each.name, hint: "ExpenseFlow", run: () => shortcut(each) })),
    { label: "Reply in thread", run: () => composer.reply(message.ts, unescape(message.text)) },
    ...(own ? [{ label: "Edit message", run: () => composer.edit(message.ts, unescape(message.text)) }] : []),
    ...(own ? [{ label: "Delete message", danger: true, run: () => attempt(remove) }] : []),
  ];
  const props = { class: "message-menu", "aria-label": "What to do with this message" };
  return menuButton({ ...props, data: { focus: `menu ${message.ts}` } }, icon("dots"), items);
}
