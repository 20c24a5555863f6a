// "What to try": each item opens the right chat as the right person, with the words in the field.

import { post } from "./api.js";
import { openTab, openTray, refresh, showView, suggest, syncConversation } from "./conversation.js";
import { h, icon } from "./dom.js";
import { closePanel } from "./panel.js";
import { setMe, setOpen, store } from "./store.js";
import { GUIDE } from "./tries.js";
import { attempt } from "./toast.js";

export function guideNode() {
  return h(
    "div",
    { class: "guide" },
    h("p", { class: "guide-intro" }, "A click opens the right chat as the right person, with the words in the field. You press Enter."),
    GUIDE.map(({ title, tries }) => h("section", { class: "guide-group" }, h("h3", {}, title), h("ul", {}, tries.map(tryNode)))),
  );
}

function tryNode(item) {
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "try", on: { click: () => attempt(() => go(item)) } },
      h("span", { class: ["try-mark", item.platform ? `is-${item.platform}` : "is-bot"], "aria-hidden": "true" }),
      h(
        "span",
        { class: "try-text" },
        h("strong", {}, item.title),
        item.text && h("code", {}, item.text),
        h("span", { class: "try-why" }, item.why),
      ),
      icon("chevron"),
    ),
  );
}

async function go({ person, platform, kind, text, tab, attach, order }) {
  if (order) {
    await post("playground/bot", { order });
    return;
  }
  if (person && store.me !== person) setMe(person);
  const someone = store.state.people.find((each) => each.key === store.me);
  const chat = someone.chats.find((each) => each.platform === platform && each.kind === kind);
  if (!chat) throw new Error("That chat is not there yet. Wait until everybody is in.");
  setOpen(platform, chat.chat);
  syncConversation();
  showView("chat");
  closePanel();
  openTab(tab);
  if (text) suggest(text);
  else document.getElementById("composer-text")?.focus();
  await refresh();
  if (attach) openTray();
}
