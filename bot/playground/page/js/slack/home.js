// The app's Home tab: a page of blocks that the app has published for one person.

import { post } from "../api.js";
import { h } from "../dom.js";
import { attempt } from "../toast.js";
import { blockNodes } from "./blocks.js";
import { tellOutcome } from "./outcome.js";

/** The tab as the one item of the log; `home` is null until the app has published one. */
export function homeItems(home, { person, names }) {
  if (!home) return [{ key: "home", signature: "empty", build: empty }];
  const act = (block, element, option) => {
    const body = { person: person.slack_id, what: `${block.block_id}/${element.action_id}`, option };
    return attempt(async () => tellOutcome(await post("slack/home-tap", body)));
  };
  const build = () => h("div", { class: "slack-home slack-blocks" }, blockNodes(home.blocks, { names, act, inputs: () => null }));
  return [{ key: "home", signature: JSON.stringify([home.blocks, person.key]), build }];
}

const empty = () => h("p", { class: "slack-empty" }, "The app has not published anything here yet.");
