"""Events API: which event the app gets for what happens, and in which shape.

Source: https://docs.slack.dev/reference/events and https://docs.slack.dev/apis/events-api#event-type-structure.
"""

import copy

from bot.playground.slack.deliveries import Deliveries
from bot.playground.slack.settings import SlackSettings
from bot.playground.slack.state import Channel, SlackState
from bot.playground.state import Json

_CHANNEL_TYPES = {"channel": "channel", "group": "group", "im": "im"}
_SUBSCRIPTIONS = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}


class EventFeed:
    """Turns changes into events for the app, as far as it is subscribed to them and a member of the channel."""

    def __init__(self, settings: SlackSettings, state: SlackState, deliveries: Deliveries) -> None:
        self.settings = settings
        self.state = state
        self.deliveries = deliveries

    def message_posted(self, channel: Channel, message: Json) -> None:
        """A new message; one that mentions the app in a channel arrives a second time, as `app_mention`."""
        self._message(channel, {**message, "event_ts": message["ts"]})
        self._mention(channel, message)

    def message_changed(self, channel: Channel, message: Json, previous: Json) -> None:
        """An edit. With a mention in it, `app_mention` comes again, marked by `edited` alone.

        Source of the latter: https://github.com/PostHog/posthog/pull/59517 and https://github.com/slackapi/bolt-js/issues/960.
        """
        ts = self.state.next_ts(channel)
        self._message(
            channel,
            {
                "type": "message",
                "subtype": "message_changed",
                "message": message,
                "previous_message": previous,
                "hidden": True,
                "ts": ts,
                "event_ts": ts,
            },
        )
        self._mention(channel, message)

    def message_deleted(self, channel: Channel, previous: Json) -> None:
        ts = self.state.next_ts(channel)
        self._message(
            channel,
            {
                "type": "message",
                "subtype": "message_deleted",
                "previous_message": previous,
                "deleted_ts": previous["ts"],
                "hidden": True,
                "ts": ts,
                "event_ts": ts,
            },
        )

    def home_opened(self, user_id: str, channel: Channel, view: Json | None) -> None:
        if not self.settings.is_subscribed("app_home_opened"):
            return
        event: Json = {
            "type": "app_home_opened",
            "user": user_id,
            "channel": channel.id,
            "tab": "home",
            "event_ts": self._now_ts(),
        }
        if view is not None:
            event["view"] = view
        self._send("app_home_opened", event, channel=channel)

    def member_joined(self, channel: Channel, user_id: str, *, inviter: str | None) -> None:
        if not self.settings.is_subscribed("member_joined_channel") or not self._bot_is_in(channel):
            return
        event: Json = {
            "type": "member_joined_channel",
            "user": user_id,
            "channel": channel.id,
            "channel_type": "G" if channel.kind == "group" else "C",
            "team": self.state.users[user_id].team_id,
            "event_ts": self._now_ts(),
        }
        if inviter is not None:
            event["inviter"] = inviter
        self._send("member_joined_channel", event, channel=channel)

    def _message(self, channel: Channel, event: Json) -> None:
        if self._bot_is_in(channel) and self.settings.is_subscribed(_SUBSCRIPTIONS[channel.kind]):
            place = {"channel": channel.id, "channel_type": _CHANNEL_TYPES[channel.kind]}
            self._send("message", {**event, **place}, channel=channel)

    def _mention(self, channel: Channel, message: Json) -> None:
        if f"<@{self.settings.bot_user_id}>" not in message["text"] or "bot_id" in message:
            return
        if channel.is_direct or not self._bot_is_in(channel) or not self.settings.is_subscribed("app_mention"):
            return
        event = {key: value for key, value in message.items() if key != "subtype"}
        event |= {"type": "app_mention", "channel": channel.id, "event_ts": message["ts"]}
        self._send("app_mention", event, channel=channel)

    def _bot_is_in(self, channel: Channel) -> bool:
        return self.settings.bot_user_id in channel.members

    def _now_ts(self) -> str:
        return f"{self.state.clock():.6f}"

    def _send(self, name: str, event: Json, *, channel: Channel) -> None:
        is_shared = any(self.state.users[member].team_id != self.settings.team_id for member in channel.members)
        payload: Json = {
            "token": self.settings.verification_token,
            "team_id": self.settings.team_id,
            "context_team_id": self.settings.team_id,
            "context_enterprise_id": None,
            "api_app_id": self.settings.app_id,
            # A copy: a retry must show what happened, not what became of the message since.
            "event": copy.deepcopy(event),
            "type": "event_callback",
            "event_id": self.state.next_id("Ev"),
            "event_time": int(self.state.clock()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": self.settings.team_id,
                    "user_id": self.settings.bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": is_shared,
            "event_context": f"4-{name}-{self.settings.team_id}-{self.settings.app_id}-{channel.id}",
        }
        self.deliveries.deliver_event(name, payload, chat=channel.id)
