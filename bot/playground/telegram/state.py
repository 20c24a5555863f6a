"""What the emulated Telegram remembers: bots, people, chats, messages, taps, files. All of it can become JSON.

Messages are kept as the JSON that a bot sees, so that what is sent is what is stored. A chat's key is its id and, for a
private chat, the bot whose it is: to two bots the same person has the same chat id.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from bot.playground.state import Json
from bot.playground.telegram.errors import PersonError

SNAPSHOT_VERSION = 1

FIRST_PERSON_ID = 1001
FIRST_BOT_ID = 7_000_000_001
FIRST_GROUP_ID = 5_001
FIRST_UPDATE_ID = 100_000_001
SUPERGROUP_OFFSET = 1_000_000_000_000
"""A supergroup's id in the Bot API is -100 followed by its own. Source: https://core.telegram.org/api/bots/ids."""


@dataclass(slots=True, kw_only=True)
class UserAccount:
    """A person, as bots see them."""

    id: int
    first_name: str
    username: str | None = None
    language_code: str | None = None

    def as_user(self) -> Json:
        optional = {"username": self.username, "language_code": self.language_code}
        user: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        return user | {name: value for name, value in optional.items() if value}

    def as_chat(self) -> Json:
        chat: Json = {"id": self.id, "type": "private", "first_name": self.first_name}
        return chat | ({"username": self.username} if self.username else {})


@dataclass(slots=True, kw_only=True)
class BotAccount:
    """A bot: who it is, what it has told Telegram about itself, and the updates that wait for it."""

    token: str
    id: int
    username: str
    first_name: str
    privacy: bool = True
    """In groups it gets only what is addressed to it. Source: https://core.telegram.org/bots/features#privacy-mode."""
    commands: dict[str, dict[str, list[Json]]] = field(default_factory=dict)
    """Scope's key (methods_profile.scope_key) -> language code or "" -> commands."""
    names: dict[str, str] = field(default_factory=dict)
    """Language code or "" -> text; likewise the two descriptions."""
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    menu_buttons: dict[str, Json] = field(default_factory=dict)
    """A private chat's id, or "" for the default."""
    started_by: set[int] = field(default_factory=set)
    blocked_by: set[int] = field(default_factory=set)
    pending: list[Json] = field(default_factory=list)
    """Updates that were not confirmed yet, oldest first."""
    queued_at: dict[int, float] = field(default_factory=dict)
    next_update_id: int = FIRST_UPDATE_ID
    allowed_updates: list[str] = field(default_factory=list)
    """Empty: all but those that must be asked for."""
    webhook: Json = field(default_factory=dict)
    """url, secret_token, max_connections, and what getWebhookInfo tells of the last failure; empty: there is none."""

    def as_user(self) -> Json:
        return {"id": self.id, "is_bot": True, "first_name": self.first_name, "username": self.username}


@dataclass(slots=True, kw_only=True)
class StoredMessage:
    """One message: what the bot sees of it, and what only the emulator knows."""

    content: Json
    """A Bot API Message."""
    sender_id: int
    deleted: bool = False


@dataclass(slots=True, kw_only=True)
class Chat:
    """A private chat with one bot, or a group: its members and all its messages, deleted ones included."""

    id: int
    kind: str
    """ "private", "group" or "supergroup"."""
    bot_id: int = 0
    """The bot of a private chat; 0 for a group."""
    title: str = ""
    members: dict[int, str] = field(default_factory=dict)
    """User id -> ChatMember status ("creator", "administrator", "member", "left"). Of a group."""
    messages: dict[int, StoredMessage] = field(default_factory=dict)
    next_message_id: int = 1
    reply_keyboard: Json | None = None
    """The keyboard that the bot put in the place of the letters, if any."""
    migrated_to: int = 0
    """The supergroup that a group has become; nobody is in it any more."""
    action: str = ""
    action_until: float = 0.0

    @property
    def key(self) -> str:
        return chat_key(self.id, self.bot_id)

    def has(self, user_id: int) -> bool:
        return self.members.get(user_id, "left") not in ("left", "kicked")


@dataclass(slots=True, kw_only=True)
class Tap:
    """A callback query: one tap on one button, and what the bot answered."""

    id: str
    bot_id: int
    chat_key: str
    message_id: int
    user_id: int
    data: str
    tapped_at: float
    answered: bool = False
    text: str = ""
    show_alert: bool = False
    url: str = ""


@dataclass(slots=True, kw_only=True)
class StoredFile:
    """A file that somebody has sent; `bot_id` is whose ids these are."""

    file_id: str
    file_unique_id: str
    bot_id: int
    path: str
    name: str
    mime_type: str
    content: bytes


def chat_key(chat_id: int, bot_id: int) -> str:
    """Where a chat is kept. Groups, whose ids are negative, are the same chat to every bot."""
    return f"{bot_id}:{chat_id}" if chat_id > 0 else f"0:{chat_id}"


@dataclass(slots=True, kw_only=True)
class TelegramState:
    """Everything; each `next_…` is a number that was never given out."""

    users: dict[int, UserAccount] = field(default_factory=dict)
    bots: dict[int, BotAccount] = field(default_factory=dict)
    chats: dict[str, Chat] = field(default_factory=dict)
    taps: dict[str, Tap] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    next_person_id: int = FIRST_PERSON_ID
    next_bot_id: int = FIRST_BOT_ID
    next_group_id: int = FIRST_GROUP_ID
    next_tap_id: int = 4_000_000_000_000_001
    next_file_number: int = 1

    def bot_by_token(self, token: str) -> BotAccount | None:
        return next((bot for bot in self.bots.values() if bot.token == token), None)

    def bot_by_username(self, username: str) -> BotAccount | None:
        wanted = username.removeprefix("@").lower()
        return next((bot for bot in self.bots.values() if bot.username.lower() == wanted), None)

    def only_bot(self) -> BotAccount:
        """The bot that is meant when nobody says which. Raises PersonError when there is not exactly one."""
        if len(self.bots) != 1:
            raise PersonError(f"There are {len(self.bots)} bots here: say which one is meant.")
        return next(iter(self.bots.values()))

    def chat_for(self, bot: BotAccount, chat_id: int) -> Chat | None:
        return self.chats.get(chat_key(chat_id, bot.id))

    def private_chat(self, bot: BotAccount, user_id: int) -> Chat:
        """The chat of this person with this bot, opened when there is none yet."""
        key = chat_key(user_id, bot.id)
        return self.chats.setdefault(key, Chat(id=user_id, kind="private", bot_id=bot.id))

    def chat_json(self, chat: Chat) -> Json:
        """The Bot API's Chat."""
        if chat.kind == "private":
            return self.users[chat.id].as_chat()
        return {"id": chat.id, "type": chat.kind, "title": chat.title}

    def user_json(self, user_id: int) -> Json:
        """The Bot API's User: a person or a bot."""
        return self.bots[user_id].as_user() if user_id in self.bots else self.users[user_id].as_user()

    def as_json(self) -> Json:
        content: dict[str, Any] = asdict(self)
        for bot in content["bots"].values():
            bot["started_by"] = sorted(bot["started_by"])
            bot["blocked_by"] = sorted(bot["blocked_by"])
        for file in content["files"].values():
            file["content"] = file["content"].hex()
        return {"version": SNAPSHOT_VERSION, "state": content}


def state_from_json(snapshot: Json) -> TelegramState:
    """The inverse of `TelegramState.as_json`, also after a journey through JSON text, which makes every key a string.

    Raises ValueError for a snapshot of another version.
    """
    if snapshot.get("version") != SNAPSHOT_VERSION:
        raise ValueError(f"cannot restore a Telegram snapshot of version {snapshot.get('version')!r}")
    content = dict(snapshot["state"])
    for name in ("users", "bots", "chats", "taps", "files"):
        content.pop(name)
    return TelegramState(
        **content,
        users={int(key): UserAccount(**user) for key, user in snapshot["state"]["users"].items()},
        bots={int(key): _bot_from_json(bot) for key, bot in snapshot["state"]["bots"].items()},
        chats={key: _chat_from_json(chat) for key, chat in snapshot["state"]["chats"].items()},
        taps={key: Tap(**tap) for key, tap in snapshot["state"]["taps"].items()},
        files={
            key: StoredFile(**(file | {"content": bytes.fromhex(file["content"])}))
            for key, file in snapshot["state"]["files"].items()
        },
    )


def _bot_from_json(bot: Json) -> BotAccount:
    return BotAccount(
        **bot
        | {
            "started_by": set(bot["started_by"]),
            "blocked_by": set(bot["blocked_by"]),
            "queued_at": {int(key): value for key, value in bot["queued_at"].items()},
        }
    )


def _chat_from_json(chat: Json) -> Chat:
    return Chat(
        **chat
        | {
            "members": {int(key): status for key, status in chat["members"].items()},
            "messages": {int(key): StoredMessage(**message) for key, message in chat["messages"].items()},
        }
    )
