// The menu that opens when a message begins with "/": arrows choose, Enter or Tab takes, Escape closes.

import { fill, h } from "./dom.js";

/** `commands()` returns [{command, description}]; `take(command)` is called with the chosen one. */
export function commandMenu(field, commands, take) {
  const list = h("ul", { class: "command-menu", id: "command-menu", role: "listbox", "aria-label": "Commands", hidden: true });
  let offered = [];
  let chosen = 0;
  let closedByHand = false;
  field.setAttribute("aria-controls", "command-menu");

  function close() {
    list.hidden = true;
    field.removeAttribute("aria-activedescendant");
  }

  function closeByHand() {
    closedByHand = true;
    close();
  }

  function choose(index) {
    chosen = (index + offered.length) % offered.length;
    [...list.children].forEach((option, each) => option.setAttribute("aria-selected", String(each === chosen)));
    list.children[chosen].scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", list.children[chosen].id);
  }

  function update() {
    const typed = field.value;
    closedByHand = false;
    offered = /^\/\S*$/.test(typed) ? commands().filter((each) => each.command.startsWith(typed)) : [];
    if (offered.length === 0) {
      close();
      return;
    }
    fill(list, offered.map(optionOf));
    list.hidden = false;
    choose(0);
  }

  function optionOf(each, index) {
    const props = { role: "option", id: `command-${index}`, class: "command-option" };
    const press = (event) => {
      event.preventDefault(); // The focus stays in the field.
      pick(index);
    };
    return h("li", { ...props, on: { pointerdown: press } }, h("strong", {}, each.command), h("span", {}, each.description));
  }

  function pick(index) {
    close();
    take(offered[index].command);
    close();
  }

  /** Returns whether the key was for the menu. */
  function onKey(event) {
    if (list.hidden) return false;
    const exact = offered[chosen].command === field.value;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose(chosen + step);
    else if (event.key === "Escape") closeByHand();
    else if (event.key === "Tab" || (event.key === "Enter" && !exact)) pick(chosen);
    else return false;
    event.preventDefault();
    return true;
  }

  /** The commands are known, or have changed: what is offered already stays as it is. */
  function refresh() {
    if (list.hidden && !closedByHand) update();
  }

  return { element: list, update, refresh, close, onKey };
}
