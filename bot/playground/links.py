"""Whether the accounts of one person are linked, by what the bot has said to them: nothing else here knows it.

A code was handed out in one chat, as words to send in the other; afterwards the bot spoke of it in both at once.
"""

import re
from collections.abc import Sequence

_CODE = re.compile(r"\blink ([A-Z0-9]{8,})\b")
"""What the bot says to send: its command and the code are the same words in every language."""

TOGETHER_S = 30.0
"""How far apart the two messages about one linking may be: a busy bot sends the second one later."""

Said = tuple[float, str]
"""One message of the bot: when, in seconds since the Unix epoch, and its words."""


def link_code(words: str) -> str | None:
    """Return the code that a message asks to send on the other platform."""
    found = _CODE.search(words)
    return found.group(1) if found else None


def are_linked(on_telegram: Sequence[Said], on_slack: Sequence[Said]) -> bool:
    """Tell it from what the bot has said in one person's private chats, each oldest first."""
    return _joined(on_telegram, on_slack, "Slack") or _joined(on_slack, on_telegram, "Telegram")


def _joined(asked: Sequence[Said], redeemed: Sequence[Said], other: str) -> bool:
    """Tell whether a code of the one chat was redeemed in the `other`: both are told, and each is told of the other."""
    codes = [at for at, words in asked if link_code(words)]
    if not codes:
        return False
    told = [at for at, words in asked if at >= codes[0] and other in words and not link_code(words)]
    confirmed = [at for at, words in redeemed if "Telegram" in words and "Slack" in words and not link_code(words)]
    return any(abs(one - another) <= TOGETHER_S for one in told for another in confirmed)
