"""Everything that the bot can be asked to do, fired at everything of another company: nothing is shown, nothing changes.

The table of actions is held to the registry, so that a new action without a place here fails. About 700 events, 20 s.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.conversations.subjects import Subject
from core.flows.own_expenses import By
from core.store.database import Database
from handlers.catalogue import registry
from handlers.events import (
    Event,
    FilesReceived,
    FormCancelled,
    FormSubmitted,
    HomeOpened,
    IncomingFile,
    MessageEdited,
    ShortcutInvoked,
    TextReceived,
)
from handlers.turn import Asker, Who
from tests.fixtures.people import Builder, acting
from tests.hostile.estate import NEEDLE, Estate, build
from tests.hostile.ground import Fired, Ground
from tests.hostile.table import BUTTONS, COMMANDS, FORMS, LISTENERS, SHORTCUTS, SHOWS, STEPS, Case

INTRUDERS = ("Otto", "Eve")
"""The admin of the other company, where nobody may more; and an employee of the same one, to whom none of it belongs."""


@pytest.fixture
async def estate(database: Database, tmp_path: Path) -> Estate:
    return await build(Ground(database=database, folder=tmp_path), Builder(database))


@pytest.fixture
async def sqlite_estate(sqlite_database: Database, tmp_path: Path) -> Estate:
    return await build(Ground(database=sqlite_database, folder=tmp_path), Builder(sqlite_database))


def test_the_table_holds_everything_that_the_bot_can_be_asked_to_do() -> None:
    assert set(BUTTONS) == set(registry.buttons)
    assert set(COMMANDS) == set(registry.commands)
    assert set(SHORTCUTS) == set(registry.shortcuts)
    assert set(LISTENERS) == set(registry.listeners)
    assert set(FORMS) == set(registry.forms)
    assert set(SHOWS) == set(registry.shows)
    tapped = {spec.action: spec.subject for spec in registry.buttons.values() if spec.subject is not None}
    assert {action: BUTTONS[action].about or "settings" for action in tapped} == tapped


def assert_nothing_came_of_it(fired: Fired, by: By, what: str) -> None:
    assert NEEDLE not in fired.read.casefold(), f"{what} shows {fired.read!r}"
    assert fired.files == (), what
    own = (f"private:{by.account.id}", f"home:{by.account.id}", "chat:")
    assert all(lane.startswith(own) for lane in fired.lanes), f"{what} writes to {sorted(fired.lanes)}"
    assert fired.outcome.failed is None


async def test_every_button_at_what_it_is_about(estate: Estate) -> None:
    await tapped_by_otto(estate, {action: (case.about,) for action, case in BUTTONS.items() if case.about is not None})
    await tapped_by_otto(estate, dict.fromkeys(STEPS, ("dialog",)))


async def test_every_button_at_anything_else(sqlite_estate: Estate) -> None:
    """A tap names any id: that of an expense where a list is meant, that of a form where a member is."""
    kinds = ("expense", "approval", "member", "dialog", "expense-list", "workspace")
    taps = {action: {*kinds, BUTTONS[action].about or "expense"} for action in BUTTONS}
    await tapped_by_otto(sqlite_estate, taps | {action: set(kinds) for action in STEPS}, things_max=1)


async def tapped_by_otto(estate: Estate, taps: Mapping[str, Iterable[str]], *, things_max: int = 10) -> None:
    """Have the other company's admin, who may everything there, tap each action with things of these kinds."""
    otto, before = estate.people["Otto"], await estate.state()
    noted: set[str] = set()
    for action, kinds in taps.items():
        case = BUTTONS.get(action, Case(choice="travel"))
        for kind in kinds:
            for thing_id, version in estate.things[kind][:things_max]:
                choice = thing_id if action == "workspace.choose" else case.choice
                event = estate.ground.tap(otto.account, action, subject_id=thing_id, version=version, choice=choice)
                fired = await estate.ground.fire(event)
                assert_nothing_came_of_it(fired, otto, f"{action} at a {kind}")
                noted.update(action for attempt in fired.attempts if attempt == f"button:{action}")
    assert await estate.state() == before
    assert noted == {action for action in taps if action in BUTTONS and BUTTONS[action].noted}


@pytest.mark.parametrize("name", INTRUDERS)
async def test_every_form_of_somebody_else(estate: Estate, name: str) -> None:
    by, before = estate.people[name], await estate.state()
    for dialog_id, _position in estate.things["dialog"][: len(FORMS)]:  # the one behind them is Eve's own
        for form in FORMS:
            source = estate.ground.source(by.account)
            sent = FormSubmitted(source=source, dialog_id=dialog_id, values=estate.values(form))
            assert_nothing_came_of_it(await estate.ground.fire(sent), by, f"sending {form}")
        closed = FormCancelled(source=estate.ground.source(by.account), dialog_id=dialog_id)
        assert_nothing_came_of_it(await estate.ground.fire(closed), by, "closing a form")
    assert await estate.state() == before


async def test_every_command_with_their_ids_behind_it(estate: Estate) -> None:
    by, before = estate.people["Otto"], await estate.state()
    for command in COMMANDS:
        for rest in ("", NEEDLE, *(estate.first(kind)[0] for kind in ("expense", "approval", "member", "workspace"))):
            fired = await estate.ground.fire(estate.ground.command(by.account, command, rest))
            said_again = f"“{rest}”" if rest else ""
            assert NEEDLE not in fired.read.replace(said_again, "").casefold(), (
                f"/{command} {rest} shows {fired.read!r}"
            )
            assert fired.files == ()
    assert await estate.state() == before


async def test_every_other_event_at_their_messages(estate: Estate) -> None:
    by, before, ground = estate.people["Otto"], await estate.state(), estate.ground
    file = IncomingFile(name="x.jpg", media_type="image/jpeg", size_bytes=3, reference={"file_id": "1"})
    for message in ("zebra pens", "card of zebra pens"):
        place: dict[str, Any] = {"channel": "zebra-chat", "message": message}
        events: dict[str, Event] = {
            "text": TextReceived(source=ground.source(by.account, reply_to=message, channel="zebra-chat"), text="hm?"),
            "edit": MessageEdited(source=ground.source(by.account, **place), text="taxi 5 eur"),
            "files": FilesReceived(
                source=ground.source(by.account, channel="zebra-chat", reply_to=message),
                names=("x.jpg",),
                files=(file,),
            ),
            "home": HomeOpened(source=ground.source(by.account)),
            "shortcut": ShortcutInvoked(
                source=ground.source(by.account, **place), name="expense.add", text="taxi 5 eur"
            ),
        }
        for what, event in events.items():
            assert_nothing_came_of_it(await ground.fire(event), by, what)
    assert await estate.state() == before


@pytest.mark.parametrize("name", INTRUDERS)
async def test_nothing_is_shown_by_its_id(estate: Estate, name: str) -> None:
    """What a queued message shows is looked up when it is sent: by whoever it is for, whatever it names."""
    by = estate.people[name]
    async with estate.ground.database.read(acting(by)) as uow:
        asker = Asker(uow=uow, who=Who(account=by.account, member=by.member))
        for kind in SHOWS:
            for things in estate.things.values():
                for thing_id, _version in things:
                    assert await registry.show(asker, Subject(kind, thing_id)) is None, (kind, thing_id)


async def test_the_owners_are_shown_all_of_it(estate: Estate) -> None:
    """What is looked for above is there: a needle that nobody could find would prove nothing."""
    emma, mara = estate.people["Emma"], estate.people["Mara"]
    fired = await estate.ground.fire(
        estate.ground.tap(emma.account, "expense.open", subject_id=estate.first("expense")[0])
    )
    assert "zebra pens" in fired.read
    fired = await estate.ground.fire(
        estate.ground.tap(mara.account, "approval.open", subject_id=estate.first("approval")[0])
    )
    assert "Why a zebra?" in fired.read
    assert (await estate.ground.fire(estate.ground.command(emma.account, "expenses"))).read.count("zebra") >= 2
    pictures = estate.ground.tap(emma.account, "expense.receipts", subject_id=estate.first("expense")[0])
    assert (await estate.ground.fire(pictures)).files == ("zebra.jpg",)
