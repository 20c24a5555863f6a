"""Where to answer in a channel that the bot is no member of: the addresses that came with people's taps and commands."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bot.slack.limits import RESPONSE_URL_LIFE_S, RESPONSE_URL_USES_MAX

KEPT_MAX = 1_000


@dataclass(slots=True)
class _Address:
    url: str
    until_s: float
    uses_left: int


class ResponseUrls:
    """The latest address of each person in each channel, in memory: after a restart such an answer goes to the DM."""

    def __init__(self, now_s: Callable[[], float], kept_max: int = KEPT_MAX) -> None:
        """Take a clock that only measures, such as the event loop's."""
        self._now_s = now_s
        self._kept_max = kept_max
        self._addresses: OrderedDict[tuple[str, str], _Address] = OrderedDict()

    def remember(self, channel: str, user: str, url: str) -> None:
        """Keep an address for as long as Slack does; the oldest gives way when there are too many."""
        self._addresses.pop((channel, user), None)
        self._addresses[channel, user] = _Address(url, self._now_s() + RESPONSE_URL_LIFE_S, RESPONSE_URL_USES_MAX)
        if len(self._addresses) > self._kept_max:
            self._addresses.popitem(last=False)

    def take(self, channel: str, user: str) -> str | None:
        """Return the address for one more answer, or None."""
        address = self._addresses.get((channel, user))
        if address is None or address.uses_left == 0 or address.until_s <= self._now_s():
            return None
        address.uses_left -= 1
        return address.url
