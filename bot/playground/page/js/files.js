// Pictures and files, on both platforms.

import { closeCross, openDialog } from "./dialog.js";
import { h, icon } from "./dom.js";
import { initialsOf } from "./format.js";

/** A file in a message: a link that downloads it. */
export function fileChip(source, name, bytes) {
  const size = bytes ? `${Math.max(1, Math.round(bytes / 1024))} KB` : "";
  const props = { class: "file-chip", href: source, download: name, "aria-label": `Download ${name}` };
  return h("a", props, icon("file"), h("span", {}, name), size && h("small", {}, size));
}

/** A picture in a message; a click shows it as large as the window. `size`: {width, height} where they are known. */
export function pictureNode(source, words, kind, size = {}) {
  const props = { type: "button", class: ["picture", kind], "aria-label": `Enlarge: ${words}`, on: { click: () => enlarge(source, words) } };
  return h("button", props, h("img", { src: source, alt: words, width: size.width, height: size.height }));
}

function enlarge(source, words) {
  const close = () => dialog.close();
  const dialog = openDialog({ class: "lightbox", "aria-label": words }, [h("img", { src: source, alt: words }), closeCross("Close the picture", close)], close);
  dialog.addEventListener("click", close);
}

/** The picture of a chat: the bot's, a channel's sign, or a group's initials. */
export function chatPicture(chat) {
  if (chat.kind === "private") return h("img", { src: "/page/icon.svg", alt: "" });
  return chat.platform === "slack" ? "#" : initialsOf(chat.title).toUpperCase();
}
