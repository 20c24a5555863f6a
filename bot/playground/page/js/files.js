// Pictures and files, on both platforms.

import { h, icon } from "./dom.js";
import { initialsOf } from "./format.js";

/** What a file looks like in a message. */
export function fileChip(name, bytes) {
  const size = bytes ? `${Math.max(1, Math.round(bytes / 1024))} KB` : "";
  return h("span", { class: "file-chip" }, icon("file"), h("span", {}, name), size && h("small", {}, size));
}

/** The picture of a chat: the bot's, a channel's sign, or a group's initials. */
export function chatPicture(chat) {
  if (chat.kind === "private") return h("img", { src: "/page/icon.svg", alt: "" });
  return chat.platform === "slack" ? "#" : initialsOf(chat.title).toUpperCase();
}
