"""What a message is about and whom it is for: the small values that core and the edges share."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Subject:
    """What a card displays: a kind that the registry knows ("expense") and an id."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Private:
    """The private chat of an account with the bot; the account's id is ours."""

    account_id: str


@dataclass(frozen=True, slots=True)
class Chat:
    """A group or channel; `only_for_account_id` asks for a message that only this account sees, and that may vanish."""

    installation_id: str
    channel: str
    thread: str | None = None
    only_for_account_id: str | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """The bot's own page for an account, on platforms that have one; elsewhere nothing is shown."""

    account_id: str


Recipient = Private | Chat | Home


@dataclass(frozen=True, slots=True)
class Notice:
    """What core tells people: a kind that the registry knows, a subject, and arguments for the sentence."""

    kind: str
    subject: Subject | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
