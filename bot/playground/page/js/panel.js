// The right side: the guide and the wire log, as tabs; a drawer where there is no room beside the chat.

import { fill, h } from "./dom.js";
import { closeCross } from "./dialog.js";
import { guideNode } from "./guide.js";
import { wireNode } from "./wire.js";

const TABS = { guide: "What to try", wire: "Wire log" };
const WIDE = matchMedia("(min-width: 1181px)");

let current = "guide";
let opener = null;
const bodies = {};

export function mountPanel() {
  bodies.guide = guideNode();
  bodies.wire = wireNode();
  render();
  document.getElementById("panel-shade").addEventListener("click", closePanel);
  document.getElementById("panel").addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !WIDE.matches) closePanel();
  });
}

/** Opens a tab; the same again closes the drawer. Beside the chat there is nothing to close. */
export function togglePanel(tab) {
  const app = document.getElementById("app");
  const isDrawerOpen = app.dataset.panel === "open";
  if (isDrawerOpen && current === tab && !WIDE.matches) {
    closePanel();
    return;
  }
  opener = document.activeElement;
  current = tab;
  app.dataset.panel = "open";
  document.getElementById("panel-shade").hidden = WIDE.matches;
  render();
  if (!WIDE.matches) document.getElementById(`tab-${tab}`).focus();
}

export function closePanel() {
  document.getElementById("app").dataset.panel = "";
  document.getElementById("panel-shade").hidden = true;
  opener?.focus();
  opener = null;
}

function render() {
  fill(
    document.getElementById("panel"),
    h(
      "div",
      { class: "panel-head" },
      h("div", { class: "tabs", role: "tablist", on: { keydown: onKey } }, Object.entries(TABS).map(([key, words]) => tab(key, words))),
      h("span", { class: "only-drawer" }, closeCross("Close", closePanel)),
    ),
    h("div", { class: "panel-body", role: "tabpanel", id: "panel-body", "aria-labelledby": `tab-${current}` }, bodies[current]),
  );
}

function tab(key, words) {
  const selected = key === current;
  const select = () => {
    current = key;
    render();
    document.getElementById(`tab-${key}`).focus();
  };
  const props = { type: "button", role: "tab", id: `tab-${key}`, class: "tab", "aria-controls": "panel-body" };
  return h("button", { ...props, "aria-selected": String(selected), tabindex: selected ? "0" : "-1", on: { click: select } }, words);
}

function onKey(event) {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  event.preventDefault();
  const other = Object.keys(TABS).find((key) => key !== current);
  document.getElementById(`tab-${other}`).click();
}
