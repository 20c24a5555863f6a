"""setWebhook, deleteWebhook and getWebhookInfo: how a bot is told of updates."""

import re

from bot.playground.state import Json
from bot.playground.telegram import limits
from bot.playground.telegram.calls import Call, Handler
from bot.playground.telegram.errors import bad_request
from bot.playground.telegram.webhooks import is_loopback

_SECRET_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{1,{limits.SECRET_TOKEN_CHARACTERS_MAX}}}", re.ASCII)


def _set_webhook(call: Call) -> bool:
    """Takes any port, and http, as a Bot API server of one's own does (--local); but no other machine."""
    url = call.given["url"]
    if not url:
        return _delete_webhook(call)
    if not url.startswith(("https://", "http://")):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not is_loopback(url):
        raise bad_request("bad webhook: this emulator delivers to webhooks on this machine alone")
    secret_token = call.given.get("secret_token", "")
    if secret_token and not _SECRET_TOKEN.fullmatch(secret_token):
        raise bad_request("secret token contains unallowed characters")
    if "allowed_updates" in call.given:
        call.bot.allowed_updates = call.given["allowed_updates"]
    if call.given.get("drop_pending_updates"):
        _drop(call)
    call.emulator.updates.end_poll(call.bot, "terminated by setWebhook request")
    asked = call.given.get("max_connections", limits.WEBHOOK_CONNECTIONS_DEFAULT)
    call.emulator.webhooks.set(call.bot, url, secret_token, min(max(asked, 1), limits.WEBHOOK_CONNECTIONS_MAX))
    call.emulator.changed(None, "webhook", bot_id=call.bot.id)
    return True


def _delete_webhook(call: Call) -> bool:
    if call.given.get("drop_pending_updates"):
        _drop(call)
    call.emulator.webhooks.remove(call.bot)
    call.emulator.changed(None, "webhook", bot_id=call.bot.id)
    return True


def _drop(call: Call) -> None:
    call.bot.pending.clear()
    call.bot.queued_at.clear()


def _get_webhook_info(call: Call) -> Json:
    bot = call.bot
    info: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": len(bot.pending)}
    info |= {name: value for name, value in bot.webhook.items() if name != "secret_token"}
    return info | ({"allowed_updates": bot.allowed_updates} if bot.allowed_updates else {})


METHODS: dict[str, Handler] = {
    "setWebhook": _set_webhook,
    "deleteWebhook": _delete_webhook,
    "getWebhookInfo": _get_webhook_info,
}
