"""What becomes of a message that a platform does not take: later, never, or not to this person."""

from functools import partial

from bot.playground.state import Fault, Rule
from bot.playground.telegram.people import Person
from bot.wiring import Service
from core.conversations.outgoing import MESSAGE, answer, lane_of, show
from core.conversations.subjects import Private, Subject
from core.queue.service import enqueue
from core.store.unit_of_work import Actor
from handlers.replies import say
from handlers.stored import codec
from handlers.text import text
from tests.faults.conftest import Desk, ask, heard, read


async def write_two(desk: Desk, rule: Rule, attempts: list[int]) -> Rule:
    """Have Mia write twice while the platform fails by this rule, and wait until her answers were tried so often."""
    desk.running.telegram.misbehaviour.add(rule)
    await desk.mia.send_text("taxi 5 eur")
    await desk.mia.send_text("taxi 6 eur")
    await desk.until(partial(waits, desk, attempts))
    return rule


def waits(desk: Desk, attempts: list[int]) -> bool:
    """Tell whether so many answers to Mia wait, each tried so often."""
    return desk.waiting_for(desk.mia) == attempts


def shown_to(person: Person) -> list[str]:
    """Return which expenses somebody was shown, in their order."""
    return [line.removeprefix("taxi · ") for line in heard(person) if line.startswith("taxi")]


async def test_too_many_requests_are_waited_out_in_order_and_hold_up_nobody_else(desk: Desk) -> None:
    """Nor does such a wait count: in a large team it happens to the same message again and again."""
    rule = desk.running.telegram.misbehaviour.add(
        Rule(fault=Fault.TOO_MANY_REQUESTS, method="sendMessage", retry_after_s=7)
    )
    for words in ("taxi 5 eur", "taxi 6 eur"):
        await desk.mia.send_text(words)
    await desk.until(desk.something_is_put_off)
    await desk.pass_time(6)
    await ask(desk.noah, "taxi 8 eur", "€8.00")
    assert shown_to(desk.mia) == []
    assert desk.waiting_for(desk.mia) == [0, 0]
    await desk.pass_time(1)
    await read(desk.mia, "€6.00")
    assert shown_to(desk.mia) == ["€5.00", "€6.00"]
    assert rule.hits == 1


async def test_a_broken_server_is_tried_again_after_longer_and_longer_pauses(desk: Desk) -> None:
    await write_two(desk, Rule(fault=Fault.SERVER_ERROR, method="sendMessage", status=502, remaining=3), [1, 0])
    for pause_s, attempts in ((1, 2), (2, 3)):
        await desk.pass_time(pause_s - 0.1)
        assert desk.waiting_for(desk.mia) == [attempts - 1, 0]
        await desk.pass_time(0.1)
        await desk.until(partial(waits, desk, [attempts, 0]))
    await desk.pass_time(4)
    await read(desk.mia, "€6.00")
    assert shown_to(desk.mia) == ["€5.00", "€6.00"]


async def test_a_message_that_is_refused_for_good_holds_up_no_other(desk: Desk) -> None:
    desk.running.telegram.misbehaviour.add(Rule(fault=Fault.SERVER_ERROR, method="sendMessage", status=400))
    await desk.mia.send_text("taxi 5 eur")
    await ask(desk.mia, "taxi 6 eur", "€6.00")
    assert shown_to(desk.mia) == ["€6.00"]
    await desk.running.settled()
    (failed,) = desk.books.rows("SELECT failure, attempts FROM work_queue WHERE failure IS NOT NULL")
    assert failed["failure"].startswith("refused")
    assert failed["attempts"] == 1
    assert desk.books.value("SELECT count(*) FROM expenses") == 2, "the expense stands all the same"


async def test_a_message_that_cannot_be_made_is_given_up_and_holds_up_no_other(desk: Desk) -> None:
    (account,) = desk.books.rows(
        "SELECT id, current_workspace_id FROM accounts WHERE accounts.user = ?", str(desk.mia.id)
    )
    actor = Actor(platform="system", operation="test", workspace_id=account["current_workspace_id"])
    async with desk.running.service.database.write(actor) as uow:
        await show(uow, Subject("nothing that anybody shows", "1"), Private(account["id"]))
        await show(uow, Subject("expense", "gone"), Private(account["id"]))
        await answer(uow, codec.pack(say(text("language.set"))), Private(account["id"]))
    for attempts in (1, 2):
        await desk.until(partial(waits, desk, [attempts, 0, 0]))
        await desk.pass_time(attempts)
    await read(desk.mia, "English")
    await desk.running.settled()
    (failed,) = desk.books.rows("SELECT failure, attempts FROM work_queue WHERE failure IS NOT NULL")
    assert failed == {"failure": "fault: KeyError", "attempts": 3}


async def test_a_message_that_cannot_even_be_read_is_given_up_and_holds_up_no_other(desk: Desk) -> None:
    """A newer version has queued it, and this one was put back in its place."""
    (account,) = desk.books.rows(
        "SELECT id, current_workspace_id FROM accounts WHERE accounts.user = ?", str(desk.mia.id)
    )
    actor = Actor(platform="system", operation="test", workspace_id=account["current_workspace_id"])
    to = Private(account["id"])
    async with desk.running.service.database.write(actor) as uow:
        await enqueue(uow, MESSAGE, lane_of(to), {"to": {"$": "recipient.99"}})
        await answer(uow, codec.pack(say(text("language.set"))), to)
    for attempts in (1, 2):
        await desk.until(partial(waits, desk, [attempts, 0]))
        await desk.pass_time(attempts)
    await read(desk.mia, "English")
    await desk.running.settled()
    assert desk.books.value("SELECT count(*) FROM work_queue WHERE failure LIKE 'fault:%' AND attempts = 3") == 1


async def test_who_blocked_the_bot_is_marked_and_is_reached_again_after_writing(desk: Desk) -> None:
    await write_two(desk, Rule(fault=Fault.SERVER_ERROR, method="sendMessage", status=500), [1, 0])
    await desk.mia.block()
    await desk.pass_time(1)
    await desk.running.settled()
    unreachable = "SELECT name FROM accounts WHERE unreachable_since IS NOT NULL"
    assert desk.books.rows(unreachable) == [{"name": "Mia"}]
    failed = desk.books.rows("SELECT failure FROM work_queue WHERE failure IS NOT NULL")
    assert [row["failure"].partition(":")[0] for row in failed] == ["unreachable", "unreachable"]
    await desk.mia.unblock()
    await ask(desk.mia, "taxi 7 eur", "€7.00")
    assert desk.books.rows(unreachable) == []


async def test_what_a_dead_bot_left_is_sent_as_soon_as_its_platform_is_up(desk: Desk) -> None:
    """The queue is looked into before any platform is up: what waits there must not be put off for that."""
    await desk.running.service.stop()
    restarted = Service(desk.running.service.settings, desk.clock)
    (account,) = desk.books.rows("SELECT id FROM accounts WHERE accounts.user = ?", str(desk.mia.id))
    async with restarted.database.write(Actor(platform="system", operation="test")) as uow:
        await answer(uow, codec.pack(say(text("language.set"))), Private(account["id"]))
    desk.running.service = restarted
    await restarted.start()
    await read(desk.mia, "English")
    await desk.running.settled()
    assert desk.books.rows("SELECT attempts FROM work_queue WHERE attempts <> 1") == []
