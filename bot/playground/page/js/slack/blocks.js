// Block Kit as it looks in a message or a form.

import { confirmSlack } from "../dialog.js";
import { h } from "../dom.js";
import { pictureNode } from "../files.js";
import { inputElement } from "./inputs.js";
import { richNodes, textNodes } from "./text.js";

/**
 * The blocks of a message or view. `context`: {names, act(block, element, option), inputs}. `act` tells the bot of a
 * press or a choice; `inputs` makes the fields of a form, and is null in messages.
 */
export function blockNodes(blocks, context) {
  return blocks.map((block) => blockNode(block, context));
}

function blockNode(block, context) {
  const { names } = context;
  switch (block.type) {
    case "header":
      return h("h3", { class: "slack-header" }, block.text.text);
    case "section":
      return section(block, context);
    case "context":
      return h("div", { class: "slack-context" }, block.elements.map((element) => contextElement(element, names)));
    case "divider":
      return h("hr", { class: "slack-divider" });
    case "actions":
      return h("div", { class: "slack-actions" }, block.elements.map((element) => interactive(block, element, context)));
    case "image":
      return h("figure", { class: "slack-figure" }, block.title && h("figcaption", {}, block.title.text), pictureNode(sourceOf(block), block.alt_text, "slack-picture"));
    case "input":
      return context.inputs(block);
    case "rich_text":
      return h("div", { class: "slack-section" }, richNodes(block, names));
    default:
      return h("div", { class: "slack-context" }, `[${block.type}]`);
  }
}

function section(block, context) {
  const { names } = context;
  return h(
    "div",
    { class: "slack-section-row" },
    h(
      "div",
      { class: "slack-section" },
      block.text && h("div", { class: "slack-text" }, textNodes(block.text, names)),
      block.fields && h("div", { class: "slack-fields" }, block.fields.map((field) => h("div", {}, textNodes(field, names)))),
    ),
    block.accessory && interactive(block, block.accessory, context),
  );
}

function contextElement(element, names) {
  return element.type === "image" ? picture(element) : h("span", {}, textNodes(element, names));
}

function picture(element) {
  return h("img", { src: sourceOf(element), alt: element.alt_text, loading: "lazy" });
}

function sourceOf(element) {
  const id = element.slack_file?.id;
  return id ? `/control/slack/file/${encodeURIComponent(id)}` : element.image_url;
}

/** A button, or a menu or picker that tells the bot as soon as something is chosen. */
function interactive(block, element, context) {
  if (element.type === "image") return picture(element);
  if (element.type === "button") return button(block, element, context);
  const choose = async (option) => {
    if (await isConfirmed(element, context)) await context.act(block, element, option);
  };
  return inputElement(element, { label: element.placeholder?.text ?? "Choose", onChoose: choose });
}

function button(block, element, context) {
  const style = element.style && `is-${element.style}`;
  const words = element.text.text;
  if (element.url) {
    const safe = /^https?:\/\//i.test(element.url) ? element.url : null;
    return h("a", { class: ["slack-button", style], href: safe, target: "_blank", rel: "noopener noreferrer" }, words);
  }
  const press = async (event) => {
    const pressed = event.currentTarget;
    if (!(await isConfirmed(element, context))) return;
    pressed.classList.add("is-loading");
    pressed.setAttribute("aria-busy", "true");
    await context.act(block, element, null);
    pressed.classList.remove("is-loading");
    pressed.removeAttribute("aria-busy");
  };
  const focus = `${block.block_id}/${element.action_id}`;
  const props = { type: "button", class: ["slack-button", style], data: { focus }, on: { click: press } };
  return h("button", { ...props, "aria-label": element.accessibility_label }, words);
}

async function isConfirmed(element, { names }) {
  return !element.confirm || (await confirmSlack(element.confirm, textNodes(element.confirm.text, names)));
}
