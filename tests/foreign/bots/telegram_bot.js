// A bot that knows nothing of this project, on the grammY library: it greets, echoes, counts and sends pictures back.
// Environment: BOT_TOKEN, API_ROOT (what stands before /bot<token>/); WEBHOOK_PORT to be told instead of asking. It ends
// when its standard input does.
"use strict";

const { createServer } = require("node:http");
const { Bot, GrammyError, InlineKeyboard, InputFile, webhookCallback } = require("grammy");

const { BOT_TOKEN, API_ROOT, WEBHOOK_PORT } = process.env;
// What is sent while a webhook is answered may stand in that answer, and is no call of its own then.
const bot = new Bot(BOT_TOKEN, { client: { apiRoot: API_ROOT, canUseWebhookReply: (method) => method === "answerCallbackQuery" } });

const counter = (count) => new InlineKeyboard().text(`Count (${count})`, `count:${count}`).row().text("Done", "done");

bot.command("start", async (ctx) => {
  const from = ctx.match ? ` from ${ctx.match}` : "";
  await ctx.reply(`Hello, <b>${ctx.from.first_name}</b>${from}!`, { parse_mode: "HTML", reply_markup: counter(0) });
});

bot.callbackQuery(/^count:(\d+)$/, async (ctx) => {
  const count = Number(ctx.match[1]) + 1;
  await ctx.editMessageText(`Counted to ${count}`, { reply_markup: counter(count) });
  await ctx.answerCallbackQuery({ text: `That makes ${count}` });
});

bot.callbackQuery("done", async (ctx) => {
  await ctx.editMessageReplyMarkup();
  try {
    await ctx.editMessageReplyMarkup(); // A second time there is nothing to change, which is an error of its own.
  } catch (error) {
    if (!(error instanceof GrammyError)) throw error;
    await ctx.answerCallbackQuery({ text: `${error.error_code} ${error.description}`, show_alert: true });
  }
});

bot.on("message:photo", async (ctx) => {
  const file = await ctx.getFile(); // of the largest size
  const answer = await fetch(`${API_ROOT}/file/bot${BOT_TOKEN}/${file.file_path}`);
  const content = Buffer.from(await answer.arrayBuffer());
  await ctx.replyWithChatAction("upload_photo");
  const sent = await ctx.replyWithPhoto(new InputFile(content, "again.png"), {
    caption: `${content.length} bytes: ${ctx.message.caption}`,
    reply_parameters: { message_id: ctx.message.message_id },
  });
  await ctx.replyWithPhoto(sent.photo.at(-1).file_id, { caption: "By its id" });
  await ctx.replyWithDocument(new InputFile(content, "original.png"), { caption: "As a file" });
});

bot.on("my_chat_member", (ctx) => {
  const { from, new_chat_member, old_chat_member } = ctx.myChatMember;
  if (ctx.chat.type !== "private" && new_chat_member.status === "member") {
    return ctx.reply(`${from.first_name} brought me here: ${old_chat_member.status}, now ${new_chat_member.status}`);
  }
});

bot.on("edited_message:text", (ctx) => ctx.reply(`You meant: ${ctx.editedMessage.text}`));
bot.hears("forget", (ctx) => ctx.deleteMessage());
bot.on("message:text", (ctx) => ctx.reply(ctx.message.text, { reply_parameters: { message_id: ctx.message.message_id } }));

async function main() {
  await bot.api.setMyCommands([{ command: "start", description: "Say hello" }]);
  await bot.api.setMyCommands([{ command: "start", description: "Sag hallo" }], { language_code: "de" });
  if (!WEBHOOK_PORT) return bot.start();
  const secretToken = "a-secret";
  const server = createServer(webhookCallback(bot, "http", { secretToken }));
  server.listen(Number(WEBHOOK_PORT), "127.0.0.1");
  await bot.api.setWebhook(`http://127.0.0.1:${WEBHOOK_PORT}/`, { secret_token: secretToken });
}

// Without a webhook the bot is asked to stop, and confirms what it has handled.
process.stdin.resume().on("end", () => (WEBHOOK_PORT ? process.exit(0) : bot.stop().then(() => process.exit(0))));
main();
