// What the page knows, and who wants to know when it changes.

import { get } from "./api.js";

export const store = {
  state: null, // /control/playground/state
  me: sessionStorage.getItem("me") ?? "emma",
  open: { platform: "telegram", chat: "" },
  connected: false,
};

const listeners = new Set();
const seen = new Map(); // how many messages of others were seen, by person and chat

export function onChange(listener) {
  listeners.add(listener);
}

export function changed() {
  for (const listener of listeners) listener();
}

export function me() {
  return store.state.people.find((person) => person.key === store.me) ?? store.state.people[0];
}

export function openChat() {
  const chats = me().chats;
  return chats.find((chat) => isOpen(chat)) ?? chats[0];
}

/** Whether people are being let in: their chats are looked at, and not written into. */
export const isSettingUp = () => store.state.set_up.state === "running";

export function isOpen(chat) {
  return chat.platform === store.open.platform && chat.chat === store.open.chat;
}

export function setMe(key) {
  store.me = key;
  sessionStorage.setItem("me", key);
  const wanted = me().chats.find(isOpen) ?? me().chats.find((chat) => chat.platform === store.open.platform);
  store.open = { platform: wanted.platform, chat: wanted.chat };
  markSeen();
  changed();
}

export function setOpen(platform, chat) {
  store.open = { platform, chat };
  markSeen();
  changed();
}

const keyOf = (person, chat) => `${person.key} ${chat.platform} ${chat.chat}`;

export function unread(person, chat) {
  return Math.max(0, chat.from_others - (seen.get(keyOf(person, chat)) ?? 0));
}

/** What somebody was told themselves; what is said among many is no reason to look up. */
export function unreadOf(person) {
  const own = person.chats.filter((chat) => chat.kind === "private");
  return own.reduce((sum, chat) => sum + unread(person, chat), 0);
}

/** The open chat is read as it stands. */
export function markSeen() {
  if (store.state) seen.set(keyOf(me(), openChat()), openChat().from_others);
}

function markAllSeen() {
  for (const person of store.state.people) {
    for (const chat of person.chats) seen.set(keyOf(person, chat), chat.from_others);
  }
}

let wasSettingUp = true;
let asked = 0;
let shown = 0; // which of the answers stands: one that was overtaken must not bring the past back

/** Loads everything but the open chat's messages. What came during the set-up is not news to anybody. */
export async function reload() {
  asked += 1;
  const mine = asked;
  const state = await get("playground/state");
  if (mine < shown) return;
  shown = mine;
  store.state = state;
  if (wasSettingUp) markAllSeen();
  wasSettingUp = isSettingUp();
  markSeen();
  changed();
}
