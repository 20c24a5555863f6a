// A Bot API text with its entities as nodes. Offsets count UTF-16 units, as JavaScript's strings do.

import { h } from "../dom.js";

/** `actions`: {botLink(url, children), sendCommand(text)}, for what can be tapped. */
export function entityNodes(text, entities, actions) {
  return nodesBetween(text, 0, text.length, [...entities].sort(outerFirst), actions);
}

const outerFirst = (one, other) => one.offset - other.offset || other.length - one.length;

function nodesBetween(text, start, end, entities, actions) {
  const nodes = [];
  let position = start;
  while (entities.length > 0) {
    const [entity, ...rest] = entities;
    const stop = Math.min(entity.offset + entity.length, end);
    const inner = rest.filter((each) => each.offset < stop);
    entities = rest.filter((each) => each.offset >= stop);
    if (entity.offset > position) nodes.push(text.slice(position, entity.offset));
    const children = nodesBetween(text, entity.offset, stop, inner, actions);
    nodes.push(elementOf(entity, text.slice(entity.offset, stop), children, actions));
    position = stop;
  }
  if (position < end) nodes.push(text.slice(position, end));
  return nodes;
}

const PLAIN_TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
};

function elementOf(entity, words, children, actions) {
  const tag = PLAIN_TAGS[entity.type];
  if (tag) return h(tag, {}, children);
  switch (entity.type) {
    case "text_link":
      return linkTo(entity.url, children, actions);
    case "url":
      return linkTo(/^[a-z]+:\/\//i.test(words) ? words : `https://${words}`, children, actions);
    case "bot_command":
      return h("button", { type: "button", class: "tg-link", on: { click: () => actions.sendCommand(words) } }, children);
    case "spoiler":
      return spoiler(children);
    case "mention":
    case "text_mention":
    case "hashtag":
    case "cashtag":
    case "email":
    case "phone_number":
      return h("span", { class: "tg-mention" }, children);
    default:
      return h("span", {}, children);
  }
}

/** Links to a bot open inside Telegram; others in a new tab, and only those of the web. */
export function linkTo(url, children, actions) {
  if (/^https?:\/\/(t|telegram)\.me\//i.test(url)) {
    return actions.botLink(url, children);
  }
  if (!/^https?:\/\//i.test(url)) return h("span", {}, children);
  return h("a", { class: "tg-link", href: url, target: "_blank", rel: "noopener noreferrer" }, children);
}

function spoiler(children) {
  const shown = h("button", { type: "button", class: "tg-spoiler", "aria-label": "Hidden text: show" }, children);
  shown.addEventListener("click", () => {
    shown.classList.add("is-open");
    shown.removeAttribute("aria-label");
  });
  return shown;
}
