"""The queue of updates under faults: whatever happens, a bot that confirms what it has got gets everything."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.state import Fault, Misbehaviour, Rule
from bot.playground.telegram.state import BotAccount
from bot.playground.telegram.updates import ConnectionCut, UpdateQueues
from tests.fixtures.telegram_emulator import SettableClock, TelegramServer

RULES = st.lists(
    st.builds(
        Rule,
        fault=st.sampled_from([Fault.DUPLICATE, Fault.REORDER, Fault.DROP_THEN_REPEAT]),
        remaining=st.integers(1, 6),
        copies=st.integers(2, 5),
        seed=st.integers(0, 1000),
    ),
    max_size=5,
)


class PollingBot:
    """Polls as python-telegram-bot does: the last update of an answer decides the next offset."""

    def __init__(self, queues: UpdateQueues, limit: int) -> None:
        self.queues = queues
        self.limit = limit
        self.account = BotAccount(token="1:A", id=1, username="bot", first_name="Bot")
        self.offset = 0
        self.sent: list[int] = []
        self.seen: list[int] = []

    def send(self, count: int) -> None:
        for _ in range(count):
            update = self.queues.push(self.account, "message", {})
            assert update is not None
            self.sent.append(update["update_id"])

    async def poll(self) -> None:
        try:
            answer = await self.queues.get(self.account, {"offset": self.offset, "limit": self.limit})
        except ConnectionCut:
            return
        self.seen.extend(update["update_id"] for update in answer)
        self.offset = answer[-1]["update_id"] + 1 if answer else self.offset

    async def live_through(self, bursts: list[int]) -> None:
        for burst in bursts:
            self.send(burst)
            await self.poll()
        for _ in range(1000):
            if self.queues.anything(self.account):
                await self.poll()


@given(rules=RULES, bursts=st.lists(st.integers(0, 12), min_size=1, max_size=6), limit=st.integers(1, 20))
def test_nothing_is_lost_and_first_deliveries_keep_their_order_unless_reordered(
    rules: list[Rule], bursts: list[int], limit: int
) -> None:
    misbehaviour = Misbehaviour()
    for rule in rules:
        misbehaviour.add(rule)
    bot = PollingBot(UpdateQueues(clock=SettableClock(), misbehaviour=misbehaviour, on_change=lambda: None), limit)
    asyncio.run(bot.live_through(bursts))
    assert set(bot.seen) == set(bot.sent)
    assert bot.account.pending == []
    if not any(rule.fault == Fault.REORDER for rule in rules):
        assert sorted(set(bot.seen), key=bot.seen.index) == bot.sent
    if all(rule.fault == Fault.DROP_THEN_REPEAT for rule in rules):
        assert bot.seen == bot.sent


async def test_idle_means_confirmed_answered_and_quiet(telegram_server: TelegramServer) -> None:
    telegram, anna = telegram_server.telegram, telegram_server.anna
    await telegram.wait_idle(quiet_s=0.01, timeout_s=1)
    await anna.start()
    with pytest.raises(TimeoutError):
        await telegram.wait_idle(quiet_s=0.01, timeout_s=0.1)
    bot = await telegram_server.ptb()
    idle = asyncio.create_task(telegram.wait_idle(quiet_s=0.2, timeout_s=5))
    await telegram_server.next_updates(bot)
    await bot.send_message(1001, "hello")
    assert not idle.done()
    await idle


async def test_a_second_registration_of_a_bot_keeps_what_waits_for_it(telegram_server: TelegramServer) -> None:
    await telegram_server.anna.start()
    account = telegram_server.account
    again = telegram_server.telegram.add_bot(token=account.token, username="renamed_bot")
    assert again is account
    assert (len(again.pending), again.username) == (1, "renamed_bot")
