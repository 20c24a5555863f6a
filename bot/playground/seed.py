"""Gets everybody in as a customer would: by an admin code, invitations and links in the chat, and forms.

Nothing here knows the bot from inside. It reads what the bot answers, as a person does. What does not wait for one
another happens at the same time.
"""

import asyncio
import re
from collections.abc import Awaitable, Sequence

from bot.playground.links import link_code
from bot.playground.people import CAST, Character, Role, form_group, reports, with_role
from bot.playground.slack.deliveries import Answer, Outcome
from bot.playground.slack.emulator import SlackEmulator
from bot.playground.slack.errors import ControlError
from bot.playground.slack.forms import visible_text
from bot.playground.slack.people import Person as SlackPerson
from bot.playground.slack.people import Predicate
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
            await self._fill(admin_code)
        except TimeoutError as error:
            raise SetUpError(f"The bot did not answer in time while everybody was let in: {error}.") from error
        except (ControlError, PersonError) as error:
            raise SetUpError(f"Not everybody could be let in. {error}") from error

    async def _fill(self, admin_code: str) -> None:
        admin, newcomers = self._admin, [each for each in CAST if each.role in ("employee", "manager", "finance")]
        self._tell("Waiting for the bot to start…")
        await self._start(admin, admin_code, timeout_s=BOT_START_S_MAX)
        self._tell(f"{admin.first_name} invites the others and connects the Slack team…")
        on_slack = [admin, *(each for each in newcomers if not each.has_linked_accounts)]
        roles = [each.role for each in (*newcomers, *on_slack)]
        codes = await self._invite(roles)
        await self._slack.wait_connected(timeout_s=self._answer_s_max)
        await _together(
            self._command(admin, f"start {codes[len(newcomers)]}"),
            *(self._start(each, code) for each, code in zip(newcomers, codes, strict=False)),
        )
        self._tell("Everybody links their accounts on Telegram and Slack…")
        await _together(
            self._link(admin),
            *(self._link(each) for each in newcomers if each.has_linked_accounts),
            *(
                self._command(each, f"start {code}")
                for each, code in zip(on_slack[1:], codes[len(newcomers) + 1 :], strict=True)
            ),
        )
        for manager in with_role("manager"):
            names = " and ".join(each.first_name for each in reports())
            self._tell(f"{admin.first_name} makes {manager.first_name} the manager of {names}…")
            await _together(self._set_managers(manager), form_group(self._telegram))

    def _tell(self, sentence: str) -> None:
        self._status.set_up_is("running", sentence)

    async def _start(self, character: Character, code: str, *, timeout_s: float | None = None) -> None:
        """Follows a link to the bot, presses Start, and waits for the bot's answer."""
        person = self._telegram.person(character.telegram_id)
        sent = await person.start(code)
        await person.wait_for_message(after=sent.id, timeout_s=timeout_s or self._answer_s_max)

    async def _invite(self, roles: Sequence[Role]) -> list[str]:
        """The codes that the bot makes for the admin, who asks for all of them at once and is answered in order.

        A bot may send an answer twice, so that codes are counted and not messages.
        """
        person = self._telegram.person(self._admin.telegram_id)
        sent = [await person.send_text(f"/invite {role}") for role in roles]

        def codes() -> list[str]:
            said = [message for message in person.messages() if message.id > sent[0].id and message.from_bot]
            return list(dict.fromkeys(code for message in said if (code := _code_in(message)) is not None))

        try:
            await person.wait_for_message(
                lambda _: len(codes()) >= len(roles), after=sent[0].id, timeout_s=self._answer_s_max
            )
        except TimeoutError as error:
            said = dict.fromkeys(
                message.text for message in person.messages() if message.id > sent[0].id and message.from_bot
            )
            unanswered = roles[min(len(codes()), len(roles) - 1)]
            raise SetUpError(f"The bot answered “/invite {unanswered}” without a link: “{' '.join(said)}”.") from error
        return codes()

    async def _link(self, character: Character) -> None:
        """Asks for a code on Telegram and sends it on Slack: both accounts are one member then."""
        person = self._telegram.person(character.telegram_id)
        sent = await person.send_text("/link")
        answer = await person.wait_for_message(
            lambda message: link_code(message.text) is not None, after=sent.id, timeout_s=self._answer_s_max
        )
        await self._command(character, f"link {link_code(answer.text)}")
        await person.wait_for_message(after=answer.id, timeout_s=self._answer_s_max)

    async def _set_managers(self, manager: Character) -> None:
        """The admin opens the list of members, and each one's form."""
        person = self._slack.person(self._admin.slack_id)
        answer = await person.command(SLACK_COMMAND, "members", channel="dm")
        self._must_be_taken(answer, "members")
        for character in reports():
            name = character.first_name
            await self._tap(person, name, _offering(name))
            await self._tap(person, "Edit", _card_of(name))
            form = await person.wait_for_modal(timeout_s=self._answer_s_max)
            await form.fill({"Manager": manager.first_name})
            sent = await form.submit()
            if sent.is_open:
                raise SetUpError(f"{name} could not be given a manager: {sent.notice or sent.errors}.")

    async def _tap(self, person: SlackPerson, label: str, where: Predicate) -> None:
        """Presses a button in the latest message that fits, once it is there."""
        await person.wait_for_message("dm", where, timeout_s=self._answer_s_max)
        message = [message for message in person.messages("dm") if where(message)][-1]
        self._must_be_taken(await person.tap("dm", message["ts"], label), label)

    async def _command(self, character: Character, words: str) -> None:
        """Types a slash command into the chat with the bot, and waits for what the bot says there."""
        person = self._slack.person(character.slack_id)
        seen = [message["ts"] for message in person.messages("dm")]
        answer = await person.command(SLACK_COMMAND, words, channel="dm")
        self._must_be_taken(answer, f"{SLACK_COMMAND} {words.split(maxsplit=1)[0]}")
        await person.wait_for_message(
            "dm",
            lambda message: message["ts"] not in seen and _is_from_bot(self._slack.state, message),
            timeout_s=self._answer_s_max,
        )

    @staticmethod
    def _must_be_taken(answer: Answer, words: str) -> None:
        if answer.outcome is not Outcome.ACKNOWLEDGED:
            raise SetUpError(f"The bot did not take “{words}” on Slack.")


async def _together(*steps: Awaitable[object]) -> None:
    """Does all of this at the same time. Raises what the first failing one raises, when nothing runs any more."""
    for outcome in await asyncio.gather(*steps, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


def _code_in(message: MessageView) -> str | None:
    """The code of a link to the bot, in the text, behind it, or in a button."""
    links = [message.text, *(entity.get("url", "") for entity in message.entities)]
    links += [button.url or "" for row in message.buttons for button in row]
    found = _CODE.search("\n".join(links))
    return found.group(1) if found else None


def _is_from_bot(state: SlackState, message: Json) -> bool:
    return bool(message.get("user") == state.settings.bot_user_id)


def _labels(message: Json) -> list[str]:
    return [
        str(element.get("text", {}).get("text", ""))
        for block in message.get("blocks") or []
        for element in block.get("elements", [])
        if element["type"] == "button"
    ]


def _offering(label: str) -> Predicate:
    """What has a button of this label."""
    return lambda message: label in _labels(message)


def _card_of(name: str) -> Predicate:
    """A member's card, whose buttons change them."""
    return lambda message: "Edit" in _labels(message) and visible_text(message).startswith(name)
