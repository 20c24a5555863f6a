// Dialogs on top of the page. The browser's own <dialog> keeps the focus inside, closes by Escape, gives it back.

import { h, icon } from "./dom.js";

/** Opens a dialog and removes it when it closes. `onCancel` is called for Escape and the cross. */
export function openDialog(props, content, onCancel) {
  const dialog = h("dialog", props, content);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    onCancel();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function closeCross(label, onClick) {
  const props = { type: "button", class: "icon-button", "aria-label": label, on: { click: onClick } };
  return h("button", props, icon("close"));
}

/** Telegram's alert: a text and one button. */
export function confirmAlert(text) {
  const close = () => dialog.close();
  const dialog = openDialog(
    { class: "alert tg-alert", "aria-label": "Alert" },
    [
      h("p", {}, text),
      h("div", { class: "dialog-actions" }, h("button", { type: "button", class: "tg-alert-button", on: { click: close } }, "OK")),
    ],
    close,
  );
}

/** Asks by Slack's confirmation dialog; the answer is whether to go on. */
export function confirmSlack(confirm, textNodes) {
  return new Promise((resolve) => {
    const answer = (yes) => () => {
      dialog.close();
      resolve(yes);
    };
    const style = confirm.style === "danger" ? "is-danger" : "is-primary";
    const dialog = openDialog(
      { class: "alert slack-confirm", "aria-label": confirm.title.text },
      [
        h("header", {}, h("h2", {}, confirm.title.text), closeCross("Close", answer(false))),
        h("p", {}, textNodes),
        h(
          "div",
          { class: "dialog-actions" },
          h("button", { type: "button", class: "slack-button", on: { click: answer(false) } }, confirm.deny.text),
          h("button", { type: "button", class: ["slack-button", style], on: { click: answer(true) } }, confirm.confirm.text),
        ),
      ],
      answer(false),
    );
  });
}
