// What every call for a person begins with.

export function act(person, chat) {
  return { person: person.telegram_id, chat: chat.chat || null };
}
