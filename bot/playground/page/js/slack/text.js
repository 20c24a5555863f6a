// Slack's texts as nodes: plain_text, mrkdwn, and rich_text elements.
// Source: https://docs.slack.dev/messaging/formatting-message-text

import { h } from "../dom.js";

/** The words behind Slack's three escapes. */
export function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** A text object. `names` maps user ids to names. */
export function textNodes(object, names) {
  return object.type === "mrkdwn" ? mrkdwnNodes(object.text, names) : [object.text];
}

export function mrkdwnNodes(text, names) {
  const nodes = [];
  for (const [index, part] of text.split(/```/).entries()) {
    if (index % 2 === 1) nodes.push(h("pre", {}, unescape(part.replace(/^\n/, ""))));
    else nodes.push(...lines(part, names));
  }
  return nodes;
}

function lines(text, names) {
  const nodes = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (index > 0) nodes.push("\n");
    const quoted = /^&gt; ?(.*)$/.exec(line);
    nodes.push(...(quoted ? [h("blockquote", {}, inline(quoted[1], names))] : inline(line, names)));
  }
  return nodes;
}

// A mark stands at a word's edge and holds no space at its own edges; tokens stand in angle brackets.
const INLINE = /<([^<>]+)>|`([^`\n]+)`|(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])|(?<![\w_])_(\S(?:[^_\n]*\S)?)_(?![\w_])|(?<![\w~])~(\S(?:[^~\n]*\S)?)~(?![\w~])/;

function inline(text, names) {
  const nodes = [];
  let rest = text;
  for (let match = INLINE.exec(rest); match !== null; match = INLINE.exec(rest)) {
    if (match.index > 0) nodes.push(unescape(rest.slice(0, match.index)));
    nodes.push(marked(match, names));
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest) nodes.push(unescape(rest));
  return nodes;
}

function marked([, token, code, bold, italic, struck], names) {
  if (token !== undefined) return tokenNode(token, names);
  if (code !== undefined) return h("code", {}, unescape(code));
  if (bold !== undefined) return h("strong", {}, inline(bold, names));
  if (italic !== undefined) return h("em", {}, inline(italic, names));
  return h("s", {}, inline(struck, names));
}

function tokenNode(token, names) {
  const [target, label] = token.split("|");
  if (target.startsWith("@")) return mention(`@${names[target.slice(1)] ?? label ?? target.slice(1)}`);
  if (target.startsWith("#")) return mention(`#${label ?? target.slice(1)}`);
  if (target.startsWith("!")) return mention(label ?? `@${target.slice(1).split("^")[0]}`);
  return link(unescape(target), unescape(label ?? target));
}

const mention = (words) => h("span", { class: "slack-mention" }, words);

function link(url, words) {
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return words;
  return h("a", { class: "slack-link", href: url, target: "_blank", rel: "noopener noreferrer" }, words);
}

/** The parts of a rich_text block. */
export function richNodes(block, names) {
  return block.elements.map((part) => richPart(part, names));
}

function richPart(part, names) {
  const inner = () => part.elements.map((element) => richElement(element, names));
  switch (part.type) {
    case "rich_text_list":
      return h(
        part.style === "ordered" ? "ol" : "ul",
        {},
        part.elements.map((item) => h("li", {}, item.elements.map((element) => richElement(element, names)))),
      );
    case "rich_text_quote":
      return h("blockquote", {}, inner());
    case "rich_text_preformatted":
      return h("pre", {}, inner());
    default:
      return h("div", { class: "slack-rich" }, inner());
  }
}

const STYLE_TAGS = { bold: "strong", italic: "em", strike: "s", code: "code" };

function richElement(element, names) {
  switch (element.type) {
    case "text":
      return Object.keys(element.style ?? {})
        .filter((style) => element.style[style] && STYLE_TAGS[style])
        .reduce((inner, style) => h(STYLE_TAGS[style], {}, inner), element.text);
    case "link":
      return link(element.url, element.text ?? element.url);
    case "user":
      return mention(`@${names[element.user_id] ?? element.user_id}`);
    case "channel":
      return mention(`#${element.channel_id}`);
    case "broadcast":
      return mention(`@${element.range}`);
    case "emoji":
      return element.unicode ? emoji(element.unicode) : `:${element.name}:`;
    default:
      return element.text ?? element.fallback ?? "";
  }
}

const emoji = (unicode) => String.fromCodePoint(...unicode.split("-").map((part) => Number.parseInt(part, 16)));
