"""What the emulated Slack refuses of too many calls, where it is told to."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from slack_sdk.errors import SlackApiError

from bot.playground.slack.emulator import SlackEmulator
from bot.playground.slack.rate_limits import CALLS_PER_MINUTE, POSTS_BURST_MAX, TIERS, WITHOUT_TIER
from bot.playground.slack.scopes import METHOD_RULES
from tests.fixtures.slack_emulator import QUICK, SlackServer, running_slack


class Seconds:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def strict(seconds: Seconds) -> AsyncIterator[SlackServer]:
    slack = SlackEmulator(replace(QUICK, enforces_rate_limits=True), clock=seconds)
    for name in ("ann", "ben"):
        slack.add_person(f"U{name.upper()}", name, name.title())
    async with running_slack(slack) as server:
        yield server


async def refused(server: SlackServer, method: str, **arguments: str) -> int:
    """Call once too often; return for how long Slack does not want to hear of it."""
    with pytest.raises(SlackApiError) as error:
        await server.client().api_call(method, json=arguments)
    assert (error.value.response.status_code, error.value.response["error"]) == (429, "ratelimited")
    return int(error.value.response.headers["Retry-After"])


async def test_a_tier_is_so_many_calls_a_minute_of_each_method(strict: SlackServer, seconds: Seconds) -> None:
    client = strict.client()
    posted = [await client.chat_postMessage(channel=user, text="x") for user in ("UANN", "UBEN")]
    for number in range(CALLS_PER_MINUTE[TIERS["chat.update"]]):
        await client.chat_update(channel=posted[number % 2]["channel"], ts=posted[number % 2]["ts"], text=f"{number}")
    seconds.now += 12.5
    assert await refused(strict, "chat.update", channel=posted[0]["channel"], ts=posted[0]["ts"], text="y") == 48
    await client.users_info(user="UANN")
    seconds.now += 47.5
    await client.chat_update(channel=posted[0]["channel"], ts=posted[0]["ts"], text="z")


async def test_messages_come_one_a_second_in_a_channel_after_a_short_burst(
    strict: SlackServer, seconds: Seconds
) -> None:
    client = strict.client()
    for _ in range(POSTS_BURST_MAX):
        await client.chat_postMessage(channel="UANN", text="x")
    assert await refused(strict, "chat.postMessage", channel="UANN", text="x") == 1
    await client.chat_postMessage(channel="UBEN", text="x")
    seconds.now += 1
    await client.chat_postMessage(channel="UANN", text="x")
    assert await refused(strict, "chat.postMessage", channel="UANN", text="x") == 1


def test_every_method_has_its_tier() -> None:
    assert sorted([*TIERS, *WITHOUT_TIER]) == sorted(METHOD_RULES)
