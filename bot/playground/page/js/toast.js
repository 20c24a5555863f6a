// Short sentences at the edge of the page, for the page's own news and for Telegram's answers to taps.

import { h } from "./dom.js";

const SHOWN_MS = 4500;

export function toast(text, kind = "note") {
  const shown = h("div", { class: ["toast", `toast-${kind}`] }, text);
  document.getElementById("toasts").append(shown);
  setTimeout(() => shown.remove(), SHOWN_MS);
}

/** Somebody else looks at the page now: what was said to the one before is not theirs. */
export function clearToasts() {
  document.getElementById("toasts").replaceChildren();
}

/** Runs what a person asked for; what is refused becomes a sentence. Returns undefined then. */
export async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    toast(error.message, "error");
    return undefined;
  }
}
