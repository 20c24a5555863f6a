"""Joining and leaving groups, blocking a bot: the service messages and the my_chat_member updates that follow."""

from typing import TYPE_CHECKING

from bot.playground.state import Json
from bot.playground.telegram.errors import PersonError
from bot.playground.telegram.methods_chats import member_json
from bot.playground.telegram.state import BotAccount, Chat, UserAccount

if TYPE_CHECKING:
    from bot.playground.telegram.emulator import TelegramEmulator


def add_to_group(emulator: "TelegramEmulator", chat: Chat, actor: UserAccount, newcomer_id: int) -> None:
    """Source of what a bot gets: https://core.telegram.org/bots/api#chatmemberupdated."""
    state = emulator.state
    if chat.kind == "private":
        raise PersonError("Nobody can be added to a private chat.")
    if newcomer_id not in state.users and newcomer_id not in state.bots:
        raise PersonError(f"There is nobody with the id {newcomer_id}.")
    if chat.has(newcomer_id):
        raise PersonError("They are in this group already.")
    before = member_json(state, chat, newcomer_id)
    chat.members[newcomer_id] = "member"
    _tell_member(emulator, chat, actor, newcomer_id, before)
    newcomer = state.user_json(newcomer_id)
    emulator.post(chat, actor.id, emulator.new_content(chat, actor.id) | {"new_chat_members": [newcomer]})
    emulator.changed(chat, "member", user_id=newcomer_id)


def upgrade_group(emulator: "TelegramEmulator", chat: Chat, actor: UserAccount) -> Chat:
    """A group becomes a supergroup, under a new id and with no messages, as when its history is made visible.

    Both chats tell it to bots, whatever their privacy. Source: https://core.telegram.org/bots/api#message,
    migrate_to_chat_id and migrate_from_chat_id.
    """
    if chat.kind != "group":
        raise PersonError("Only a group can become a supergroup.")
    supergroup = emulator.create_group(chat.title, creator_id=actor.id, kind="supergroup")
    supergroup.members = dict(chat.members)
    chat.migrated_to = supergroup.id
    emulator.post(chat, actor.id, emulator.new_content(chat, actor.id) | {"migrate_to_chat_id": supergroup.id})
    emulator.post(supergroup, actor.id, emulator.new_content(supergroup, actor.id) | {"migrate_from_chat_id": chat.id})
    return supergroup


def remove_from_group(emulator: "TelegramEmulator", chat: Chat, actor: UserAccount, member_id: int) -> None:
    """Somebody leaves, or is sent away by the actor."""
    state = emulator.state
    if chat.kind == "private" or not chat.has(member_id):
        raise PersonError("They are not in this group.")
    before = member_json(state, chat, member_id)
    chat.members[member_id] = "left" if member_id == actor.id else "kicked"
    _tell_member(emulator, chat, actor, member_id, before)
    leaver = state.user_json(member_id)
    emulator.post(chat, actor.id, emulator.new_content(chat, actor.id) | {"left_chat_member": leaver})
    emulator.changed(chat, "member", user_id=member_id)


def _tell_member(emulator: "TelegramEmulator", chat: Chat, actor: UserAccount, member_id: int, before: Json) -> None:
    """my_chat_member for the bot that it is about; chat_member for bots that administer the group."""
    change: Json = {
        "chat": emulator.state.chat_json(chat),
        "from": actor.as_user(),
        "date": int(emulator.clock()),
        "old_chat_member": before,
        "new_chat_member": member_json(emulator.state, chat, member_id),
    }
    for bot in emulator.state.bots.values():
        if bot.id == member_id:
            emulator.push(bot, "my_chat_member", change)
        elif chat.members.get(bot.id) == "administrator":
            emulator.push(bot, "chat_member", change)


def change_block(emulator: "TelegramEmulator", bot: BotAccount, person: UserAccount, *, blocked: bool) -> None:
    """A person blocks a bot, or lets it in again. Nothing happens when it is so already."""
    if (person.id in bot.blocked_by) == blocked:
        return
    if blocked:
        bot.blocked_by.add(person.id)
    else:
        bot.blocked_by.remove(person.id)
    chat = emulator.state.private_chat(bot, person.id)
    member: Json = {"status": "member", "user": bot.as_user()}
    kicked: Json = {"status": "kicked", "user": bot.as_user(), "until_date": 0}
    change: Json = {
        "chat": emulator.state.chat_json(chat),
        "from": person.as_user(),
        "date": int(emulator.clock()),
        "old_chat_member": member if blocked else kicked,
        "new_chat_member": kicked if blocked else member,
    }
    emulator.push(bot, "my_chat_member", change)
    emulator.changed(chat, "blocked" if blocked else "unblocked", user_id=person.id)
