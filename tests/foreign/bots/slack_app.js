// An app that knows nothing of this project, on Slack's own framework Bolt: mentions, a command, buttons, forms, files.
// Environment: BOT_TOKEN, API_URL; APP_TOKEN for Socket Mode, or SIGNING_SECRET and PORT. It ends when its standard
// input does.
"use strict";

const { App } = require("@slack/bolt");

const { BOT_TOKEN, API_URL, APP_TOKEN, SIGNING_SECRET, PORT } = process.env;
const transport = APP_TOKEN ? { appToken: APP_TOKEN, socketMode: true } : { signingSecret: SIGNING_SECRET };
const app = new App({ token: BOT_TOKEN, clientOptions: { slackApiUrl: API_URL }, ...transport });

const plain = (text) => ({ type: "plain_text", text });
const button = (text, action_id, value) => ({ type: "button", text: plain(text), action_id, value });
const section = (text) => ({ type: "section", text: { type: "mrkdwn", text } });
const input = (block_id, label, element) => ({ type: "input", block_id, label: plain(label), element });
const claim = (channel) => ({
  type: "modal",
  callback_id: "claim",
  private_metadata: channel,
  title: plain("A claim"),
  submit: plain("Claim"),
  notify_on_close: true,
  blocks: [
    input("amount", "Amount", { type: "plain_text_input", action_id: "typed" }),
    { type: "actions", elements: [button("More", "more")] },
  ],
});

app.message("approve", ({ message, say }) =>
  say({
    text: "For approval",
    blocks: [section(`*For approval* of <@${message.user}>`), { type: "actions", elements: [button("Approve", "approve", "42")] }],
  }),
);

app.action("approve", async ({ ack, action, body, client, respond }) => {
  await ack();
  const { ts } = body.message;
  await client.chat.update({ channel: body.channel.id, ts, text: "Approved", blocks: [section(`Approved ${action.value} by <@${body.user.id}>`)] });
  await respond({ text: "Thank you", response_type: "ephemeral", replace_original: false });
});

app.message("tidy", async ({ message, client, say }) => {
  const sent = await say("Wait");
  await client.reactions.add({ channel: message.channel, name: "broom", timestamp: message.ts });
  await client.chat.delete({ channel: sent.channel, ts: sent.ts });
  const blocks = [{ type: "actions", elements: [button("Away with it", "remove")] }];
  await client.chat.postEphemeral({ channel: message.channel, user: message.user, text: "For you", blocks });
});

app.action("remove", async ({ ack, respond }) => {
  await ack();
  await respond({ delete_original: true });
});

app.message("who", async ({ client, say }) => {
  const found = [];
  for await (const page of client.paginate("users.list", { limit: 1 })) found.push(page.members.map((user) => user.name));
  await say(found.map((names) => names.join(" and ")).join(", "));
});

app.event("app_mention", ({ event, say }) => say({ text: `You called, <@${event.user}>?`, thread_ts: event.ts }));

app.event("message", async ({ event, client }) => {
  if (event.subtype !== "file_share") return;
  const { file } = await client.files.info({ file: event.files[0].id });
  const answer = await fetch(file.url_private_download, { headers: { Authorization: `Bearer ${BOT_TOKEN}` } });
  const content = Buffer.from(await answer.arrayBuffer());
  const comment = `${file.name}: ${content.length} bytes`;
  await client.files.uploadV2({ channel_id: event.channel, file: content, filename: `again-${file.name}`, initial_comment: comment });
});

app.command("/claim", async ({ ack, client, command, respond }) => {
  if (command.text === "form") {
    await ack();
    await client.views.open({ trigger_id: command.trigger_id, view: claim(command.channel_id) });
  } else {
    await ack(`Noted: ${command.text}`);
    await respond({ text: `${command.user_name} claims ${command.text}`, response_type: "in_channel" });
  }
});

app.view("claim", async ({ ack, body, client, view }) => {
  const amount = view.state.values.amount.typed.value;
  if (!/^\d+$/.test(amount)) {
    await ack({ response_action: "errors", errors: { amount: `${amount} is no number` } });
    return;
  }
  await ack({ response_action: "update", view: { type: "modal", title: plain("Claimed"), blocks: [section(`*${amount}*`)] } });
  await client.chat.postEphemeral({ channel: view.private_metadata, user: body.user.id, text: `Only you see ${amount}` });
});

app.action("more", async ({ ack, body, client }) => {
  await ack();
  const view = { type: "modal", callback_id: "details", title: plain("Details"), blocks: [section("_In detail_")] };
  await client.views.push({ trigger_id: body.trigger_id, view });
  await client.views.update({ view_id: body.view.id, hash: body.view.hash, view: { ...claim(body.view.private_metadata), title: plain("Claim more") } });
});

app.view({ callback_id: "claim", type: "view_closed" }, async ({ ack, body, client, view }) => {
  await ack();
  await client.chat.postMessage({ channel: body.user.id, text: `Not claimed in ${view.private_metadata}` });
});

app.shortcut("new_claim", async ({ ack, client, shortcut }) => {
  await ack();
  const { channel } = await client.conversations.open({ users: shortcut.user.id });
  await client.views.open({ trigger_id: shortcut.trigger_id, view: claim(channel.id) });
});

app.event("app_home_opened", async ({ client, event, context }) => {
  const { user } = await client.users.info({ user: event.user });
  const blocks = [section(`${user.real_name}, at home with <@${context.botUserId}>`), { type: "actions", elements: [button("Refresh", "refresh")] }];
  await client.views.publish({ user_id: event.user, view: { type: "home", blocks } });
});

app.action("refresh", async ({ ack, body, client }) => {
  await ack();
  await client.views.publish({ user_id: body.user.id, view: { type: "home", blocks: [section("Fresh")] } });
});

app.error(async (error) => {
  console.error(error);
  process.exit(1); // What fails in here is what the test is about.
});

process.stdin.resume().on("end", () => app.stop().then(() => process.exit(0)));
app.start({ port: Number(PORT), host: "127.0.0.1" });
