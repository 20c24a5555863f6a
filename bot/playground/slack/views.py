"""Forms and Home tabs: trigger ids, each person's stack of modals, and the state of their inputs.

Source: https://docs.slack.dev/surfaces/modals and https://docs.slack.dev/interactivity/handling-user-interaction.
"""

import secrets
import zlib
from dataclasses import dataclass, field
from typing import Any

from bot.playground.slack import limits
from bot.playground.slack.blocks import check_view, elements_of, is_too_large
from bot.playground.slack.chat import Chat
from bot.playground.slack.errors import SlackError, refuse
from bot.playground.slack.settings import SlackSettings
from bot.playground.slack.state import SlackState
from bot.playground.state import Bus, Fault, Json, Misbehaviour

REMEMBERED_S = 600.0
"""How long an expired trigger is known as such."""


@dataclass(slots=True, kw_only=True)
class Trigger:
    """The right to open one form for one person, for a short time."""

    user: str
    valid_until: float
    from_view: str | None = None
    from_submission: bool = False
    is_used: bool = False


@dataclass(slots=True, kw_only=True)
class OpenView:
    """A modal as a person sees it: the app's view, what was typed, and what was refused."""

    view: Json
    values: dict[str, dict[str, Json]]
    errors: dict[str, str] = field(default_factory=dict)
    """What is written under an input, by its block_id."""
    notice: str | None = None
    """What Slack itself says at the top, such as that the app did not answer."""

    @property
    def id(self) -> str:
        return str(self.view["id"])

    def with_state(self) -> Json:
        """The view as an interaction carries it."""
        return self.view | {"state": {"values": self.values}}


_STATE_FIELD = {
    "checkboxes": ("selected_options", "initial_options"),
    "datepicker": ("selected_date", "initial_date"),
    "file_input": ("files", None),
    "multi_static_select": ("selected_options", "initial_options"),
    "number_input": ("value", "initial_value"),
    "plain_text_input": ("value", "initial_value"),
    "radio_buttons": ("selected_option", "initial_option"),
    "static_select": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
}
_LISTS = frozenset({"selected_options", "files"})


def state_field(kind: str) -> str | None:
    """Under which name an element of this kind keeps its value; None for one that has no value, such as a button."""
    fields = _STATE_FIELD.get(kind)
    return fields[0] if fields else None


def initial_values(blocks: list[Json]) -> dict[str, dict[str, Json]]:
    """The state of all inputs before anybody touched them."""
    values: dict[str, dict[str, Json]] = {}
    for block in blocks:
        for element in elements_of(block):
            fields = _STATE_FIELD.get(element["type"])
            if fields is not None:
                name, initial = fields
                start: Any = element.get(initial) if initial is not None else None
                if start is None and name in _LISTS:
                    start = []
                state = {"type": element["type"], name: start}
                values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return values


class Views:
    """All that is open, for everybody."""

    def __init__(
        self, settings: SlackSettings, state: SlackState, chat: Chat, bus: Bus, misbehaviour: Misbehaviour
    ) -> None:
        self.settings = settings
        self.state = state
        self.chat = chat
        self.bus = bus
        self.misbehaviour = misbehaviour
        self.stacks: dict[str, list[OpenView]] = {}
        self._triggers: dict[str, Trigger] = {}

    # --- triggers ---

    def new_trigger(self, user_id: str, *, from_view: str | None = None, from_submission: bool = False) -> str:
        number = self.state.next_number()
        trigger_id = f"{number:013d}.{zlib.crc32(self.settings.team_id.encode())}.{secrets.token_hex(16)}"
        now = self.state.clock()
        valid_until = now + self.settings.trigger_life_s
        # A trigger that expired long ago may be forgotten; a younger one must still be told from one that never was.
        self._triggers = {key: each for key, each in self._triggers.items() if each.valid_until > now - REMEMBERED_S}
        self._triggers[trigger_id] = Trigger(
            user=user_id, valid_until=valid_until, from_view=from_view, from_submission=from_submission
        )
        return trigger_id

    def expire_triggers(self) -> None:
        """Every trigger that was handed out is too old from now on."""
        for trigger in self._triggers.values():
            trigger.valid_until = min(trigger.valid_until, self.state.clock() - 0.001)

    def exchange(self, trigger_id: Any, method: str) -> Trigger:
        """Takes a trigger, once. Raises SlackError as this method (views.open, views.push) does."""
        trigger = self._triggers.get(trigger_id) if isinstance(trigger_id, str) else None
        if trigger is None:
            raise SlackError(
                "invalid_arguments",
                response_metadata={"messages": ["[ERROR] invalid `trigger_id` [json-pointer:/trigger_id]"]},
            )
        if trigger.is_used:
            raise SlackError("exchanged_trigger_id")
        forced = self.misbehaviour.take(method, frozenset({Fault.EXPIRED_TRIGGER}))
        if forced is not None or trigger.valid_until < self.state.clock():
            raise SlackError("expired_trigger_id")
        trigger.is_used = True
        return trigger

    # --- modals ---

    def stack(self, user_id: str) -> list[OpenView]:
        """This person's open forms, the one on top last."""
        return self.stacks.setdefault(user_id, [])

    def find(self, view_id: str | None, external_id: str | None = None) -> tuple[str, OpenView]:
        """The person and the open form. Raises SlackError not_found."""
        for user_id, stack in self.stacks.items():
            for open_view in stack:
                if view_id is not None and open_view.id == view_id:
                    return user_id, open_view
                if external_id and open_view.view["external_id"] == external_id:
                    return user_id, open_view
        raise SlackError("not_found")

    def check(self, view: Any, *, code: str = "invalid_arguments", replaces: OpenView | None = None) -> None:
        """Raises SlackError for a modal that Slack would not take."""
        if is_too_large(view):
            raise SlackError("view_too_large")
        refuse(code, check_view(view, surface="modal"))
        external_id = view.get("external_id")
        for stack in self.stacks.values():
            for other in stack:
                if external_id and other is not replaces and other.view["external_id"] == external_id:
                    raise SlackError("duplicate_external_id")

    def open(self, trigger_id: Any, view: Any) -> Json:
        """A new stack with this form. Whatever the person had open gives way.

        With the trigger of a submission Slack answers ok, and most clients show nothing: a submission is answered by
        its acknowledgement. Source: https://github.com/slackapi/bolt-js/issues/1072.
        """
        self.check(view)
        trigger = self.exchange(trigger_id, "views.open")
        if trigger.from_submission:
            return self._unseen(view)
        self.stacks[trigger.user] = []
        return self.put_on_top(trigger.user, view)

    def push(self, trigger_id: Any, view: Any) -> Json:
        """A form on top of the one from which the trigger came."""
        self.check(view)
        trigger = self.exchange(trigger_id, "views.push")
        if not self.stack(trigger.user) or trigger.from_view is None:
            raise SlackError("not_found")
        return self.put_on_top(trigger.user, view)

    def put_on_top(self, user_id: str, view: Json) -> Json:
        stack = self.stack(user_id)
        if len(stack) >= limits.VIEWS_PER_STACK_MAX:
            raise SlackError("push_limit_reached")
        view_id = self.state.next_id("V")
        blocks = self.chat.named_blocks(view["blocks"])
        shape = self._shape(view, blocks, view_id=view_id, root=stack[0].id if stack else view_id)
        shape["previous_view_id"] = stack[-1].id if stack else None
        stack.append(OpenView(view=shape, values=initial_values(blocks)))
        self.bus.changed("slack", None, "modal", user=user_id, view=view_id)
        return stack[-1].with_state()

    def _unseen(self, view: Json) -> Json:
        """The answer for a form that nobody will see."""
        view_id = self.state.next_id("V")
        blocks = self.chat.named_blocks(view["blocks"])
        return self._shape(view, blocks, view_id=view_id, root=view_id) | {"state": {"values": initial_values(blocks)}}

    def update(self, open_view: OpenView, user_id: str, view: Json) -> Json:
        """Replaces a form's content. An input that keeps its block_id and action_id keeps what was typed."""
        blocks = self.chat.named_blocks(view["blocks"])
        values = initial_values(blocks)
        for block_id, actions in values.items():
            for action_id, fresh in actions.items():
                typed = open_view.values.get(block_id, {}).get(action_id)
                if typed is not None and typed["type"] == fresh["type"]:
                    actions[action_id] = typed
        shape = self._shape(view, blocks, view_id=open_view.id, root=open_view.view["root_view_id"])
        shape["previous_view_id"] = open_view.view["previous_view_id"]
        open_view.view, open_view.values, open_view.errors, open_view.notice = shape, values, {}, None
        self.bus.changed("slack", None, "modal", user=user_id, view=open_view.id)
        return open_view.with_state()

    def close_top(self, user_id: str) -> None:
        self.stack(user_id).pop()
        self.bus.changed("slack", None, "modal", user=user_id, view=None)

    def close_all(self, user_id: str) -> None:
        self.stacks[user_id] = []
        self.bus.changed("slack", None, "modal", user=user_id, view=None)

    # --- Home tabs ---

    def publish(self, user_id: str, view: Any, *, expected_hash: str | None) -> Json:
        """Shows this view on a person's Home tab."""
        if is_too_large(view):
            raise SlackError("view_too_large")
        refuse("invalid_arguments", check_view(view, surface="home"))
        current = self.state.homes.get(user_id)
        if expected_hash and current is not None and current["hash"] != expected_hash:
            raise SlackError("hash_conflict")
        view_id = current["id"] if current is not None else self.state.next_id("V")
        blocks = self.chat.named_blocks(view["blocks"])
        shape = self._shape(view, blocks, view_id=view_id, root=view_id)
        shape["state"] = {"values": initial_values(blocks)}
        self.state.homes[user_id] = shape
        self.bus.changed("slack", None, "home", user=user_id)
        return shape

    def _shape(self, view: Json, blocks: list[Json], *, view_id: str, root: str) -> Json:
        """The view object. Source: https://docs.slack.dev/reference/views."""
        return {
            "id": view_id,
            "team_id": self.settings.team_id,
            "type": view["type"],
            "blocks": blocks,
            "private_metadata": view.get("private_metadata") or "",
            "callback_id": view.get("callback_id") or "",
            "hash": f"{int(self.state.clock())}.{secrets.token_hex(4)}",
            "title": view.get("title"),
            "clear_on_close": bool(view.get("clear_on_close")),
            "notify_on_close": bool(view.get("notify_on_close")),
            "close": view.get("close"),
            "submit": view.get("submit"),
            "previous_view_id": None,
            "root_view_id": root,
            "app_id": self.settings.app_id,
            "external_id": view.get("external_id") or "",
            "app_installed_team_id": self.settings.team_id,
            "bot_id": self.settings.bot_id,
        }
