// What a newcomer may want to try, in the order of a first visit.

export const GUIDE = [
  {
    title: "From photo to approval",
    tries: [
      { title: "Photograph a receipt", person: "emma", platform: "telegram", kind: "private", attach: true, why: "Pick a sample. The card comes back filled in; what is doubtful is marked. Tap Submit." },
      { title: "Approve it as the manager", person: "mara", platform: "slack", kind: "private", why: "A dot on Mara’s picture: she was asked, with the receipt. Tap Approve, and Emma sees it on Telegram." },
      { title: "Reject with a reason", person: "mara", platform: "slack", kind: "private", why: "Submit another one as Emma first. Mara says why, and Emma corrects it and submits again." },
      { title: "Two pictures at once", person: "emma", platform: "telegram", kind: "private", attach: true, why: "Pick two by their circles: one expense or two? The bot asks once." },
    ],
  },
  {
    title: "An expense from a sentence",
    tries: [
      { title: "Write what you spent", person: "emma", platform: "telegram", kind: "private", text: "taxi 23,50 € yesterday", why: "A card with amount, date and a guessed category. Tap Submit." },
      { title: "Correct it, with a mistake first", person: "emma", platform: "telegram", kind: "private", why: "Tap Edit on the card, and give “a lot” as the amount. The bot says what is wrong and keeps the rest." },
      { title: "The same on Slack", person: "emma", platform: "slack", kind: "private", text: "lunch with a customer 48.20", why: "The same card in Block Kit. Edit opens a form with errors under its fields." },
      { title: "Edit your message", person: "emma", platform: "telegram", kind: "private", why: "Press the arrow up in the empty field, change the amount, press Enter: the card follows." },
      { title: "In German", person: "jonas", platform: "telegram", kind: "private", text: "Bahnticket 89 Euro gestern", why: "Jonas’s apps are German, and so is the bot." },
    ],
  },
  {
    title: "Lists and reports",
    tries: [
      { title: "What did I spend?", person: "emma", platform: "slack", kind: "private", text: "/expense expenses", why: "One list, whatever platform it was booked on." },
      { title: "This month as a picture", person: "emma", platform: "telegram", kind: "private", text: "/report", why: "Totals by category against the month before, and a chart." },
      { title: "For the accountant", person: "felix", platform: "telegram", kind: "private", text: "/export", why: "Felix is finance: everybody’s rows arrive as a file to download." },
      { title: "Slack’s Home tab", person: "mara", platform: "slack", kind: "private", tab: "home", why: "What is open, what waits for Mara, this month. It follows while you look." },
      { title: "What waits for me?", person: "mara", platform: "telegram", kind: "private", text: "/approvals", why: "What Mara has still to decide, oldest first." },
    ],
  },
  {
    title: "Who is who",
    tries: [
      { title: "Members", person: "ada", platform: "slack", kind: "private", text: "/expense members", why: "Ada is the admin. Open somebody and give them a role, a manager, a department." },
      { title: "Two accounts, one person", person: "felix", platform: "telegram", kind: "private", text: "/link", why: "Felix’s accounts are two members. Send the code on his Slack as /expense link CODE: one set of books." },
      { title: "Invite somebody", person: "ada", platform: "telegram", kind: "private", text: "/invite employee", why: "Open the link as Sam to let him in: it works once." },
      { title: "A stranger", person: "sam", platform: "slack", kind: "private", text: "How much did Emma spend?", why: "A friendly sentence, and nothing else." },
      { title: "Another language", person: "jonas", platform: "telegram", kind: "private", text: "/language", why: "It stays chosen, whatever the app says." },
    ],
  },
  {
    title: "Among others",
    tries: [
      { title: "A group without the bot’s name", person: "jonas", platform: "telegram", kind: "group", text: "Pizza for all, 42 €", why: "Not for the bot: it stays silent." },
      { title: "A group with it", person: "jonas", platform: "telegram", kind: "group", text: "@expenseflow_bot pizza 42 €", why: "It answers where only Jonas reads amounts: in his own chat." },
      { title: "A message becomes an expense", person: "jonas", platform: "slack", kind: "group", text: "Taxi to the fair, 31.50 €", why: "Send it, open the message’s menu, and choose “Add as expense”: for whoever chooses it." },
      { title: "A channel on Slack", person: "emma", platform: "slack", kind: "group", text: "/expense taxi 23", why: "The card goes to Emma’s own messages; the channel shows a note to her alone." },
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
