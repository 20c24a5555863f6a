// The field below a chat: writing, commands, pictures, answering and editing.

import { commandMenu } from "./commands.js";
import { fill, h, icon } from "./dom.js";
import { isSettingUp } from "./store.js";
import { attempt } from "./toast.js";
import { Tray } from "./tray.js";

const drafts = new Map(); // by person and chat: what was typed and not sent
const ROWS_HEIGHT_MAX_PX = 160;

/** `view`: {key, person, chat, adapter, data}. `sending` is called before each message, `sent` after it. */
export function makeComposer(view, { sending, sent }) {
  return new Composer(view, sending, sent);
}

class Composer {
  constructor(view, sending, sent) {
    this.view = view;
    this.sending = sending;
    this.sent = sent;
    this.mode = null; // {kind: "reply" | "edit", id}
    this.gateLabel = null;
    this.field = this.makeField();
    this.tray = new Tray((files) => this.attach(files));
    this.banner = h("div", { class: "composer-banner", hidden: true });
    this.menu = commandMenu(this.field, () => (view.data ? view.adapter.commands(view.data) : []), (command) => this.take(command));
    this.body = h("div", { class: "composer-body" });
    this.element = h("form", { class: "composer", on: { submit: (event) => this.submit(event) } }, this.banner, this.body);
    this.showField();
  }

  makeField() {
    const { adapter, chat } = this.view;
    const label = `${adapter.placeholder} ${chat.title}`;
    return h("textarea", {
      id: "composer-text",
      rows: "1",
      placeholder: label,
      "aria-label": label,
      autocomplete: "off",
      value: drafts.get(this.view.key) ?? "",
      on: { input: () => this.typed(), keydown: (event) => this.onKey(event) },
    });
  }

  showField() {
    fill(
      this.body,
      this.menu.element,
      this.tray.panel,
      this.tray.button,
      this.tray.input,
      this.field,
      h("button", { type: "submit", class: "icon-button send", "aria-label": "Send" }, icon("send")),
    );
    this.grow();
  }

  /** After each load: whether the person may write here at all. */
  update(data) {
    const gate = isSettingUp() ? { label: "Getting everybody in…", run: null } : this.view.adapter.gate(data, this.view);
    if ((gate?.label ?? null) === this.gateLabel) {
      if (document.activeElement === this.field) this.menu.refresh();
      return;
    }
    this.gateLabel = gate?.label ?? null;
    if (!gate) {
      this.showField();
      if (document.activeElement === document.body) this.field.focus();
      return;
    }
    const click = () => attempt(gate.run).then(this.sent);
    const props = { type: "button", class: "gate", disabled: gate.run === null, on: { click } };
    this.tray.close();
    fill(this.body, h("button", props, gate.label));
  }

  suggest(text) {
    this.leaveMode();
    this.field.value = text;
    this.typed();
    this.menu.close();
    this.field.focus();
    this.field.setSelectionRange(text.length, text.length);
  }

  typed() {
    if (!this.mode) drafts.set(this.view.key, this.field.value);
    this.menu.update();
    this.grow();
  }

  grow() {
    this.field.rows = 1;
    const lines = Math.round((Math.min(this.field.scrollHeight, ROWS_HEIGHT_MAX_PX) - 20) / 20);
    this.field.rows = Math.max(1, lines);
  }

  onKey(event) {
    if (event.isComposing || this.menu.onKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.element.requestSubmit();
    } else if (event.key === "Escape" && this.mode) {
      this.leaveMode();
    } else if (event.key === "ArrowUp" && this.field.value === "" && this.view.data) {
      const last = this.view.adapter.lastOwn(this.view.data, this.view.person);
      if (last) {
        event.preventDefault();
        this.edit(last.id, last.text);
      }
    }
  }

  take(command) {
    this.field.value = `${command} `;
    this.typed();
    this.field.focus();
  }

  reply(id, text) {
    this.enterMode({ kind: "reply", id }, "Reply to", text);
  }

  edit(id, text) {
    this.enterMode({ kind: "edit", id }, "Edit", text);
    this.field.value = text;
    this.typed();
  }

  enterMode(mode, title, text) {
    this.mode = mode;
    const cancel = { type: "button", class: "icon-button", "aria-label": "Cancel", on: { click: () => this.leaveMode() } };
    fill(this.banner, h("strong", {}, title), h("span", {}, text), h("button", cancel, icon("close")));
    this.banner.hidden = false;
    this.field.focus();
  }

  leaveMode() {
    if (this.mode?.kind === "edit") {
      this.field.value = drafts.get(this.view.key) ?? "";
    }
    this.mode = null;
    this.banner.hidden = true;
    this.grow();
  }

  async submit(event) {
    event.preventDefault();
    const text = this.field.value.trim();
    if (!text) return;
    const { adapter } = this.view;
    const mode = this.mode;
    this.field.value = "";
    this.mode = null;
    this.banner.hidden = true;
    this.typed();
    this.sending();
    const done = await attempt(() =>
      mode?.kind === "edit" ? adapter.edit(this.view, mode.id, text) : adapter.send(this.view, text, mode?.id),
    );
    // What could not be sent is not lost, unless something new stands there.
    if (done === undefined && this.field.value === "") this.suggest(text);
    this.sent();
  }

  openTray() {
    if (this.gateLabel === null) this.tray.open();
  }

  /** Sends files with what stands in the field as their caption. */
  async attach(files) {
    const caption = this.field.value.trim();
    const replyTo = this.mode?.kind === "reply" ? this.mode.id : null;
    this.leaveMode();
    this.sending();
    const done = await attempt(() => this.view.adapter.attach(this.view, files, caption, replyTo));
    if (done !== undefined && this.field.value.trim() === caption) {
      this.field.value = "";
      this.typed();
    }
    this.field.focus();
    this.sent();
  }
}
