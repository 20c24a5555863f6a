// The elements of Block Kit that hold a value, in forms and in messages.

import { h } from "../dom.js";

/** Every option of a menu, its groups flattened. */
export function optionsOf(element) {
  return element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);
}

/**
 * The control for an element. `start` is what it holds (as Slack's state has it), `id` and `describedBy` tie it to its
 * label and its error, `onChoose(value)` is called with each complete choice. Read it by `valueOf`.
 */
export function inputElement(element, { id, start, label, describedBy, onChoose = () => {} }) {
  const names = { id, "aria-describedby": describedBy, "aria-label": id ? null : label };
  const make = MAKERS[element.type] ?? unknown;
  const control = make(element, start ?? {}, names, onChoose);
  control.dataset.kind = element.type;
  return control;
}

const MAKERS = {
  plain_text_input: (element, start, names, onChoose) => textField(element, start, names, onChoose),
  number_input: (element, start, names, onChoose) => textField(element, start, { ...names, inputmode: "decimal" }, onChoose),
  datepicker: (element, start, names, onChoose) =>
    h("input", {
      ...names,
      type: "date",
      class: "slack-input",
      value: start.selected_date ?? element.initial_date ?? "",
      on: { change: (event) => onChoose(event.currentTarget.value) },
    }),
  static_select: select,
  users_select: select,
  overflow: (element, start, names, onChoose) => select({ ...element, placeholder: { text: "More…" } }, start, names, onChoose),
  radio_buttons: (element, start, names, onChoose) => choices("radio", element, [start.selected_option], names, onChoose),
  checkboxes: (element, start, names, onChoose) => choices("checkbox", element, start.selected_options, names, onChoose),
  multi_static_select: (element, start, names, onChoose) => choices("checkbox", element, start.selected_options, names, onChoose),
};

function unknown(element) {
  return h("span", { class: "slack-context" }, `[${element.type}]`);
}

function textField(element, start, names, onChoose) {
  const tag = element.multiline ? "textarea" : "input";
  return h(tag, {
    ...names,
    class: "slack-input",
    type: element.multiline ? null : "text",
    rows: element.multiline ? "3" : null,
    maxlength: element.max_length,
    placeholder: element.placeholder?.text,
    autocomplete: "off",
    value: start.value ?? element.initial_value ?? "",
    on: { change: (event) => onChoose(event.currentTarget.value) },
  });
}

function select(element, start, names, onChoose) {
  const chosen = (start.selected_option ?? element.initial_option)?.value ?? "";
  const control = h(
    "select",
    { ...names, class: "slack-input", on: { change: () => control.value && onChoose(control.value) } },
    h("option", { value: "" }, element.placeholder?.text ?? "Choose an option"),
    optionsOf(element).map((option) => h("option", { value: option.value }, option.text.text)),
  );
  control.value = chosen;
  return control;
}

let groups = 0;

function choices(type, element, chosen, names, onChoose) {
  const held = new Set((chosen ?? []).filter(Boolean).map((option) => option.value));
  groups += 1;
  const group = h(
    "div",
    { ...names, class: "slack-choices", role: type === "radio" ? "radiogroup" : "group" },
    optionsOf(element).map((option) =>
      h(
        "label",
        {},
        h("input", { type, name: `choices-${groups}`, value: option.value, checked: held.has(option.value) }),
        h("span", {}, option.text.text),
      ),
    ),
  );
  group.addEventListener("change", () => onChoose(valueOf(group)));
  return group;
}

/** What a control holds, as the emulator's `fill` takes it: a text, an option's value, a list, or null for nothing. */
export function valueOf(control) {
  switch (control.dataset.kind) {
    case "radio_buttons":
      return control.querySelector("input:checked")?.value ?? null;
    case "checkboxes":
    case "multi_static_select":
      return [...control.querySelectorAll("input:checked")].map((box) => box.value);
    default:
      return control.value || null;
  }
}
