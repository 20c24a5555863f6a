"""A delivery of a platform -> the inbox, committed -> acknowledged; then to the dispatcher, in order per conversation."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Protocol

from handlers.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a platform delivered, before anybody has looked into it.

    `event_key`: unique per installation, the same for every repetition of the same event (design, section 3, item 1).
    `conversation`: what keeps its order: the platform's channel id, or "@" and the user's id where there is no channel.
    `payload`: JSON as it came, at most PAYLOAD_BYTES_MAX long; `Platform.parse` reads it later.
    """

    event_key: str
    conversation: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A delivery that is committed. `new` is False for a repetition; `outcome` waits until it has been handled."""

    inbox_id: str
    new: bool
    outcome: Awaitable[Outcome]


class IntakeUnavailable(Exception):  # noqa: N818 - the word that the health page uses
    """The inbox cannot commit (disk full, database away): do not acknowledge; the platform delivers again."""


class Accepts(Protocol):
    """What a driver is given to hand its deliveries to."""

    async def accept(self, installation_id: str, delivery: Delivery) -> Accepted:
        """Commit the delivery, or raise IntakeUnavailable. Returns after the commit, before it is handled."""
        ...
