"""Every action by everybody: who may not is refused with a sentence, changes nothing, and stands in the audit.

Who may stands in the table by hand, and not in what the registry says. About 350 events, 12 s.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from core.identity.rules import Account
from core.store.database import Database
from handlers.events import Event, FilesReceived, FormSubmitted, HomeOpened, IncomingFile, ShortcutInvoked, TextReceived
from tests.fixtures.people import Builder
from tests.hostile.estate import NEEDLE, Estate, build
from tests.hostile.ground import Fired, Ground
from tests.hostile.table import BUTTONS, COMMANDS, EVERYBODY, FORMS, SHORTCUTS, Case

REFUSED = "Your role does not allow this"
HELLO, TOAST = "I don’t know you yet", "for members"
ROLES = ("Eve", "Mara", "Finn", "Ada")
"""An employee, a manager, finance and an admin, none of whom owns what is fired at."""
NEEDS_NOTHING = frozenset({"settings", "workspace"})
"""Commands that no permission stands behind: who is no member is greeted, and tried nothing."""

Fire = Callable[[Event], Awaitable[Fired]]


@pytest.fixture
async def estate(sqlite_database: Database, tmp_path: Path) -> Estate:
    return await build(Ground(database=sqlite_database, folder=tmp_path), Builder(sqlite_database))


def tap(estate: Estate, account: Account, action: str, case: Case) -> Event:
    """Return a tap on what the action is about: Emma's."""
    thing_id, version = estate.first(case.about) if case.about is not None else ("", 0)
    choice = estate.zebra_id if action == "workspace.choose" else case.choice
    return estate.ground.tap(account, action, subject_id=thing_id, version=version, choice=choice)


def events(estate: Estate, account: Account) -> list[tuple[str, Event, Case]]:
    """Return every button, command and shortcut as an account fires it."""
    fired: list[tuple[str, Event, Case]] = [
        (f"button:{action}", tap(estate, account, action, case), case) for action, case in BUTTONS.items()
    ]
    fired += [(f"command:{name}", estate.ground.command(account, name), case) for name, case in COMMANDS.items()]
    for name, case in SHORTCUTS.items():
        source = estate.ground.source(account)
        fired.append((f"shortcut:{name}", ShortcutInvoked(source=source, name=name, text="taxi 5 eur"), case))
    return fired


@pytest.mark.parametrize("name", ROLES)
async def test_an_action_is_done_for_who_may_and_for_nobody_else(estate: Estate, name: str) -> None:
    by, before = estate.people[name], await estate.state()
    mine = events(estate, by.account)
    for operation, event, case in mine:
        if by.member.role not in case.who:
            fired = await estate.ground.fire(event)
            assert REFUSED in fired.read, f"{name}: {operation} says {fired.read!r}"
            assert NEEDLE not in fired.read.casefold()
            assert fired.attempts == (operation,)
    assert await estate.state() == before
    for operation, event, case in mine:
        if by.member.role in case.who:
            fired = await estate.ground.fire(event)
            assert REFUSED not in fired.read, f"{name}: {operation} says {fired.read!r}"


@pytest.mark.parametrize("name", ROLES)
async def test_a_form_that_was_open_is_taken_from_who_may_and_from_nobody_else(estate: Estate, name: str) -> None:
    """A demotion between the opening and the sending counts."""
    by, before = estate.people[name], await estate.state()
    openers = {"approval.reject": "Mara", "approval.ask": "Mara", "approval.answer": "Emma", "expense.edit": "Emma"}
    forms = sorted(FORMS, key=lambda form: by.member.role in FORMS[form].who)
    for form in forms:
        begun_by = estate.people[openers.get(form, "Ada")]
        dialog_id = await estate.open_dialog(by, form, begun_by=begun_by)
        source = estate.ground.source(by.account)
        fired = await estate.ground.fire(FormSubmitted(source=source, dialog_id=dialog_id, values=estate.values(form)))
        allowed = by.member.role in FORMS[form].who
        assert (REFUSED in fired.read) is not allowed, f"{name}: {form} says {fired.read!r}"
        if not allowed:
            assert fired.attempts == (f"form:{form}",)
            assert (await estate.state())["approvals"] == before["approvals"]
            assert (await estate.state())["members"] == before["members"]


async def test_a_stranger_gets_nothing(estate: Estate) -> None:
    stranger, before = estate.stranger, await estate.state()
    for operation, event, case in events(estate, stranger):
        fired = await estate.ground.fire(event)
        kind, _, name = operation.partition(":")
        assert NEEDLE not in fired.read.casefold()
        assert fired.files == ()
        if not case.strangers:
            assert (TOAST if kind == "button" else HELLO) in fired.read, f"{operation} says {fired.read!r}"
        is_noted = not case.strangers and name not in NEEDS_NOTHING
        assert fired.attempts == ((operation if kind != "button" else "button:stranger",) if is_noted else ()), (
            operation
        )
    for other in (
        TextReceived(source=estate.ground.source(stranger), text="taxi 5 eur"),
        HomeOpened(source=estate.ground.source(stranger)),
        FilesReceived(
            source=estate.ground.source(stranger),
            names=("x.jpg",),
            files=(IncomingFile(name="x.jpg", media_type="image/jpeg", size_bytes=3, reference={"file_id": "1"}),),
        ),
    ):
        assert HELLO in (await estate.ground.fire(other)).read
    assert await estate.state() == before


def test_roles_differ() -> None:
    """A table that lets everybody do everything would hold nothing."""
    assert {case.who for case in BUTTONS.values()} > {EVERYBODY}
    assert len({case.who for case in (*BUTTONS.values(), *COMMANDS.values())}) == 4
