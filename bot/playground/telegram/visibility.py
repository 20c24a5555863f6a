"""Which bot gets which message of a chat, and which menu of commands a person sees."""

import re

from bot.playground.state import Json
from bot.playground.telegram.state import BotAccount, Chat
from bot.playground.telegram.text import slice_units

_SERVICE_FIELDS = frozenset(
    {
        *("new_chat_members", "left_chat_member", "group_chat_created", "new_chat_title"),
        *("migrate_to_chat_id", "migrate_from_chat_id"),
    }
)


def sees(bot: BotAccount, chat: Chat, content: Json) -> bool:
    """Whether a bot is told of a person's message.

    In a private chat, and as an administrator of a group, of every one; otherwise with privacy mode on of service
    messages, of commands that are not another bot's, of mentions of it and of replies to it.
    Source: https://core.telegram.org/bots/features#privacy-mode; mentions as observed.
    """
    if chat.kind == "private":
        return chat.bot_id == bot.id
    if not chat.has(bot.id):
        return False
    if not bot.privacy or chat.members[bot.id] == "administrator" or _SERVICE_FIELDS & content.keys():
        return True
    replied = content.get("reply_to_message", {}).get("from", {})
    return replied.get("id") == bot.id or _addresses(bot, content)


def _addresses(bot: BotAccount, content: Json) -> bool:
    text: str = content.get("text") or content.get("caption") or ""
    entities: list[Json] = content.get("entities") or content.get("caption_entities") or []
    name = bot.username.lower()
    for entity in entities:
        covered = slice_units(text, entity["offset"], entity["length"]).lower()
        if entity["type"] == "mention" and covered == f"@{name}":
            return True
        if entity["type"] == "text_mention" and entity["user"]["id"] == bot.id:
            return True
        if entity["type"] == "bot_command" and entity["offset"] == 0:
            addressee = re.search(r"@(\w+)$", covered)
            if addressee is None or addressee.group(1) == name:
                return True
    return False


def menu_for(bot: BotAccount, chat: Chat, user_id: int, language_code: str | None) -> list[Json]:
    """The commands that this person sees in this chat: the narrowest scope that has any, in their language first.

    Source of the order: https://core.telegram.org/bots/api#determining-list-of-commands.
    """
    if chat.kind == "private":
        scopes = [f"chat:{chat.id}", "all_private_chats", "default"]
    else:
        scopes = [f"chat_member:{chat.id}:{user_id}"]
        administers = chat.members.get(user_id) in ("creator", "administrator")
        scopes += [f"chat_administrators:{chat.id}"] if administers else []
        scopes += [f"chat:{chat.id}"]
        scopes += ["all_chat_administrators"] if administers else []
        scopes += ["all_group_chats", "default"]
    for scope in scopes:
        for language in (language_code or "", ""):
            commands = bot.commands.get(scope, {}).get(language)
            if commands:
                return commands
    return []
