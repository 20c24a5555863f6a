"""What `expenseflow doctor` asks Telegram: the token, how updates come, what the bot hears in groups, the time."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from telegram import Bot, User, WebhookInfo
from telegram.request import HTTPXRequest

from bot.findings import Finding, clock_finding, failing, ok, skipped, warning
from bot.platform import LockedOut, PlatformError
from bot.settings import Settings, variable_of
from bot.telegram.client import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, WRITE_TIMEOUT_S, platform_errors
from core.kernel.clock import Clock

TOKEN, WEBHOOK, PRIVACY, CLOCK = "telegram-token", "telegram-webhook", "telegram-privacy", "telegram-clock"
ERROR_REMEMBERED = timedelta(hours=1)
"""How long Telegram's last failure to deliver counts when nothing waits any more."""


async def examine(settings: Settings, clock: Clock) -> list[Finding]:
    """Make the checks. Nothing is changed at Telegram, and a bot that polls is not disturbed."""
    if settings.telegram_token is None:
        return []
    asked = _Asked(clock)
    request = HTTPXRequest(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        write_timeout=WRITE_TIMEOUT_S,
        httpx_kwargs={"event_hooks": {"response": [asked.note]}},
    )
    bot = Bot(settings.telegram_token.get_secret_value(), f"{settings.telegram_api_url}/bot", request=request)
    try:
        with platform_errors():
            me, webhook = await bot.get_me(), await bot.get_webhook_info()
    except PlatformError as error:
        return [_no_answer(settings, error), *(skipped(check, "needs the token") for check in (WEBHOOK, PRIVACY))]
    finally:
        await request.shutdown()
    found = [
        ok(TOKEN, f"it is @{me.username}'s (id {me.id})"),
        _webhook(settings.telegram_webhook_url, webhook, clock.now()),
        _privacy(me),
    ]
    if asked.ahead_s is not None:
        found.append(clock_finding(CLOCK, "Telegram's", asked.ahead_s))
    return found


class _Asked:
    """Notes by how much this machine's clock is ahead of the one that answers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ahead_s: float | None = None

    async def note(self, response: Any) -> None:
        """Look at an answer's head; httpx calls it."""
        if "Date" in response.headers:
            there = parsedate_to_datetime(response.headers["Date"])
            # A date in HTTP is cut to whole seconds: on average it is half of one behind.
            self.ahead_s = (self._clock.now() - there.astimezone(UTC)).total_seconds() - 0.5


def _no_answer(settings: Settings, error: PlatformError) -> Finding:
    if isinstance(error, LockedOut):
        return failing(
            TOKEN,
            "Telegram knows no bot by this token",
            f"ask @BotFather for it (/mybots, API Token), and set {variable_of('telegram_token')};"
            f" {variable_of('telegram_api_url')} is {settings.telegram_api_url}",
        )
    return failing(
        TOKEN,
        f"Telegram does not answer at {settings.telegram_api_url}: {error}",
        f"look at this machine's network, DNS and proxy (HTTPS_PROXY), and at {variable_of('telegram_api_url')}",
    )


def _webhook(wanted: str | None, webhook: WebhookInfo, now: datetime) -> Finding:
    waiting = f"{webhook.pending_update_count} updates wait"
    if wanted is None:
        if not webhook.url:
            return ok(WEBHOOK, f"none, as Telegram is polled; {waiting}")
        return failing(
            WEBHOOK,
            f"Telegram posts to {webhook.url}, and this deployment polls: polls are refused meanwhile",
            f"`expenseflow run` takes the webhook away when it starts; if it comes back, another deployment uses this"
            f" token. To be posted to, set {variable_of('telegram_webhook_url')}",
        )
    if webhook.url != wanted:
        return failing(
            WEBHOOK,
            f"Telegram posts to {webhook.url or 'nobody'}, and {variable_of('telegram_webhook_url')} is {wanted}",
            "`expenseflow run` sets it when it starts; if it changes again, another deployment uses this token",
        )
    error_at = webhook.last_error_date
    if error_at is not None and (webhook.pending_update_count or now - error_at < ERROR_REMEMBERED):
        report = failing if webhook.pending_update_count else warning
        return report(
            WEBHOOK,
            f"Telegram could not deliver at {error_at:%Y-%m-%d %H:%M} UTC: {webhook.last_error_message}; {waiting}",
            f"look whether the bot runs, and whether {wanted} reaches it from outside: DNS, certificate, the proxy's route"
            f" to {variable_of('http_port')}",
        )
    return ok(WEBHOOK, f"{wanted}; {waiting}")


def _privacy(me: User) -> Finding:
    if not me.can_read_all_group_messages:
        joins = "it can be added to groups" if me.can_join_groups else "it cannot be added to groups"
        return ok(PRIVACY, f"in groups the bot is sent what is meant for it; {joins}")
    return warning(
        PRIVACY,
        "privacy mode is off: in groups Telegram sends the bot everything that is said",
        "it answers only when it is addressed, so that it needs no more: @BotFather, /setprivacy, Enable; then remove the bot"
        " from its groups and add it again",
    )
