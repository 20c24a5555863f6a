"""What is queued for whom when books change, and which messages show what."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from core.conversations import queries
from core.conversations.outgoing import answer, codec, lane_of, remove, show, tell
from core.conversations.subjects import Chat, Notice, Private, Subject
from core.flows.own_expenses import submit_expense
from core.kernel.codec import UnknownTagError
from core.money import Money
from core.queue.queries import first_open, open_lanes
from core.queue.service import finish
from core.store.database import Database
from tests.fixtures.people import Builder, acting, actor


async def sent(database: Database) -> list[tuple[str, dict[str, Any]]]:
    """Return what waits to be sent, lane by lane, without what is not set, and have it sent."""
    messages = []
    async with database.write(actor()) as uow:
        for lane in sorted(await open_lanes(uow, "message")):
            while (work := await first_open(uow, lane)) is not None:
                message = codec.unpack(work.payload)
                messages.append((lane, {key: value for key, value in message.items() if value is not None}))
                await finish(uow, work.id)
    return messages


async def test_each_kind_of_message_comes_back_as_it_was_queued(database: Database) -> None:
    mia, group = Private("01MIA"), Chat("01BOT", "C1", only_for_account_id="01MIA")
    expense = Subject("expense", "01X")
    notice = Notice("budget", expense, {"left": Money.of("1.50", "EUR"), "until": date(2026, 3, 31)})
    async with database.write(actor()) as uow:
        await show(uow, expense, mia, fresh=True)
        await tell(uow, notice, group, dedupe_key="once")
        await tell(uow, notice, group, dedupe_key="once")
        await answer(uow, {"title": "hello"}, mia, instead_of=expense)
        await remove(uow, expense, mia)
    assert await sent(database) == [
        ("chat:01BOT:C1", {"to": group, "tell": notice}),
        ("private:01MIA", {"to": mia, "show": expense, "fresh": True}),
        ("private:01MIA", {"to": mia, "card": {"title": "hello"}, "instead_of": expense}),
        ("private:01MIA", {"to": mia, "remove": expense}),
    ]


def test_a_chat_keeps_one_order_whoever_sees_a_message() -> None:
    assert lane_of(Chat("01BOT", "C1")) == lane_of(Chat("01BOT", "C1", thread="7", only_for_account_id="01MIA"))
    assert (
        len({lane_of(Private("01A")), lane_of(Private("01B")), lane_of(Chat("01A", "C")), lane_of(Chat("01B", "C"))})
        == 4
    )


async def test_a_change_reaches_everybody_who_sees_the_expense(database: Database, builder: Builder) -> None:
    acme = (await builder.workspace()).workspace_id
    mia, watcher, nobody = [await builder.member(acme, name=name) for name in ("Mia", "Watcher", "Nobody")]
    expense = await builder.expense(mia)
    subject = Subject("expense", expense.id)
    assert await sent(database) == [
        (f"private:{mia.account.id}", {"to": Private(mia.account.id), "show": subject, "fresh": True})
    ]
    async with database.write(acting(mia)) as uow:
        for by in (mia, watcher):
            await queries.note_copy(
                uow, subject, account_id=by.account.id, installation_id=by.account.installation_id,
                channel=by.account.user, message="1",
            )  # fmt: skip
    async with database.write(acting(mia)) as uow:
        await submit_expense(uow, mia, expense.id, None)
    messages = await sent(database)
    assert {lane for lane, _ in messages} == {f"private:{by.account.id}" for by in (mia, watcher)}
    assert all(message["show"] == subject and not message["fresh"] for _, message in messages)
    assert nobody.account.id not in str(messages)


async def test_a_message_shows_one_subject_the_newest(database: Database, builder: Builder) -> None:
    mia = await builder.member((await builder.workspace()).workspace_id)
    receipt, expense, me = Subject("receipt", "01R"), Subject("expense", "01E"), Private(mia.account.id)
    place = partial(
        queries.note_copy, account_id=mia.account.id, installation_id=mia.account.installation_id, channel="C1"
    )
    group = Chat(mia.account.installation_id, "C1")
    async with database.write(acting(mia)) as uow:
        await place(uow, receipt, message="1")
        await place(uow, receipt, message="2")
        await place(uow, expense, message="1")
    async with database.write(acting(mia)) as uow:
        assert [copy.message for copy in await queries.copies_of(uow, receipt, me)] == ["2"]
        (copy,) = await queries.copies_of(uow, expense, me)
        assert [copy] == await queries.copies_of(uow, expense, group)
        assert (copy.installation_id, copy.channel, copy.message) == (mia.account.installation_id, "C1", "1")
        assert await queries.accounts_that_see(uow, expense) == [mia.account.id]
        await queries.forget_copy(uow, copy.id)
        assert await queries.copies_of(uow, expense, me) == []
        assert await queries.accounts_that_see(uow, expense) == []


def test_values_survive_being_stored() -> None:
    values = {
        "money": Money.of("-0.05", "EUR"),
        "rate": Decimal("1.10"),
        "at": datetime(2026, 3, 12, 9, 30, tzinfo=UTC),
        "on": date(2026, 3, 12),
        "nested": (Subject("a", "b"), [Private("c"), None, True, 7, "ü"]),
    }
    assert codec.loads(codec.dumps(values)) == values | {
        "nested": (Subject("a", "b"), (Private("c"), None, True, 7, "ü"))
    }


@pytest.mark.parametrize("value", [1.5, {1, 2}, object()])
def test_what_has_no_place_in_a_stored_message_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="not registered"):
        codec.dumps({"value": value})


def test_a_tag_of_another_version_is_told_apart_from_damage() -> None:
    with pytest.raises(UnknownTagError, match=r"subject\.99"):
        codec.loads('{"$":"subject.99","kind":"a"}')
