"""The Bot API methods that are served, by name. `coverage.py` says which test shows each."""

from bot.playground.telegram import methods_chats, methods_files, methods_messages, methods_profile, methods_webhook
from bot.playground.telegram.calls import Handler

METHODS: dict[str, Handler] = {
    **methods_chats.METHODS,
    **methods_files.METHODS,
    **methods_messages.METHODS,
    **methods_profile.METHODS,
    **methods_webhook.METHODS,
}
"""Those that answer at once, from the state."""

SERVED = frozenset(METHODS) | {"getUpdates"}
"""All; getUpdates waits, and stands in `updates.py`."""

NOT_EMULATED = frozenset(
    {
        "business_connection_id",
        "certificate",
        "direct_messages_topic_id",
        "ephemeral_message_parameters",
        "inline_message_id",
        "ip_address",
        "message_effect_id",
        "receiver_user_id",
        "suggested_post_parameters",
    }
)
"""Parameters of served methods that have no effect here; a call that gives one is answered 501."""
