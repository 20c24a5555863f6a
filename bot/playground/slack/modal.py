"""A form as the person in front of it uses it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.playground.slack.deliveries import Answer
from bot.playground.slack.errors import ControlError
from bot.playground.slack.forms import (
    action_of,
    chosen_state,
    find_element,
    overflow_action,
    refused_by_client,
    visible_text,
)
from bot.playground.slack.views import OpenView, state_field
from bot.playground.state import Json

if TYPE_CHECKING:
    from bot.playground.slack.emulator import SlackEmulator


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What a person sees after pressing the form's button."""

    errors: dict[str, str]
    """A sentence under an input, by its block_id: from Slack's client or from the app."""
    notice: str | None
    """Slack's own sentence when the app did not answer well."""
    is_open: bool
    """Whether this form is still there."""
    answer: Answer | None
    """What came back from the app; None when Slack's client held the form back."""


class Modal:
    """One open form of one person. Inputs are named by block_id, action_id or label."""

    def __init__(self, slack: "SlackEmulator", user_id: str, open_view: OpenView) -> None:
        self.slack = slack
        self.user_id = user_id
        self.open_view = open_view

    @property
    def id(self) -> str:
        return self.open_view.id

    @property
    def view(self) -> Json:
        """The view as the app gave it, with ids filled in."""
        return self.open_view.view

    @property
    def title(self) -> str:
        return str(self.view["title"]["text"])

    @property
    def text(self) -> str:
        """All words of the form."""
        return visible_text(self.view)

    @property
    def errors(self) -> dict[str, str]:
        return self.open_view.errors

    @property
    def notice(self) -> str | None:
        return self.open_view.notice

    @property
    def is_open(self) -> bool:
        return self.open_view in self.slack.views.stack(self.user_id)

    def value(self, name: str) -> Any:
        """What an input holds now: a string, a list, an option's value, or None."""
        block, element = find_element(self.view["blocks"], name)
        field = state_field(element["type"])
        if field is None:
            raise ControlError(f"A {element['type']} holds no value.")
        held = self.open_view.values[block["block_id"]][element["action_id"]][field]
        return held["value"] if isinstance(held, dict) else held

    async def fill(self, answers: Mapping[str, Any]) -> None:
        """Types and chooses. An input with `dispatch_action` tells the app at once, as Slack's does.

        Raises ControlError for an input that is not there or an option that is not offered.
        """
        self._must_be_on_top()
        for name, given in answers.items():
            block, element = find_element(self.view["blocks"], name)
            state = chosen_state(self.slack.chat, element, given)
            self.open_view.values[block["block_id"]][element["action_id"]] = state
            self.slack.bus.changed("slack", None, "modal", user=self.user_id, view=self.id)
            if block["type"] != "input" or block.get("dispatch_action"):
                await self._act(action_of(block, element, state=state, action_ts=self.slack.now_ts()))

    async def tap(self, name: str) -> Answer:
        """Presses a button inside the form. Raises ControlError when there is none."""
        self._must_be_on_top()
        block, element = find_element(self.view["blocks"], name)
        if element["type"] != "button":
            raise ControlError(f"“{name}” is a {element['type']}, not a button.")
        return await self._act(action_of(block, element, state=None, action_ts=self.slack.now_ts()))

    async def choose(self, name: str, option: Any) -> None:
        """Chooses in a menu; an overflow menu tells the app and keeps nothing."""
        block, element = find_element(self.view["blocks"], name)
        if element["type"] == "overflow":
            self._must_be_on_top()
            await self._act(overflow_action(block, element, option, action_ts=self.slack.now_ts()))
        else:
            await self.fill({name: option})

    async def _act(self, action: Json) -> Answer:
        return await self.slack.interactions.action_in_view(self.user_id, self.open_view.with_state(), action)

    async def submit(self) -> Submitted:
        """Presses the form's button. What Slack's own client refuses never reaches the app."""
        self._must_be_on_top()
        if self.view["submit"] is None:
            raise ControlError("This form has no button to send it.")
        answer = None
        self.open_view.errors = refused_by_client(self.view["blocks"], self.open_view.values)
        if not self.open_view.errors:
            answer = await self.slack.interactions.submit(self.user_id, self.open_view)
        self.slack.bus.changed("slack", None, "modal", user=self.user_id, view=self.id)
        return Submitted(errors=dict(self.errors), notice=self.notice, is_open=self.is_open, answer=answer)

    async def close(self) -> None:
        """Presses Cancel: this form goes, the one below it is back."""
        self._must_be_on_top()
        if self.view["clear_on_close"]:
            await self.close_all()
            return
        self.slack.views.close_top(self.user_id)
        await self.slack.interactions.close(self.user_id, self.open_view, is_cleared=False)

    async def close_all(self) -> None:
        """Presses the cross: the whole stack goes."""
        stack = list(self.slack.views.stack(self.user_id))
        self.slack.views.close_all(self.user_id)
        for open_view in reversed(stack):
            await self.slack.interactions.close(self.user_id, open_view, is_cleared=True)

    def _must_be_on_top(self) -> None:
        stack = self.slack.views.stack(self.user_id)
        if not stack or stack[-1] is not self.open_view:
            raise ControlError("This form is not open any more.")
