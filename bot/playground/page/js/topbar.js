// The top: what this is, how the bot is, and the way to the guide and the wire.

import { post } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { menuButton } from "./menu.js";
import { store } from "./store.js";
import { togglePanel } from "./panel.js";
import { attempt } from "./toast.js";

const WORDS = {
  unknown: "Bot not supervised",
  starting: "Bot starting",
  running: "Bot running",
  restarting: "Bot restarting",
  stopping: "Bot stopping",
  stopped: "Bot stopped",
};

let rendered = "";

export function renderTopbar() {
  const { bot, set_up: setUp } = store.state;
  const signature = JSON.stringify([bot, setUp, store.connected]);
  if (signature === rendered) return;
  rendered = signature;
  fill(
    document.getElementById("topbar"),
    h("a", { class: "brand", href: "/" }, h("img", { src: "/page/icon.svg", alt: "", width: "28", height: "28" }), h("span", {}, h("strong", {}, "ExpenseFlow"), " playground")),
    h("p", { class: "news", role: "status" }, news(bot, setUp)),
    h("span", { class: "topbar-space" }),
    botMenu(bot),
    panelButton("guide", "What to try", "compass"),
    panelButton("wire", "Wire log", "wire"),
  );
}

function news(bot, setUp) {
  if (!store.connected) return [h("span", { class: "spinner" }), "Connecting to the playground…"];
  if (setUp.state === "running") {
    return [h("span", { class: "spinner" }), h("span", {}, h("strong", {}, "Getting everybody in… "), h("span", { class: "news-detail" }, setUp.sentence))];
  }
  if (setUp.state === "failed") return [h("span", { class: "news-bad" }, setUp.sentence)];
  if (bot.state === "restarting" || bot.state === "stopped") return [h("span", {}, bot.sentence)];
  return [];
}

function panelButton(tab, words, drawing) {
  const click = () => togglePanel(tab);
  return h(
    "button",
    { type: "button", class: "top-button", "aria-label": words, data: { tab }, on: { click } },
    icon(drawing),
    h("span", { class: "top-button-words" }, words),
  );
}

function botMenu(bot) {
  const face = [h("span", { class: ["bot-dot", `is-${bot.state}`] }), h("span", { class: "bot-words" }, WORDS[bot.state]), icon("down")];
  const order = (name) => () => attempt(() => post("playground/bot", { order: name }));
  const items = () =>
    bot.state === "stopped"
      ? [{ label: "Start again", hint: "What was written meanwhile is answered now", run: order("start") }]
      : [
          { label: "Stop", hint: "Ends as in a deployment (SIGTERM) and stays down", run: order("stop") },
          { label: "Kill", hint: "kill -9, in the middle of anything; it is started again", danger: true, run: order("kill") },
        ];
  return menuButton({ class: "bot-button", id: "bot-button", "aria-label": `${WORDS[bot.state]}: stop, kill or start` }, face, items);
}
