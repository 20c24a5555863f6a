"""Gets everybody in as a customer would: by an admin code, invitations in the chat, and links that people follow.

Nothing here knows the bot from inside. It reads what the bot answers, as a person does.
"""

import re

from bot.playground.people import CAST, Character, Role, form_group, with_role
from bot.playground.slack.emulator import SlackEmulator
from bot.playground.slack.errors import ControlError
from bot.playground.slack.socket import Outcome
from bot.playground.slack.state import SlackState
from bot.playground.state import Json
from bot.playground.status import Status
from bot.playground.telegram.emulator import TelegramEmulator
from bot.playground.telegram.errors import PersonError
from bot.playground.telegram.views import MessageView

BOT_START_S_MAX = 60.0
"""How long the bot may take for its first answer: it starts while we wait."""
ANSWER_S_MAX = 20.0
SLACK_COMMAND = "/expense"
_CODE = re.compile(r"[?&]start=([A-Za-z0-9_-]+)")


class SetUpError(Exception):
    """The bot did not do its part. The message is a sentence for the page and the terminal."""


class Seeding:
    """One walk through the set-up. Everybody ends up with an open private chat on both platforms."""

    def __init__(
        self, telegram: TelegramEmulator, slack: SlackEmulator, status: Status, *, answer_s_max: float = ANSWER_S_MAX
    ) -> None:
        self._telegram = telegram
        self._slack = slack
        self._status = status
        self._answer_s_max = answer_s_max
        (self._admin,) = with_role("admin")

    async def run(self, admin_code: str) -> None:
        """Raises SetUpError."""
        try:
            await self._fill_telegram(admin_code)
            await self._fill_slack()
            await form_group(self._telegram)
        except TimeoutError as error:
            raise SetUpError(f"The bot did not answer in time while everybody was let in: {error}.") from error
        except (ControlError, PersonError) as error:
            raise SetUpError(f"Not everybody could be let in. {error}") from error

    async def _fill_telegram(self, admin_code: str) -> None:
        self._status.set_up_is("running", "Waiting for the bot to start…")
        await self._start(self._admin, admin_code, timeout_s=BOT_START_S_MAX)
        for character in CAST:
            if character.role in ("employee", "manager", "finance"):
                self._status.set_up_is("running", f"{character.first_name} follows an invitation on Telegram…")
                await self._start(character, await self._invite(character.role))

    async def _fill_slack(self) -> None:
        self._status.set_up_is("running", f"{self._admin.first_name} connects the Slack team…")
        await self._slack.wait_connected(timeout_s=self._answer_s_max)
        await self._redeem(self._admin, await self._invite("admin"))
        for role in ("manager", "finance"):
            for character in with_role(role):
                self._status.set_up_is("running", f"{character.first_name} redeems a code on Slack…")
                await self._redeem(character, await self._invite(role))
        for character in with_role("employee"):
            # People of the team are let in by themselves when they first write.
            self._status.set_up_is("running", f"{character.first_name} writes on Slack for the first time…")
            await self._command(character, "help")

    async def _start(self, character: Character, code: str, *, timeout_s: float | None = None) -> None:
        """Follows a link to the bot, presses Start, and waits for the bot's answer."""
        person = self._telegram.person(character.telegram_id)
        sent = await person.start(code)
        await person.wait_for_message(after=sent.id, timeout_s=timeout_s or self._answer_s_max)

    async def _invite(self, role: Role) -> str:
        """The code that the bot makes for the admin.

        A bot may send an answer twice, so that what comes next need not be the answer: it is the message with a link.
        """
        person = self._telegram.person(self._admin.telegram_id)
        sent = await person.send_text(f"/invite {role}")
        try:
            answer = await person.wait_for_message(
                lambda message: _code_in(message) is not None, after=sent.id, timeout_s=self._answer_s_max
            )
        except TimeoutError as error:
            said = [message.text for message in person.messages() if message.id > sent.id and message.from_bot]
            raise SetUpError(f"The bot answered “/invite {role}” without a link: “{' '.join(said)}”.") from error
        return _code_in(answer) or ""

    async def _redeem(self, character: Character, code: str) -> None:
        await self._command(character, f"start {code}")

    async def _command(self, character: Character, words: str) -> None:
        """Types a slash command into the chat with the bot, and waits for what the bot says there."""
        person = self._slack.person(character.slack_id)
        seen = [message["ts"] for message in person.messages("dm")]
        answer = await person.command(SLACK_COMMAND, words, channel="dm")
        if answer.outcome is not Outcome.ACKNOWLEDGED:
            raise SetUpError(
                f"The bot did not take “{SLACK_COMMAND} {words.split(maxsplit=1)[0]}” of {character.first_name}."
            )
        await person.wait_for_message(
            "dm",
            lambda message: message["ts"] not in seen and _is_from_bot(self._slack.state, message),
            timeout_s=self._answer_s_max,
        )


def _code_in(message: MessageView) -> str | None:
    """The code of a link to the bot, in the text, behind it, or in a button."""
    links = [message.text, *(entity.get("url", "") for entity in message.entities)]
    links += [button.url or "" for row in message.buttons for button in row]
    found = _CODE.search("\n".join(links))
    return found.group(1) if found else None


def _is_from_bot(state: SlackState, message: Json) -> bool:
    return bool(message.get("user") == state.settings.bot_user_id)
