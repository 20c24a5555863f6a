"""What a bot may ask about chats and their members, and leaving a group."""

from bot.playground.state import Json
from bot.playground.telegram.calls import Call, Handler
from bot.playground.telegram.errors import bad_request
from bot.playground.telegram.state import Chat, TelegramState

_ADMINISTRATOR_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)


def member_json(state: TelegramState, chat: Chat, user_id: int) -> Json:
    """The Bot API's ChatMember. Those who never were in the chat have left it."""
    status = chat.members.get(user_id, "left")
    member: Json = {"status": status, "user": state.user_json(user_id)}
    if status == "creator":
        member["is_anonymous"] = False
    elif status == "administrator":
        member |= {"is_anonymous": False, "can_be_edited": False} | dict.fromkeys(_ADMINISTRATOR_RIGHTS, False)
        member |= {"can_manage_chat": True, "can_delete_messages": True}
    elif status == "kicked":
        member["until_date"] = 0
    return member


def _get_chat(call: Call) -> Json:
    chat = call.chat()
    gifts = dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
    )
    details = {
        "accent_color_id": chat.id % 7 if chat.id > 0 else 0,
        "max_reaction_count": 11,
        "accepted_gift_types": gifts,
    }
    return call.state.chat_json(chat) | details


def _get_chat_member(call: Call) -> Json:
    chat = call.chat()
    user_id = call.given["user_id"]
    known = user_id in call.state.users or user_id in call.state.bots
    if not known:
        raise bad_request("PARTICIPANT_ID_INVALID" if chat.kind == "supergroup" else "user not found")
    if chat.kind == "private":
        return {"status": "member", "user": call.state.user_json(user_id)}
    return member_json(call.state, chat, user_id)


def _get_chat_member_count(call: Call) -> int:
    chat = call.chat()
    return 2 if chat.kind == "private" else sum(chat.has(user_id) for user_id in chat.members)


def _get_chat_administrators(call: Call) -> list[Json]:
    chat = call.chat()
    if chat.kind == "private":
        raise bad_request("there are no administrators in the private chat")
    return [
        member_json(call.state, chat, user_id)
        for user_id, status in chat.members.items()
        if status in ("creator", "administrator")
    ]


def _leave_chat(call: Call) -> bool:
    chat = call.chat()
    if chat.kind == "private":
        raise bad_request("chat member status can't be changed in private chats")
    chat.members[call.bot.id] = "left"
    call.emulator.changed(chat, "member", user_id=call.bot.id)
    return True


METHODS: dict[str, Handler] = {
    "getChat": _get_chat,
    "getChatMember": _get_chat_member,
    "getChatMemberCount": _get_chat_member_count,
    "getChatAdministrators": _get_chat_administrators,
    "leaveChat": _leave_chat,
}
