// A Slack conversation as one person sees it: what to load, what to show, what they can do.

import { get, post } from "../api.js";
import { store } from "../store.js";
import { homeItems } from "./home.js";
import { messageItems } from "./messages.js";
import { syncModal } from "./modal.js";
import { tellOutcome } from "./outcome.js";

export const slack = {
  name: "Slack",
  placeholder: "Message",

  load(person, chat) {
    return get("slack/view", { person: person.slack_id, channel: chat.chat });
  },

  concerns(change, person, chat, data) {
    if (change.platform !== "slack") return false;
    return change.chat === null || chat.chat === change.chat || data?.channel.id === change.chat;
  },

  subtitle(data, chat) {
    if (chat.kind === "private") return "App";
    return `${data.channel.members.length} members`;
  },

  /** The app's own chat has two parts. */
  tabs(chat) {
    return chat.kind === "private" ? [{ key: "messages", words: "Messages" }, { key: "home", words: "Home" }] : [];
  },

  /** Slack tells the app whenever somebody looks at its Home tab. */
  async openTab({ person }, tab) {
    if (tab === "home") await post("slack/home-open", { person: person.slack_id });
  },

  items(data, context) {
    if (context.tab === "home") return homeItems(data.home, { ...context, names: names() });
    return messageItems(data, { ...context, names: names(), channel: data.channel.id });
  },

  commands() {
    return store.state.commands.map((command) => ({ command, description: "Ask ExpenseFlow. Add “help” to see how." }));
  },

  gate() {
    return null;
  },

  async send({ person, chat }, text, threadTs) {
    const [word] = text.split(/\s/, 1);
    if (word.startsWith("/")) {
      const rest = text.slice(word.length).trim();
      const body = { person: person.slack_id, channel: chat.chat, command: word, text: rest };
      return tellOutcome(await post("slack/command", body));
    }
    const body = { person: person.slack_id, channel: chat.chat, text };
    return post("slack/send", { ...body, thread_ts: threadTs ?? null });
  },

  edit({ person, chat }, ts, text) {
    return post("slack/edit", { person: person.slack_id, channel: chat.chat, ts, text });
  },

  async attach({ person, chat }, chosen, text, threadTs) {
    const files = await Promise.all(chosen.map(async (file) => [file.name, await base64Of(file)]));
    const body = { person: person.slack_id, channel: chat.chat, text, files };
    return post("slack/files", { ...body, thread_ts: threadTs ?? null });
  },

  lastOwn(data, person) {
    const own = data.messages.filter((each) => each.user === person.slack_id && !each.is_ephemeral && !each.files);
    return own.length ? { id: own.at(-1).ts, text: own.at(-1).text } : null;
  },

  /** The form that is open in front of this person. */
  extras(data, { person }) {
    syncModal(data.modal, person, names());
    return [];
  },

  /** A person who looks elsewhere sees no form. */
  leave(person) {
    syncModal(null, person, {});
  },
};

function names() {
  const people = store.state.people.map((person) => [person.slack_id, person.name]);
  return { ...Object.fromEntries(people), [store.state.slack_bot_id]: "ExpenseFlow" };
}

async function base64Of(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  // In pieces: a call takes only so many arguments.
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(text);
}
