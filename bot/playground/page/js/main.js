// The page's start, and the news that keep it live.

import { onLiveChange, refresh, syncConversation } from "./conversation.js";
import { mountPanel } from "./panel.js";
import { renderSidebar } from "./sidebar.js";
import { changed, onChange, reload, store } from "./store.js";
import { attempt } from "./toast.js";
import { renderTopbar } from "./topbar.js";
import { addWire, loadWire } from "./wire.js";

const BURST_MS = 60;
const RETRY_MS = 1000;

let reloading = null;

/** Changes come in bursts: the lists are loaded once for all of them. */
function reloadSoon() {
  reloading ??= setTimeout(() => {
    reloading = null;
    attempt(reload);
  }, BURST_MS);
}

function onNews(change) {
  if (change.platform === "playground") {
    const part = change.kind === "bot" ? "bot" : "set_up";
    store.state[part] = { state: change.state, sentence: change.sentence };
    changed();
    if (part === "set_up") {
      reloadSoon();
      refresh();
    }
    return;
  }
  onLiveChange(change);
  reloadSoon();
}

function listen() {
  const events = new EventSource("/control/playground/events");
  events.addEventListener("ready", () => attempt(onConnected));
  events.addEventListener("change", (event) => store.state && onNews(JSON.parse(event.data)));
  events.addEventListener("wire", (event) => addWire(JSON.parse(event.data)));
  events.addEventListener("error", () => {
    store.connected = false;
    if (store.state) changed();
    // The browser tries again by itself, except after an answer that was no stream.
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, RETRY_MS);
  });
}

async function onConnected() {
  store.connected = true;
  await Promise.all([reload(), loadWire()]);
  refresh();
}

onChange(renderTopbar);
onChange(renderSidebar);
onChange(syncConversation);
mountPanel();
listen();
