// What the attach button opens: sample receipts, one click away, and the files of this computer.

import { get } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { attempt } from "./toast.js";

const TOGETHER_MAX = 10; // As many pictures as an album holds on Telegram.

let samples = null; // What the playground draws; asked for once.

const pictureOf = (sample) => `/control/playground/samples/${encodeURIComponent(sample.key)}`;

/** `send(files)` is called with what was chosen. */
export class Tray {
  constructor(send) {
    this.send = send;
    this.picked = []; // keys, in the order of picking
    this.input = h("input", { type: "file", multiple: true, class: "visually-hidden", tabindex: "-1", "aria-hidden": "true" });
    this.input.addEventListener("change", () => this.takeOwn());
    const face = { type: "button", class: "icon-button", "aria-label": "Attach a picture or a file", "aria-haspopup": "dialog", "aria-expanded": "false" };
    this.button = h("button", { ...face, on: { click: () => (this.panel.hidden ? this.open() : this.close()) } }, icon("attach"));
    this.panel = h("div", { class: "tray", role: "dialog", "aria-label": "Attach", tabindex: "-1", hidden: true });
    this.panel.addEventListener("keydown", (event) => this.onKey(event));
    this.outside = (event) => {
      if (!this.panel.contains(event.target) && !this.button.contains(event.target)) this.close();
    };
  }

  async open() {
    this.picked = [];
    samples ??= (await attempt(() => get("playground/samples"))) ?? null;
    this.render();
    this.panel.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", this.outside, true);
    (this.panel.querySelector(".sample") ?? this.panel).focus();
  }

  close() {
    if (this.panel.contains(document.activeElement)) this.button.focus();
    this.panel.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", this.outside, true);
  }

  onKey(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.close();
  }

  render() {
    const own = { type: "button", class: "tray-own", on: { click: () => this.input.click() } };
    fill(
      this.panel,
      h(
        "header",
        {},
        h("h2", {}, "Sample receipts"),
        h("button", own, icon("file"), h("span", {}, "From my computer")),
      ),
      h("ul", { class: "samples" }, (samples ?? []).map((sample) => this.sampleNode(sample))),
      this.footer(),
    );
  }

  sampleNode(sample) {
    const place = this.picked.indexOf(sample.key);
    const label = `${sample.title}, ${sample.place}, ${sample.total}`;
    const sendIt = { type: "button", class: "sample", "aria-label": `Send: ${label}`, on: { click: () => this.sendSamples([sample.key]) } };
    const pick = { type: "button", class: "sample-pick", "aria-pressed": String(place >= 0), "aria-label": `Pick for several: ${label}`, data: { key: sample.key }, on: { click: () => this.toggle(sample.key) } };
    return h(
      "li",
      { class: place >= 0 && "is-picked" },
      h(
        "button",
        sendIt,
        h("img", { src: `${pictureOf(sample)}?small`, alt: "", width: "144", height: "192", loading: "lazy" }),
        h("strong", {}, sample.title),
        h("span", {}, sample.place),
        h("span", { class: "sample-total" }, sample.total),
      ),
      h("button", pick, place >= 0 ? String(place + 1) : ""),
    );
  }

  footer() {
    const count = this.picked.length;
    if (count === 0) return h("p", { class: "tray-note" }, "Drawn by the playground. A click sends one; the circles pick several.");
    const words = count === 1 ? "Send one receipt" : `Send ${count} receipts together`;
    const props = { type: "button", class: "tray-send", on: { click: () => this.sendSamples(this.picked) } };
    return h("p", { class: "tray-note" }, h("button", props, words));
  }

  toggle(key) {
    if (this.picked.includes(key)) this.picked = this.picked.filter((each) => each !== key);
    else if (this.picked.length < TOGETHER_MAX) this.picked = [...this.picked, key];
    const scrolled = this.panel.querySelector(".samples").scrollTop;
    this.render();
    this.panel.querySelector(".samples").scrollTop = scrolled;
    this.panel.querySelector(`[data-key="${CSS.escape(key)}"]`).focus();
  }

  async sendSamples(keys) {
    const chosen = keys.map((key) => samples.find((sample) => sample.key === key));
    this.close();
    const files = await attempt(() => Promise.all(chosen.map(fetched)));
    if (files) await this.send(files);
  }

  async takeOwn() {
    const files = [...this.input.files];
    this.input.value = "";
    if (files.length === 0) return;
    this.close();
    await this.send(files);
  }
}

async function fetched(sample) {
  const answer = await fetch(pictureOf(sample));
  if (!answer.ok) throw new Error("That sample could not be drawn.");
  return new File([await answer.blob()], `${sample.key}.jpg`, { type: "image/jpeg" });
}
