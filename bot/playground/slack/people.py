"""What a person in the emulated Slack can do, and what they see."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from bot.playground.slack.deliveries import Answer
from bot.playground.slack.errors import ControlError
from bot.playground.slack.forms import action_of, chosen_state, find_element, overflow_action, visible_text
from bot.playground.slack.modal import Modal
from bot.playground.slack.state import Channel, User
from bot.playground.slack.views import initial_values
from bot.playground.state import Json

if TYPE_CHECKING:
    from bot.playground.slack.emulator import SlackEmulator

Predicate = Callable[[Json], bool]


class Person:
    """One user in front of a Slack client.

    A channel is named by its id or name, by "dm" for the app's messages, by "@name" for those with another person.

    Every method raises ControlError, with a sentence, for what this person cannot do.
    """

    def __init__(self, slack: "SlackEmulator", user_id: str) -> None:
        self.slack = slack
        self.id = user_id

    @property
    def user(self) -> User:
        return self.slack.state.users[self.id]

    # --- what they see ---

    def channel(self, name: str) -> Channel:
        """A conversation that this person is in."""
        if name in ("dm", "app", self.slack.settings.bot_user_id):
            return self.slack.state.direct_channel(self.id)
        if name.startswith("@"):
            return self._direct_with(name[1:])
        for channel in self.slack.state.channels.values():
            if name == channel.id or (not channel.is_direct and name.removeprefix("#") == channel.name):
                if self.id in channel.members:
                    return channel
                raise ControlError(f"{self.user.name} is not in #{channel.name}.")
        raise ControlError(f"There is no conversation {name}.")

    def _direct_with(self, name: str) -> Channel:
        for user in self.slack.state.users.values():
            if user.name == name and user.id != self.id:
                return self.slack.state.direct_channel(self.id, user.id)
        raise ControlError(f"There is nobody called {name}.")

    def messages(self, channel: str = "dm") -> list[Json]:
        """What this person sees in a conversation, oldest first, their ephemeral messages included."""
        return list(self.slack.state.visible_to(self.id, self.channel(channel)))

    @property
    def modal(self) -> Modal | None:
        """The form on top of the person's stack."""
        stack = self.slack.views.stack(self.id)
        return Modal(self.slack, self.id, stack[-1]) if stack else None

    @property
    def home(self) -> Json | None:
        """The Home tab that the app has published for this person."""
        return self.slack.state.homes.get(self.id)

    def message(self, channel: str, ts: str) -> Json:
        """One message that this person sees."""
        for message in self.messages(channel):
            if message["ts"] == ts:
                return message
        raise ControlError("That message is not there any more.")

    async def wait_for_message(
        self, channel: str, predicate: Predicate | str, *, timeout_s: float = 5.0, after_ts: str = "0.000000"
    ) -> Json:
        """The first message after `after_ts` that fits, there already or still to come, edited into shape or new.

        A string asks for these words among those that a person reads. Raises TimeoutError.
        """
        where = self.channel(channel)
        fits = predicate if callable(predicate) else _says(predicate)

        def look() -> Json | None:
            seen = self.slack.state.visible_to(self.id, where)
            return next((message for message in seen if message["ts"] > after_ts and fits(message)), None)

        what = f"a message to {self.user.name} that fits {predicate!r}"
        return await self.slack.bus.wait_until(look, timeout_s=timeout_s, what=what)

    async def wait_for_modal(self, *, timeout_s: float = 5.0, title: str | None = None) -> Modal:
        """The form that is open, or opens. Raises TimeoutError."""

        def look() -> Modal | None:
            modal = self.modal
            return modal if modal is not None and title in (None, modal.title) else None

        return await self.slack.bus.wait_until(look, timeout_s=timeout_s, what=f"a form for {self.user.name}")

    async def wait_for_home(self, predicate: Predicate | str, *, timeout_s: float = 5.0) -> Json:
        """The Home tab once it fits. Raises TimeoutError."""
        fits = predicate if callable(predicate) else _says(predicate)

        def look() -> Json | None:
            return self.home if self.home is not None and fits(self.home) else None

        return await self.slack.bus.wait_until(look, timeout_s=timeout_s, what=f"the Home tab of {self.user.name}")

    # --- what they write ---

    def send_text(self, channel: str, text: str, *, thread_ts: str | None = None) -> str:
        """Posts a message and returns its ts. `@name` and `<@U…>` become mentions."""
        if not text.strip():
            raise ControlError("There is nothing to send.")
        where = self.channel(channel)
        return str(self.slack.chat.post(where, self._message(where, text, thread_ts))["ts"])

    def send_files(
        self, channel: str, files: Sequence[tuple[str, bytes]], *, text: str = "", thread_ts: str | None = None
    ) -> str:
        """Posts files, each a name and its content, in one message. Returns its ts."""
        if not files:
            raise ControlError("There is nothing to send.")
        where = self.channel(channel)
        stored = [self.add_file(name, content) for name, content in files]
        message = self._message(where, text, thread_ts)
        if not text:
            del message["blocks"]
        shown = [self.slack.state.files[file_id] for file_id in stored]
        return str(self.slack.chat.post(where, self.slack.chat.file_message(message, shown))["ts"])

    def add_file(self, name: str, content: bytes) -> str:
        """Uploads a file without posting it, for a form's file input. Returns its id."""
        return self.slack.files.add(name, user=self.id, size_bytes=len(content), content=content).id

    def _message(self, channel: Channel, text: str, thread_ts: str | None) -> Json:
        if thread_ts is not None and channel.find(thread_ts) is None:
            raise ControlError("The message to reply to is not there any more.")
        return self.slack.chat.person_message(channel, self.id, text, thread_ts=thread_ts)

    def edit_text(self, channel: str, ts: str, text: str) -> None:
        where = self.channel(channel)
        self.slack.chat.edit_by_person(where, self._own(where, ts), text)

    def delete_message(self, channel: str, ts: str) -> None:
        where = self.channel(channel)
        self.slack.chat.delete(where, self._own(where, ts))

    def _own(self, channel: Channel, ts: str) -> Json:
        message = channel.find(ts)
        if message is None:
            raise ControlError("That message is not there any more.")
        if message["user"] != self.id:
            raise ControlError("Only one's own messages can be changed.")
        return message

    def join(self, channel: str) -> None:
        """Joins a public channel."""
        for where in self.slack.state.channels.values():
            if where.kind == "channel" and channel.removeprefix("#") in (where.id, where.name):
                self.slack.add_member(where, self.id, inviter=None)
                return
        raise ControlError(f"There is no public channel {channel}.")

    # --- what they press ---

    async def command(self, command: str, text: str = "", channel: str = "dm") -> Answer:
        """A slash command, such as "/expense". Raises ControlError for one that no app offers."""
        if command not in self.slack.settings.commands:
            raise ControlError(f"{command} is not a valid command.")
        return await self.slack.interactions.command(self.id, self.channel(channel), command, text)

    async def tap(self, channel: str, ts: str, what: str) -> Answer:
        """Presses a button, named by its action_id, label or value."""
        where, message = self.channel(channel), self.message(channel, ts)
        block, element = find_element(message.get("blocks") or [], what)
        if element["type"] != "button":
            raise ControlError(f"“{what}” is a {element['type']}, not a button.")
        return await self._act(where, message, action_of(block, element, state=None, action_ts=self.slack.now_ts()))

    async def choose(self, channel: str, ts: str, what: str, option: Any) -> Answer:
        """Chooses in a menu, a date picker and so on; an option is named by its text or value."""
        where, message = self.channel(channel), self.message(channel, ts)
        block, element = find_element(message.get("blocks") or [], what)
        if element["type"] == "overflow":
            action = overflow_action(block, element, option, action_ts=self.slack.now_ts())
            return await self._act(where, message, action)
        state = chosen_state(self.slack.chat, element, option)
        values = self._values(where, message)
        values[block["block_id"]][element["action_id"]] = state
        return await self._act(where, message, action_of(block, element, state=state, action_ts=self.slack.now_ts()))

    def _values(self, channel: Channel, message: Json) -> dict[str, dict[str, Json]]:
        """What this person has chosen in a message so far."""
        key = (self.id, channel.id, message["ts"])
        fresh = initial_values(message.get("blocks") or [])
        kept = self.slack.chosen.setdefault(key, fresh)
        for block_id, actions in fresh.items():
            for action_id, state in actions.items():
                kept.setdefault(block_id, {}).setdefault(action_id, state)
        return kept

    async def _act(self, channel: Channel, message: Json, action: Json) -> Answer:
        values = self._values(channel, message)
        return await self.slack.interactions.action_in_message(self.id, channel, message, action, values)

    async def shortcut(self, callback_id: str, *, channel: str | None = None, ts: str | None = None) -> Answer:
        """A global shortcut, or with a message one of the message's menu."""
        if channel is None or ts is None:
            return await self.slack.interactions.global_shortcut(self.id, callback_id)
        where, message = self.channel(channel), self.message(channel, ts)
        return await self.slack.interactions.message_shortcut(self.id, callback_id, where, message)

    def open_home(self) -> None:
        """Looks at the app's Home tab."""
        self.slack.feed.home_opened(self.id, self.slack.state.direct_channel(self.id), self.home)

    async def tap_home(self, what: str, option: Any = None) -> Answer:
        """Presses a button on the Home tab, or chooses an option there."""
        if self.home is None:
            raise ControlError("The app has published no Home tab yet.")
        block, element = find_element(self.home["blocks"], what)
        now = self.slack.now_ts()
        if element["type"] == "overflow":
            action = overflow_action(block, element, option, action_ts=now)
        elif element["type"] == "button":
            action = action_of(block, element, state=None, action_ts=now)
        else:
            state = chosen_state(self.slack.chat, element, option)
            self.home["state"]["values"][block["block_id"]][element["action_id"]] = state
            action = action_of(block, element, state=state, action_ts=now)
        return await self.slack.interactions.action_in_view(self.id, self.home, action, home=True)


def _says(words: str) -> Predicate:
    return lambda shown: words in visible_text(shown)
