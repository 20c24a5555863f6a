"""Who lives in the playground: six people, each with an account on both platforms, a group and a channel."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bot.playground.slack.emulator import SlackEmulator
from bot.playground.slack.state import Channel
from bot.playground.telegram.emulator import TelegramEmulator
from bot.playground.telegram.state import BotAccount, Chat

Role = Literal["employee", "manager", "finance", "admin", "stranger"]

BOT_USERNAME = "expenseflow_bot"
BOT_NAME = "ExpenseFlow"
TELEGRAM_TOKEN = "7000000001:AAPlaygroundOpensNothingElse"  # noqa: S105 - made up, and opens this emulator alone
GROUP_TITLE = "Team lunch"
CHANNEL_NAME = "travel"
OTHER_TEAM_ID = "T0ELSEWHERE"
SHORTCUTS = ({"callback_id": "expense.add", "name": "Add as expense"},)
"""The Slack app's entries in the menu of every message, as its manifest has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """One person of the playground. `key` names them on the page."""

    key: str
    first_name: str
    last_name: str
    role: Role
    language: str
    """The language of their apps, as an IETF tag of two letters."""
    telegram_id: int
    slack_id: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def slack_locale(self) -> str:
        return {"de": "de-DE", "en": "en-US"}[self.language]

    @property
    def is_stranger(self) -> bool:
        return self.role == "stranger"

    @property
    def has_linked_accounts(self) -> bool:
        """Whether the set-up makes their accounts one member. Finance is left two, for who wants to try it."""
        return self.role not in ("stranger", "finance")


def _character(number: int, name: str, role: Role, language: str = "en") -> Character:
    first_name, _, last_name = name.partition(" ")
    return Character(
        key=first_name.lower(),
        first_name=first_name,
        last_name=last_name,
        role=role,
        language=language,
        telegram_id=1_000 + number,
        slack_id=f"U{number:02}{first_name.upper()}",
    )


CAST: tuple[Character, ...] = (
    _character(1, "Emma Weiss", "employee"),
    _character(2, "Jonas Brandt", "employee", "de"),
    _character(3, "Mara Lindt", "manager"),
    _character(4, "Felix Sommer", "finance"),
    _character(5, "Ada Berger", "admin"),
    _character(6, "Sam Porter", "stranger"),
)


def colleagues() -> Iterable[Character]:
    """Everybody but the stranger."""
    return (character for character in CAST if not character.is_stranger)


def with_role(role: Role) -> tuple[Character, ...]:
    """Those with this role, in the order of the cast."""
    return tuple(character for character in CAST if character.role == role)


def reports() -> tuple[Character, ...]:
    """Those who report to the manager."""
    return with_role("employee")


def move_in(telegram: TelegramEmulator, slack: SlackEmulator) -> None:
    """Gives everybody an account on both platforms, and the bot one on Telegram, where there are none yet.

    On Slack the colleagues and the bot are in one channel. The stranger belongs to another Slack team.
    """
    if telegram.state.bots:
        return
    telegram.add_bot(token=TELEGRAM_TOKEN, username=BOT_USERNAME, first_name=BOT_NAME)
    for character in CAST:
        telegram.add_person(
            character.first_name,
            username=character.key,
            language_code=character.language,
            user_id=character.telegram_id,
        )
        slack.add_person(
            character.slack_id,
            character.key,
            character.name,
            team_id=OTHER_TEAM_ID if character.is_stranger else None,
            locale=character.slack_locale,
            is_admin=character.role == "admin",
        )
    slack.add_channel(CHANNEL_NAME, members=[character.slack_id for character in colleagues()])


async def form_group(telegram: TelegramEmulator) -> Chat:
    """The Telegram group of all colleagues and the bot; made when there is none yet."""
    present = telegram_group(telegram)
    if present is not None:
        return present
    founder, *others = colleagues()
    group = telegram.create_group(GROUP_TITLE, creator_id=founder.telegram_id)
    for newcomer_id in (*(other.telegram_id for other in others), the_bot(telegram).id):
        await telegram.person(founder.telegram_id).add_to_group(group.id, newcomer_id)
    return group


def the_bot(telegram: TelegramEmulator) -> BotAccount:
    """The playground's only bot on Telegram."""
    return telegram.state.only_bot()


def telegram_group(telegram: TelegramEmulator) -> Chat | None:
    """The group, once it is made."""
    return next(
        (chat for chat in telegram.state.chats.values() if chat.title == GROUP_TITLE and not chat.migrated_to), None
    )


def slack_channel(slack: SlackEmulator) -> Channel:
    """The channel that `move_in` made."""
    return next(channel for channel in slack.state.channels.values() if channel.name == CHANNEL_NAME)
