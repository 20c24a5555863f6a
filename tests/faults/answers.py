"""What the bot said, counted from the emulators' log of calls, which outlives the bot."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from bot.playground.slack.forms import visible_text
from bot.playground.wire import WireEntry, WireLog

SENDS = {"telegram": "sendMessage", "slack": "chat.postMessage"}
FIRST_CALL = {"telegram": "getMe", "slack": "auth.test"}
"""What each life of the bot begins with."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """One message that the bot sent, in one of its lives."""

    life: int
    chat: str
    words: str


def said_by(wire: WireLog, platform: str) -> list[Said]:
    """Return every message that the platform took.

    What a killed bot has sent may still lie in a socket when it is dead: its next life begins with its first call.
    """
    births = [entry.sequence for entry in wire.entries(direction="bot-to-server", name=FIRST_CALL[platform])]
    entries = wire.entries(direction="bot-to-server", name=SENDS[platform])
    return [
        Said(life=sum(birth < entry.sequence for birth in births), chat=_chat(entry), words=_words(entry))
        for entry in entries
        if entry.status == 200 and entry.answer.get("ok")
    ]


def _chat(entry: WireEntry) -> str:
    return str(entry.request.get("chat_id") or entry.request.get("channel"))


def _words(entry: WireEntry) -> str:
    return str(entry.request["text"]) if entry.platform == "telegram" else visible_text(entry.request)


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """The same words a second time in a chat: before and after the end of `life`."""

    chat: str
    words: str
    life: int


def repeats_of(said: list[Said]) -> list[Repeat]:
    """Return what was said again, having asserted that nothing but a kill repeats: only what a life said last in a chat
    is said again, first thing in a later one.
    """
    chats: dict[str, list[Said]] = defaultdict(list)
    for each in said:
        chats[each.chat].append(each)
    found = []
    for chat, spoken in chats.items():
        for before, after in pairwise(spoken):
            if before.words == after.words:
                assert before.life < after.life, f"said twice in one life: {after.words}"
                found.append(Repeat(chat=chat, words=after.words, life=before.life))
        words = [each.words for each in spoken]
        assert len(set(words)) == len(words) - sum(repeat.chat == chat for repeat in found), "said again, out of order"
    return found
