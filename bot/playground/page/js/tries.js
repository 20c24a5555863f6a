// What a newcomer may want to try, in the order of a first visit.

export const GUIDE = [
  {
    title: "An expense from a sentence",
    tries: [
      {
        title: "Write what you spent",
        person: "emma",
        platform: "telegram",
        kind: "private",
        text: "taxi 23,50 € yesterday",
        why: "A card with amount, date and a guessed category. Tap Submit.",
      },
      {
        title: "Correct it, with a mistake first",
        person: "emma",
        platform: "telegram",
        kind: "private",
        why: "Tap Edit on the card, and give “a lot” as the amount. The bot says what is wrong and keeps the rest.",
      },
      {
        title: "The same on Slack",
        person: "emma",
        platform: "slack",
        kind: "private",
        text: "lunch with a customer 48.20",
        why: "The same card in Block Kit. Edit opens a form with errors under its fields.",
      },
      {
        title: "Edit your message",
        person: "emma",
        platform: "telegram",
        kind: "private",
        why: "Press the arrow up in the empty field, change the amount, press Enter: the card follows.",
      },
    ],
  },
  {
    title: "Lists, forms, language",
    tries: [
      { title: "What did I spend?", person: "emma", platform: "telegram", kind: "private", text: "/expenses", why: "Your own, newest first." },
      { title: "By form instead", person: "emma", platform: "slack", kind: "private", text: "/expense new", why: "The same questions: one form on Slack, one by one on Telegram." },
      { title: "In German", person: "jonas", platform: "telegram", kind: "private", text: "Bahnticket 89 Euro gestern", why: "Jonas’s apps are German, and so is the bot." },
      { title: "Another language", person: "jonas", platform: "telegram", kind: "private", text: "/language", why: "It stays chosen, whatever the app says." },
    ],
  },
  {
    title: "Among others",
    tries: [
      { title: "A group without the bot’s name", person: "jonas", platform: "telegram", kind: "group", text: "Pizza for all, 42 €", why: "Not for the bot: it stays silent." },
      { title: "A group with it", person: "jonas", platform: "telegram", kind: "group", text: "@expenseflow_bot pizza 42 €", why: "It answers where only Jonas reads amounts: in his own chat." },
      { title: "A channel on Slack", person: "emma", platform: "slack", kind: "group", text: "/expense taxi 23", why: "The card goes to Emma’s own messages; the channel shows a note to her alone." },
      { title: "A stranger", person: "sam", platform: "slack", kind: "private", text: "How much did Emma spend?", why: "A friendly sentence, and nothing else." },
      { title: "Invite somebody", person: "ada", platform: "telegram", kind: "private", text: "/invite employee", why: "Ada is the admin. Open the link as Sam to let him in: it works once." },
    ],
  },
  {
    title: "Nothing is lost",
    tries: [
      { title: "Begin a form", person: "jonas", platform: "telegram", kind: "private", text: "/new", why: "Answer the first question, and then:" },
      { title: "Kill the bot", order: "kill", why: "kill -9. Answer the next question while it is down; it goes on where you were." },
      { title: "Stop it, write, start it", order: "stop", why: "Messages wait for it; Slack’s commands and taps fail meanwhile, as they do in Slack. Start it again at the top of the page." },
    ],
  },
];
