// A Telegram chat as one person sees it: what to load, what to show, what they can do.

import { get, post, postForm } from "../api.js";
import { h } from "../dom.js";
import { confirmAlert } from "../dialog.js";
import { attempt, toast } from "../toast.js";
import { act } from "./calls.js";
import { messageItems } from "./messages.js";

const toldToasts = new Map(); // by chat: the ids of the answers to taps that were shown already

export const telegram = {
  name: "Telegram",
  placeholder: "Message",

  load(person, chat) {
    return get("telegram/chat", { person: person.telegram_id, chat: chat.chat });
  },

  concerns(change, person, chat) {
    if (change.platform !== "telegram") return false;
    return change.chat === null || change.chat === (chat.chat || String(person.telegram_id));
  },

  subtitle(data, chat) {
    if (data.action) return data.action === "typing" ? "typing…" : "sending a file…";
    if (chat.kind === "private") return "bot";
    const count = Object.values(data.chat.members ?? {}).length;
    return count ? `${count} members` : "group";
  },

  items(data, context) {
    return messageItems(data, context);
  },

  commands(data) {
    return data.commands.map((each) => ({ command: `/${each.command}`, description: each.description }));
  },

  /** Before the first Start, and when the bot is blocked, Telegram shows one button instead of the field. */
  gate(data, { person, chat }) {
    if (chat.kind !== "private") return null;
    if (data.blocked) return { label: "Unblock", run: () => post("telegram/unblock", { person: person.telegram_id }) };
    if (!data.started) return { label: "Start", run: () => post("telegram/start", { person: person.telegram_id }) };
    return null;
  },

  send({ person, chat }, text, replyTo) {
    return post("telegram/send", { ...act(person, chat), text, reply_to: replyTo ?? null });
  },

  edit({ person, chat }, id, text) {
    return post("telegram/edit", { ...act(person, chat), message_id: id, text });
  },

  /** One picture is a photo, several are an album; whatever is no picture goes as a file, each by itself. */
  async attach({ person, chat }, files, caption, replyTo) {
    const fields = { person: String(person.telegram_id), chat: chat.chat || null };
    const arePhotos = files.every((file) => /^image\/(jpeg|png)$/.test(file.type));
    if (arePhotos && files.length > 1) return postForm("telegram/album", { ...fields, caption, files });
    const kind = arePhotos ? "photo" : "document";
    for (const [index, file] of files.entries()) {
      await postForm(`telegram/${kind}`, { ...fields, caption: index ? "" : caption, reply_to: replyTo, file });
    }
    return {};
  },

  lastOwn(data, person) {
    const own = data.messages.filter((each) => each.sender_id === person.telegram_id && each.content.text);
    return own.length ? { id: own.at(-1).id, text: own.at(-1).text } : null;
  },

  /** Shows new answers to taps, and the bot's reply keyboard above the field. */
  extras(data, context) {
    showAnswers(data, context);
    const rows = data.reply_keyboard?.keyboard ?? [];
    if (rows.length === 0) return [];
    return [
      h(
        "div",
        { class: "tg-reply-keyboard" },
        rows.map((row) =>
          h(
            "div",
            { class: "tg-keyboard-row" },
            row.map((key) => {
              const words = typeof key === "string" ? key : key.text;
              const click = () => attempt(() => telegram.send(context, words));
              return h("button", { type: "button", class: "tg-reply-key", on: { click } }, words);
            }),
          ),
        ),
      ),
    ];
  },
};

function showAnswers(data, { person, chat }) {
  const key = `${person.key} ${chat.chat}`;
  const known = toldToasts.get(key);
  if (known) {
    for (const answer of data.toasts.filter((each) => each.text && !known.has(each.query_id))) {
      if (answer.show_alert) confirmAlert(answer.text);
      else toast(answer.text, "telegram");
    }
  }
  toldToasts.set(key, new Set(data.toasts.map((each) => each.query_id)));
}
