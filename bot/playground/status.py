"""How the bot behind the page is, how far the set-up has come, and what the page orders: the playground's own state."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Literal

from bot.playground.state import Bus, Json

BotState = Literal["unknown", "starting", "running", "restarting", "stopping", "stopped"]
SetUpState = Literal["none", "running", "done", "failed"]
SNAPSHOT_VERSION = 1


class Order(StrEnum):
    """What a person at the page may do to the bot."""

    STOP = "stop"
    """Ask it to end, as an operator does."""
    KILL = "kill"
    """End it at once, as a failing machine does. It is started again by itself."""
    START = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class BotStatus:
    """`unknown`: nobody supervises a bot here, so that there is nothing to stop or start."""

    state: BotState = "unknown"
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpStatus:
    """How far everybody has come in. `sentence` is shown on the page."""

    state: SetUpState = "none"
    sentence: str = ""


class Status:
    """Tells the page each change through the bus, as the platform "playground"."""

    def __init__(self, bus: Bus) -> None:
        self.bot = BotStatus()
        self.set_up = SetUpStatus()
        self.give_order: Callable[[Order], None] | None = None
        """Hands an order to whoever supervises the bot; None while nobody does."""
        self._bus = bus

    def bot_is(self, state: BotState, sentence: str = "") -> None:
        self.bot = BotStatus(state=state, sentence=sentence)
        self._bus.changed("playground", None, "bot", **asdict(self.bot))

    def set_up_is(self, state: SetUpState, sentence: str = "") -> None:
        self.set_up = SetUpStatus(state=state, sentence=sentence)
        self._bus.changed("playground", None, "set-up", **asdict(self.set_up))

    def snapshot(self) -> Json:
        """Only that everybody is in outlives the program; the bot's state does not."""
        return {"version": SNAPSHOT_VERSION, "set_up_done": self.set_up.state == "done"}

    def restore(self, snapshot: Json) -> None:
        """Raises ValueError for a snapshot of an unknown version."""
        if snapshot.get("version") != SNAPSHOT_VERSION:
            raise ValueError(f"a snapshot of the playground of version {snapshot.get('version')} cannot be read")
        self.set_up = SetUpStatus(state="done" if snapshot["set_up_done"] else "none")
