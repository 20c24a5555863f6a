// A small menu that opens from a button: arrows move, Escape and a click elsewhere close.

import { h } from "./dom.js";

let closeOpen = () => {};

/** A button with a menu. `items()` returns [{label, hint, danger, run}] at the moment it opens. */
export function menuButton(props, face, items) {
  const button = h("button", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false", ...props }, face);
  const holder = h("span", { class: "menu-holder" }, button);
  button.addEventListener("click", () => {
    const wasOpen = button.getAttribute("aria-expanded") === "true";
    closeOpen();
    if (!wasOpen) openMenu(holder, button, items());
  });
  return holder;
}

function openMenu(holder, button, items) {
  const entries = items.map((item) =>
    h(
      "button",
      { type: "button", role: "menuitem", class: ["menu-item", item.danger && "is-danger"], tabindex: "-1" },
      h("span", { class: "menu-label" }, item.label),
      item.hint && h("span", { class: "menu-hint" }, item.hint),
    ),
  );
  const menu = h("div", { class: "menu", role: "menu" }, entries);
  const close = () => {
    menu.remove();
    button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside, true);
    closeOpen = () => {};
  };
  const outside = (event) => {
    if (!holder.contains(event.target)) close();
  };
  entries.forEach((entry, index) =>
    entry.addEventListener("click", () => {
      close();
      button.focus();
      items[index].run();
    }),
  );
  menu.addEventListener("keydown", (event) => onKey(event, entries, close, button));
  document.addEventListener("pointerdown", outside, true);
  button.setAttribute("aria-expanded", "true");
  closeOpen = close;
  holder.append(menu);
  keepInside(menu);
  entries[0].focus();
}

/** Opens upwards or towards the left where there is no room. */
function keepInside(menu) {
  const clip = menu.closest(".log")?.getBoundingClientRect() ?? { bottom: innerHeight, left: 0, right: innerWidth };
  const place = menu.getBoundingClientRect();
  menu.classList.toggle("is-up", place.bottom > clip.bottom);
  menu.classList.toggle("is-left", place.right > clip.right);
  menu.classList.toggle("is-right", place.left < clip.left);
}

function onKey(event, entries, close, button) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    const index = entries.indexOf(document.activeElement);
    entries[(index + step + entries.length) % entries.length].focus();
  } else if (event.key === "Escape") {
    close();
    button.focus();
    event.stopPropagation();
  } else if (event.key === "Tab") {
    close();
    return;
  } else {
    return;
  }
  event.preventDefault();
}
