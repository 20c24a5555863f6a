// Building elements. Text reaches the page as text nodes alone, so that nothing that people write becomes markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element. Props: attributes by name; `on` holds listeners, `class` and `data` do what they say; null leaves out. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) setProp(element, name, value);
  append(element, children);
  return element;
}

function setProp(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "on") {
    for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
  } else if (name === "class") {
    element.className = Array.isArray(value) ? value.filter(Boolean).join(" ") : value;
  } else if (name === "data") {
    Object.assign(element.dataset, value);
  } else if (name === "value") {
    element.value = value;
  } else {
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

const ICONS = {
  attach: "M8 12.5l5.800-5.800a3 3 0 0 1 4.300 4.300l-7.600 7.600a5 5 0 0 1-7-7L11 4",
  back: "M15 5l-7 7 7 7",
  bolt: "M13 3L5 14h6l-1 7 8-11h-6z",
  chevron: "M9 6l6 6-6 6",
  close: "M6 6l12 12M18 6L6 18",
  compass: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM15.500 8.500l-2 5-5 2 2-5z",
  dots: "M5 12h.01M12 12h.01M19 12h.01",
  down: "M6 9l6 6 6-6",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 9.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5z",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  play: "M8 5l11 7-11 7z",
  send: "M4 12l16-8-6 16-3-7z",
  stop: "M7 7h10v10H7z",
  wire: "M4 8h13l-3-3M20 16H7l3 3",
};

/** A small line drawing, hidden from screen readers: whatever holds it has a label of its own. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon", `icon-${name}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/**
 * Makes `parent` hold these items in this order. An item is {key, signature, build}; an element is built anew only when
 * its signature has changed, so that focus, selection and open details survive. Returns whether anything changed.
 */
export function keyed(parent, items) {
  const present = new Map([...parent.children].map((child) => [child.keyedAs, child]));
  let changed = present.size !== items.length;
  let previous = null;
  for (const item of items) {
    let element = present.get(item.key);
    present.delete(item.key);
    if (!element || element.signature !== item.signature) {
      const fresh = item.build();
      fresh.keyedAs = item.key;
      fresh.signature = item.signature;
      if (element) replaceKeepingFocus(element, fresh);
      element = fresh;
      changed = true;
    }
    const next = previous ? previous.nextSibling : parent.firstChild;
    if (next !== element) parent.insertBefore(element, next);
    previous = element;
  }
  for (const gone of present.values()) gone.remove();
  return changed;
}

function replaceKeepingFocus(old, fresh) {
  const active = document.activeElement;
  const focused = active && old.contains(active) ? active.dataset.focus : null;
  old.replaceWith(fresh);
  if (focused) [...fresh.querySelectorAll("[data-focus]")].find((each) => each.dataset.focus === focused)?.focus();
}

/** Replaces all children. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}
