// What became of a press or a command that Slack handed to the bot.

import { toast } from "../toast.js";

const FAILED = {
  operation_timeout: "The bot did not answer in time. Slack tells the person so, and repeats nothing.",
  connection_lost: "The connection to the bot broke while it was asked.",
  dispatch_failed: "The bot is not connected: Slack could not hand this over.",
};

/** What Slack shows beside a press that nobody took. */
export function tellOutcome(answer) {
  if (FAILED[answer.outcome]) toast(FAILED[answer.outcome], "error");
  return answer;
}
