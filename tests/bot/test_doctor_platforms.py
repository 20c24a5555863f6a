"""What `expenseflow doctor` hears from the platforms: emulated ones, in each state that it warns of."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.findings import Finding
from bot.playground.slack.emulator import SlackEmulator
from bot.playground.slack.settings import DEFAULT_SCOPES, SlackSettings
from bot.settings import Settings, load_settings
from bot.slack.examination import examine as examine_slack
from bot.slack.manifest import bot_scopes
from bot.telegram.examination import examine as examine_telegram
from core.kernel.clock import SystemClock
from tests.fixtures.clock import FakeClock
from tests.fixtures.slack_emulator import SlackServer, running_slack
from tests.fixtures.telegram_emulator import TOKEN, TelegramServer, running_telegram

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with running_telegram() as server:
        yield server


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with running_slack(SlackEmulator(SlackSettings())) as server:
        yield server


def telegram_settings(server: TelegramServer, folder: Path, **changed: str) -> Settings:
    own = {"EXPENSEFLOW_TELEGRAM_TOKEN": TOKEN, "EXPENSEFLOW_TELEGRAM_API_URL": f"{server.url}/telegram"}
    return load_settings(own | {f"EXPENSEFLOW_{name}": value for name, value in changed.items()}, folder)


def slack_settings(server: SlackServer, folder: Path, **changed: str) -> Settings:
    own = {
        "EXPENSEFLOW_SLACK_BOT_TOKEN": server.settings.bot_token,
        "EXPENSEFLOW_SLACK_APP_TOKEN": server.settings.app_token,
        "EXPENSEFLOW_SLACK_API_URL": server.api_url,
    } | {f"EXPENSEFLOW_{name}": value for name, value in changed.items()}
    return load_settings({name: value for name, value in own.items() if value}, folder)


async def ask_telegram(settings: Settings) -> dict[str, Finding]:
    return {finding.check: finding for finding in await examine_telegram(settings, SystemClock())}


async def ask_slack(settings: Settings) -> dict[str, Finding]:
    return {finding.check: finding for finding in await examine_slack(settings, SystemClock())}


def says(finding: Finding, state: str, found: str, mend: str) -> None:
    assert (finding.state, found in finding.found) == (state, True), finding
    assert mend in str(finding.mend), finding


async def set_webhook(server: TelegramServer, url: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.post(server.method_url("setWebhook"), json={"url": url})
    assert answer.json()["ok"], answer.text


async def test_platforms_as_they_should_be(telegram: TelegramServer, slack: SlackServer, tmp_path: Path) -> None:
    found = await ask_telegram(telegram_settings(telegram, tmp_path))
    assert {finding.state for finding in found.values()} == {"ok"}, found
    assert "@expense_test_bot" in found["telegram-token"].found
    assert "none, as Telegram is polled" in found["telegram-webhook"].found
    found = await ask_slack(slack_settings(slack, tmp_path))
    assert {finding.state for finding in found.values()} == {"ok"}, found
    assert "in Playground (T0PLAYGROUND)" in found["slack-bot-token"].found
    assert f"all {len(bot_scopes())} that the manifest asks for" in found["slack-scopes"].found
    assert "by Socket Mode" in found["slack-transport"].found


async def test_a_platform_that_is_not_set_up_is_not_asked(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)
    assert await ask_telegram(settings) == await ask_slack(settings) == {}


async def test_telegrams_token_is_wrong_or_nobody_answers(telegram: TelegramServer, tmp_path: Path) -> None:
    wrong = "7000000009:AAEAnotherTokenAltogether"
    found = await ask_telegram(telegram_settings(telegram, tmp_path, TELEGRAM_TOKEN=wrong))
    says(found["telegram-token"], "failing", "Telegram knows no bot by this token", "ask @BotFather")
    assert wrong not in str(found)
    assert found["telegram-webhook"].state == found["telegram-privacy"].state == "skipped"
    found = await ask_telegram(telegram_settings(telegram, tmp_path, TELEGRAM_API_URL=NOBODY))
    says(found["telegram-token"], "failing", f"does not answer at {NOBODY}", "look at this machine's network")
    assert TOKEN not in str(found)


async def test_a_webhook_stands_in_the_way_of_polls(telegram: TelegramServer, tmp_path: Path) -> None:
    await set_webhook(telegram, f"{NOBODY}/webhooks/telegram")
    found = (await ask_telegram(telegram_settings(telegram, tmp_path)))["telegram-webhook"]
    says(found, "failing", f"Telegram posts to {NOBODY}/webhooks/telegram", "`expenseflow run` takes the webhook away")


async def test_a_webhook_is_not_set_set_to_another_or_out_of_reach(telegram: TelegramServer, tmp_path: Path) -> None:
    wanted = f"{NOBODY}/webhooks/telegram"
    settings = telegram_settings(telegram, tmp_path, TELEGRAM_WEBHOOK_URL=wanted)
    found = (await ask_telegram(settings))["telegram-webhook"]
    says(
        found,
        "failing",
        "Telegram posts to nobody, and EXPENSEFLOW_TELEGRAM_WEBHOOK_URL is",
        "`expenseflow run` sets it",
    )
    await set_webhook(telegram, f"{NOBODY}/elsewhere")
    found = (await ask_telegram(settings))["telegram-webhook"]
    says(found, "failing", f"Telegram posts to {NOBODY}/elsewhere", "another deployment uses this token")
    await set_webhook(telegram, wanted)
    assert (await ask_telegram(settings))["telegram-webhook"].state == "ok"
    await telegram.anna.start()
    async with asyncio.timeout(10):
        while (found := (await ask_telegram(settings))["telegram-webhook"]).state == "ok":  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # it is Telegram that tries, and nothing tells when
    says(found, "failing", "Telegram could not deliver at", "reaches it from outside")
    assert "1 updates wait" in found.found


async def test_privacy_mode_is_off(telegram: TelegramServer, tmp_path: Path) -> None:
    telegram.account.privacy = False
    found = (await ask_telegram(telegram_settings(telegram, tmp_path)))["telegram-privacy"]
    says(found, "warning", "Telegram sends the bot everything that is said", "@BotFather, /setprivacy, Enable")


async def test_slacks_tokens_are_wrong_or_nobody_answers(slack: SlackServer, tmp_path: Path) -> None:
    found = await ask_slack(slack_settings(slack, tmp_path, SLACK_BOT_TOKEN="xoxb-wrong"))
    says(found["slack-bot-token"], "failing", "Slack refuses EXPENSEFLOW_SLACK_BOT_TOKEN: invalid_auth", "OAuth & Perm")
    assert found["slack-scopes"].state == "skipped"
    assert found["slack-transport"].state == "ok"
    found = await ask_slack(slack_settings(slack, tmp_path, SLACK_APP_TOKEN="xapp-wrong"))
    says(found["slack-transport"], "failing", "refuses EXPENSEFLOW_SLACK_APP_TOKEN: invalid_auth", "connections:write")
    assert found["slack-bot-token"].state == "ok"
    found = await ask_slack(slack_settings(slack, tmp_path, SLACK_API_URL=f"{NOBODY}/api/"))
    says(found["slack-bot-token"], "failing", f"Slack does not answer at {NOBODY}/api/", "network and DNS")
    says(found["slack-transport"], "failing", f"Slack does not answer at {NOBODY}/api/", "network and DNS")


@pytest.mark.parametrize("missing", ["files:write", "users:read"])
async def test_a_scope_of_the_manifest_was_not_given(missing: str, tmp_path: Path) -> None:
    async with running_slack(SlackEmulator(SlackSettings(scopes=DEFAULT_SCOPES - {missing}))) as slack:
        found = (await ask_slack(slack_settings(slack, tmp_path)))["slack-scopes"]
    says(found, "failing", f"the bot token lacks {missing}", "install the app to the workspace again")


async def test_scopes_that_nothing_needs_are_named(tmp_path: Path) -> None:
    async with running_slack(SlackEmulator(SlackSettings(scopes=DEFAULT_SCOPES | {"channels:manage"}))) as slack:
        found = (await ask_slack(slack_settings(slack, tmp_path)))["slack-scopes"]
    assert (found.state, "besides it has channels:manage" in found.found) == ("ok", True)


async def test_the_two_tokens_are_of_different_apps(tmp_path: Path) -> None:
    tokens = SlackSettings(app_token="xapp-1-A0SECOND-1234-abcd")
    async with running_slack(SlackEmulator(tokens)) as slack:
        found = (await ask_slack(slack_settings(slack, tmp_path)))["slack-transport"]
    says(found, "failing", "of the app A0SECOND, the bot token of A0PLAYGROUND", "take both from one app")


async def test_slack_over_http_is_told_as_such(slack: SlackServer, tmp_path: Path) -> None:
    over_http = slack_settings(slack, tmp_path, SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET=slack.settings.signing_secret)
    found = (await ask_slack(over_http))["slack-transport"]
    assert (found.state, "Slack posts to /webhooks/slack" in found.found) == ("ok", True)
    assert slack.settings.signing_secret not in found.found


@pytest.mark.parametrize(("off", "state"), [(timedelta(seconds=30), "warning"), (timedelta(minutes=-10), "failing")])
async def test_a_clock_that_differs_from_the_platforms(
    off: timedelta, state: str, telegram: TelegramServer, slack: SlackServer, tmp_path: Path
) -> None:
    wrong = FakeClock(SystemClock().now() + off)
    found = [
        *await examine_telegram(telegram_settings(telegram, tmp_path), wrong),
        *await examine_slack(slack_settings(slack, tmp_path), wrong),
    ]
    clocks = {finding.check: finding for finding in found if finding.check.endswith("-clock")}
    assert set(clocks) == {"telegram-clock", "slack-clock"}
    for clock in clocks.values():
        says(clock, state, "ahead of" if off > timedelta(0) else "behind", "set the clock by NTP")
