// A Slack form on top of the page: one dialog that follows what the emulator says is open for the present person.

import { post } from "../api.js";
import { closeCross, openDialog } from "../dialog.js";
import { fill, h } from "../dom.js";
import { attempt } from "../toast.js";
import { blockNodes } from "./blocks.js";
import { inputElement, valueOf } from "./inputs.js";

let shown = null; // {dialog, person, signature, controls, errors}

/** Opens, rebuilds or closes the form. `modal` is null while none is open; it is not touched while nothing changes. */
export function syncModal(modal, person, names) {
  if (shown && (modal === null || shown.person.key !== person.key)) {
    shown.dialog.close();
    shown = null;
  }
  if (modal === null) return;
  const signature = JSON.stringify([modal.view, modal.depth]);
  if (!shown) {
    const dialog = openDialog({ class: "slack-modal", "aria-labelledby": "slack-modal-title" }, [], () => close(false));
    shown = { dialog, person, signature: "", controls: new Map() };
  }
  if (shown.signature !== signature) {
    shown.signature = signature;
    build(modal, names);
  }
  showErrors(modal);
}

function close(all) {
  return attempt(() => post("slack/modal-close", { person: shown.person.slack_id, all }));
}

function build(modal, names) {
  const { view, depth } = modal;
  const { dialog, controls, person } = shown;
  controls.clear();
  const act = (block, element, option) => actInside(person, block, element, option);
  const context = { names, act, inputs: (block) => inputBlock(block, modal.values, controls, act) };
  const submit = view.submit && h("button", { type: "submit", class: "slack-button is-primary is-large" }, view.submit.text);
  const back = { type: "button", class: "slack-button is-large", on: { click: () => close(false) } };
  fill(
    dialog,
    h(
      "form",
      { method: "dialog", novalidate: true, on: { submit: (event) => onSubmit(event, person, submit) } },
      h(
        "header",
        {},
        h("h2", { id: "slack-modal-title" }, view.title.text),
        h("span", { class: "slack-modal-app" }, "ExpenseFlow"),
        closeCross("Close the form", () => close(true)),
      ),
      h("div", { class: "slack-modal-notice", role: "alert", hidden: true }),
      h("div", { class: "slack-modal-body", tabindex: "-1" }, blockNodes(view.blocks, context)),
      h("footer", {}, h("button", back, depth > 1 ? "Back" : (view.close?.text ?? "Close")), submit),
    ),
  );
  (dialog.querySelector(".slack-modal-body :is(input, select, textarea)") ?? submit ?? dialog).focus();
}

function actInside(person, block, element, option) {
  const what = `${block.block_id}/${element.action_id}`;
  return attempt(() => post("slack/modal-tap", { person: person.slack_id, what, option }));
}

function inputBlock(block, values, controls, act) {
  const id = `input-${block.block_id}`;
  const { element } = block;
  const control = inputElement(element, {
    id,
    start: values[block.block_id]?.[element.action_id],
    describedBy: `${id}-hint ${id}-error`,
    onChoose: block.dispatch_action ? (option) => act(block, element, option) : undefined,
  });
  controls.set(block.block_id, { control, name: `${block.block_id}/${element.action_id}` });
  return h(
    "div",
    { class: "slack-field" },
    h("label", { for: id }, block.label.text, block.optional && h("span", { class: "slack-optional" }, " (optional)")),
    control,
    h("p", { class: "slack-hint", id: `${id}-hint` }, block.hint?.text),
    h("p", { class: "slack-error", id: `${id}-error`, role: "alert" }),
  );
}

async function onSubmit(event, person, submit) {
  event.preventDefault();
  if (submit.classList.contains("is-loading")) return;
  const answers = Object.fromEntries([...shown.controls.values()].map(({ control, name }) => [name, valueOf(control)]));
  submit.classList.add("is-loading");
  submit.setAttribute("aria-busy", "true");
  const sent = await attempt(() => post("slack/modal-submit", { person: person.slack_id, answers }));
  submit.classList.remove("is-loading");
  submit.removeAttribute("aria-busy");
  if (sent?.is_open && shown) {
    showErrors(sent);
    focusFirstError(sent.errors);
  }
}

function showErrors({ errors, notice }) {
  for (const [blockId, { control }] of shown.controls) {
    const line = shown.dialog.querySelector(`#${CSS.escape(`input-${blockId}-error`)}`);
    const words = errors[blockId] ?? "";
    if (line.textContent !== words) line.textContent = words;
    control.toggleAttribute("aria-invalid", Boolean(words));
    if (words) control.setAttribute("aria-invalid", "true");
  }
  const banner = shown.dialog.querySelector(".slack-modal-notice");
  banner.textContent = notice ?? "";
  banner.hidden = !notice;
}

function focusFirstError(errors) {
  const [blockId] = Object.keys(errors);
  shown.controls.get(blockId)?.control.focus();
}
