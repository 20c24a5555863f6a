"""Commands, taps, submitted and closed forms, shortcuts: what the app is asked, and what its answer does.

Source: https://docs.slack.dev/reference/interaction-payloads and https://docs.slack.dev/interactivity.
"""

import copy
from typing import Any, Literal

from bot.playground.slack.chat import Chat, escape
from bot.playground.slack.deliveries import Answer, Deliveries, Outcome
from bot.playground.slack.errors import SlackError
from bot.playground.slack.responses import ResponseUrl, ResponseUrls
from bot.playground.slack.settings import SlackSettings
from bot.playground.slack.state import Channel, SlackState
from bot.playground.slack.views import OpenView, Views
from bot.playground.state import Json

InteractionKind = Literal["block_actions", "message_action", "shortcut", "view_closed", "view_submission"]
"""The interactions that the emulator sends. The real Slack knows more, such as block_suggestion."""

TROUBLE = "We had some trouble connecting. Try again?"
"""What a form says when the app's answer is missing or makes no sense."""


class Interactions:
    """Builds each payload, waits for the acknowledgement, and shows the person what follows from it."""

    def __init__(
        self,
        settings: SlackSettings,
        state: SlackState,
        deliveries: Deliveries,
        chat: Chat,
        views: Views,
        urls: ResponseUrls,
    ) -> None:
        self.settings = settings
        self.state = state
        self.deliveries = deliveries
        self.chat = chat
        self.views = views
        self.urls = urls

    # --- commands ---

    async def command(self, user_id: str, channel: Channel, command: str, text: str) -> Answer:
        """A slash command. Without an answer in time, Slackbot tells the person, and nothing is repeated."""
        user = self.state.users[user_id]
        response_url = self.urls.create(channel=channel.id, user=user_id)
        payload: Json = {
            "token": self.settings.verification_token,
            "team_id": self.settings.team_id,
            "team_domain": self.settings.team_domain,
            "channel_id": channel.id,
            "channel_name": _payload_name(channel),
            "user_id": user_id,
            "user_name": user.name,
            "command": command,
            "text": self._command_text(text),
            "api_app_id": self.settings.app_id,
            "is_enterprise_install": "false",
            "response_url": response_url,
            "trigger_id": self.views.new_trigger(user_id),
        }
        answer = await self.deliveries.ask("slash_commands", command, payload, chat=channel.id)
        if answer.outcome is not Outcome.ACKNOWLEDGED:
            self.chat.tell(channel, user_id, f"{command} failed with the error “{_shown(answer.outcome)}”")
        elif answer.payload:
            target = ResponseUrl(channel=channel.id, user=user_id, message_ts=None, valid_until=0.0)
            try:
                self.urls.show(target, answer.payload)
            except SlackError as error:
                self.chat.tell(channel, user_id, f"{command} failed with the error “{error.code}”")
        return answer

    def _command_text(self, text: str) -> str:
        """Source: https://docs.slack.dev/interactivity/implementing-slash-commands#escaping."""
        if not self.settings.commands_are_escaped:
            return text
        people = {user.name: f"<@{user.id}|{user.name}>" for user in self.state.users.values()}
        channels = {each.name: f"<#{each.id}|{each.name}>" for each in self.state.channels.values()}
        words = [
            people.get(word[1:], word)
            if word.startswith("@")
            else channels.get(word[1:], word)
            if word.startswith("#")
            else escape(word)
            for word in text.split(" ")
        ]
        return " ".join(words)

    # --- taps ---

    async def action_in_message(
        self, user_id: str, channel: Channel, message: Json, action: Json, values: Json
    ) -> Answer:
        """A tap or a choice in a message. Without an answer, the person sees a warning beside it."""
        is_ephemeral = bool(message.get("is_ephemeral"))
        payload = self._base("block_actions", user_id) | {
            "container": {
                "type": "message",
                "message_ts": message["ts"],
                "channel_id": channel.id,
                "is_ephemeral": is_ephemeral,
            },
            "trigger_id": self.views.new_trigger(user_id),
            "channel": {"id": channel.id, "name": _payload_name(channel)},
            "state": {"values": values},
            "response_url": self.urls.create(channel=channel.id, user=user_id, message_ts=message["ts"]),
            "actions": [action],
        }
        if "thread_ts" in message:
            payload["container"]["thread_ts"] = message["thread_ts"]
        # Of an ephemeral message the app gets the place alone: Slack keeps no copy that it could send.
        if not is_ephemeral:
            payload["message"] = copy.deepcopy(message)
        answer = await self.deliveries.ask("interactive", "block_actions", payload, chat=channel.id)
        if answer.outcome is not Outcome.ACKNOWLEDGED:
            self.chat.bus.changed("slack", channel.id, "warning", ts=message["ts"], user=user_id)
        return answer

    async def action_in_view(self, user_id: str, view: Json, action: Json, *, home: bool = False) -> Answer:
        """A tap or a choice in a form or on the Home tab."""
        payload = self._base("block_actions", user_id) | {
            "container": {"type": "view", "view_id": view["id"]},
            "trigger_id": self.views.new_trigger(user_id, from_view=None if home else view["id"]),
            "view": copy.deepcopy(view),
            "actions": [action],
        }
        return await self.deliveries.ask("interactive", "block_actions", payload, chat=None)

    # --- forms ---

    async def submit(self, user_id: str, open_view: OpenView) -> Answer:
        """Sends a form in, and does what the app's answer says."""
        payload = self._base("view_submission", user_id) | {
            "trigger_id": self.views.new_trigger(user_id, from_view=open_view.id, from_submission=True),
            "view": copy.deepcopy(open_view.with_state()),
            "response_urls": [],
        }
        open_view.errors, open_view.notice = {}, None
        answer = await self.deliveries.ask("interactive", "view_submission", payload, chat=None)
        if answer.outcome is not Outcome.ACKNOWLEDGED:
            open_view.notice = TROUBLE
        else:
            try:
                self._respond(user_id, open_view, answer.payload or {})
            except SlackError as error:
                open_view.notice = TROUBLE
                answer = Answer(outcome=answer.outcome, payload=error.answer())
        self.chat.bus.changed("slack", None, "modal", user=user_id, view=open_view.id)
        return answer

    def _respond(self, user_id: str, open_view: OpenView, answer: Json) -> None:
        """Carries out a response_action. Raises SlackError for one that Slack would not take."""
        stack = self.views.stack(user_id)
        match answer.get("response_action"):
            case None:
                # The app may have closed or replaced the form by another way meanwhile.
                if stack and stack[-1] is open_view:
                    self.views.close_top(user_id)
            case "clear":
                self.views.close_all(user_id)
            case "errors":
                open_view.errors = _field_errors(open_view.view, answer.get("errors"))
            case "update":
                self.views.check(answer.get("view"), replaces=open_view)
                self.views.update(open_view, user_id, answer["view"])
            case "push":
                self.views.check(answer.get("view"))
                self.views.put_on_top(user_id, answer["view"])
            case unknown:
                raise SlackError("invalid_response_action", response_action=unknown)

    async def close(self, user_id: str, open_view: OpenView, *, is_cleared: bool) -> Answer | None:
        """Tells the app that a form was closed, if it asked to be told (`notify_on_close`)."""
        if not open_view.view["notify_on_close"]:
            return None
        payload = self._base("view_closed", user_id) | {
            "view": copy.deepcopy(open_view.with_state()),
            "is_cleared": is_cleared,
        }
        return await self.deliveries.ask("interactive", "view_closed", payload, chat=None)

    # --- shortcuts ---

    async def global_shortcut(self, user_id: str, callback_id: str) -> Answer:
        payload = self._base("shortcut", user_id) | {
            "callback_id": callback_id,
            "trigger_id": self.views.new_trigger(user_id),
            "action_ts": self._now_ts(),
        }
        return await self.deliveries.ask("interactive", "shortcut", payload, chat=None)

    async def message_shortcut(self, user_id: str, callback_id: str, channel: Channel, message: Json) -> Answer:
        payload = self._base("message_action", user_id) | {
            "callback_id": callback_id,
            "trigger_id": self.views.new_trigger(user_id),
            "action_ts": self._now_ts(),
            "message_ts": message["ts"],
            "channel": {"id": channel.id, "name": _payload_name(channel)},
            "message": copy.deepcopy(message),
            "response_url": self.urls.create(channel=channel.id, user=user_id, message_ts=message["ts"]),
        }
        return await self.deliveries.ask("interactive", "message_action", payload, chat=channel.id)

    def _base(self, kind: InteractionKind, user_id: str) -> Json:
        user = self.state.users[user_id]
        return {
            "type": kind,
            "token": self.settings.verification_token,
            "api_app_id": self.settings.app_id,
            "team": {"id": self.settings.team_id, "domain": self.settings.team_domain},
            "user": {"id": user_id, "username": user.name, "name": user.name, "team_id": user.team_id},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _now_ts(self) -> str:
        return f"{self.state.clock():.6f}"


def _field_errors(view: Json, errors: Any) -> dict[str, str]:
    """The app's field errors. Slack shows none of them when one names no input block of the form."""
    inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    valid = isinstance(errors, dict) and errors and set(errors) <= inputs
    if not valid or not all(isinstance(text, str) and text for text in errors.values()):
        raise SlackError("invalid_errors", errors=errors)
    return dict(errors)


def _payload_name(channel: Channel) -> str:
    return {"im": "directmessage", "group": "privategroup"}.get(channel.kind, channel.name)


def _shown(outcome: Outcome) -> str:
    """The word in Slackbot's sentence. A lost connection looks like silence to the person."""
    return Outcome.TIMED_OUT.value if outcome is Outcome.CONNECTION_LOST else outcome.value
