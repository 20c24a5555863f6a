"""Who sees what: each role before each list, report and file; and what a forged tap gets, from everybody, on both platforms."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from bot.playground.slack.forms import visible_text
from bot.playground.slack.people import Person as SlackPerson
from core.flows.approval_questions import ask_question
from core.flows.capture_receipt import book_reading
from core.receipts import service as receipts
from core.receipts.port import Reading
from core.receipts.service import Sent
from handlers.catalogue import registry
from tests.fixtures.house import EVERYBODY, MONTH, REFUSED, REPORT_S_MAX, STRANGER, SUBMITTED, House, amounts_in
from tests.fixtures.people import acting

LISTS: list[tuple[str, dict[str, set[int] | str]]] = [
    (
        "/expenses",
        {"emma": {1, 2}, "eva": {4}, "mara": {8}, "finn": set(), "ada": set(), "stig": STRANGER, "otto": {16}},
    ),
    (
        "/approvals",
        {
            "emma": REFUSED,
            "eva": REFUSED,
            "mara": {1},
            "finn": {4, 8, 32},
            "ada": set(),
            "stig": STRANGER,
            "otto": set(),
        },
    ),
    (
        "/export",
        {
            "emma": {1, 2},
            "eva": {4},
            "mara": {1},
            "finn": SUBMITTED,
            "ada": SUBMITTED,
            "stig": STRANGER,
            "otto": {16},
        },
    ),
]


async def test_each_list_shows_each_role_its_own(house: House) -> None:
    tried: dict[str, list[str]] = {name: [] for name in EVERYBODY}
    for command, expected in LISTS:
        for name in EVERYBODY:
            read = await house.says(name, command)
            wanted = expected[name]
            if isinstance(wanted, str):
                assert wanted in read, (command, name)
                assert amounts_in(read) == set(), (command, name)
                tried[name].append(f"command:{command.strip('/')}")
            else:
                assert amounts_in(read) == wanted, (command, name)
    for name in EVERYBODY:
        # The clock stands, so that nothing tells their order.
        assert sorted(house.attempts(name if name in house.by else None)) == sorted(tried[name])
    await members_are_shown_to_who_looks_after_them(house)
    assert house.books.left_over() == []


async def members_are_shown_to_who_looks_after_them(house: House) -> None:
    names = {"Emma", "Eva", "Mara", "Finn", "Ada", "Emil", "Otto"}
    for name in EVERYBODY:
        read = await house.says(name, "/members")
        seen = {each for each in names if each in read}
        if name in ("finn", "ada"):
            assert seen == names - {"Otto"}
        elif name == "otto":
            assert seen == {"Otto"}
        else:
            assert (STRANGER if name == "stig" else REFUSED) in read
            assert seen == set()


SCOPES: dict[str, dict[str, int | None]] = {
    "emma": {"own": 3, "team": None, "all": None},
    "eva": {"own": 4, "team": None, "all": None},
    "mara": {"own": 8, "team": 1, "all": None},
    "finn": {"own": 0, "team": None, "all": 45},
    "ada": {"own": 0, "team": None, "all": 45},
    "otto": {"own": 16, "team": None, "all": 16},
}
"""The total that each may see; None: not for this role."""


async def test_a_report_counts_what_its_scope_allows_and_a_forged_scope_is_refused(house: House) -> None:
    for name, scopes in SCOPES.items():
        opened = await house.says(name, "/report")
        assert max(amounts_in(opened), default=0) == scopes["own"], name
        for scope, total in scopes.items():
            for action in ("show", "chart", "export"):
                read = await house.taps(name, f"report.{action}:{'0' * 26}::{scope}:{MONTH}")
                if total is None:
                    assert REFUSED in read, (name, scope, action)
                    assert amounts_in(read) <= amounts_in(opened), (name, scope, action)
                elif action == "show":
                    assert max(amounts_in(read), default=0) == total, (name, scope)
        forbidden = 3 * sum(total is None for total in scopes.values())
        assert len(house.attempts(name)) == forbidden, name
    assert STRANGER in await house.says("stig", "/report")
    read = await house.taps("stig", f"report.export:{'0' * 26}::all:{MONTH}")
    assert "for members" in read
    assert sorted(house.attempts(None)) == ["button:report.export", "command:report"]
    assert amounts_in(read) == set()


# ---- forged subjects ----

CHOICES = {
    "expense.set": "travel",
    "expenses.choose": "status:draft",
    "expenses.filter": "status",
    "invite.role": "admin",
    "language.set": "en",
    "report.show": f"all:{MONTH}",
    "report.chart": f"all:{MONTH}",
    "report.export": f"all:{MONTH}",
}
OWN_ALONE = frozenset({"settings.edit", "language.set", "invite.role", "report.show", "report.chart", "report.export"})
"""Actions that are about the one who taps, whatever subject they name; the scopes of reports have a test above."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something of Emma's. `version`: as it is now, so that nothing is refused for its age alone."""

    kind: str
    id: str
    version: int


async def what_emma_has(house: House) -> list[Subject]:
    """Give Emma one of everything: a receipt behind her expense, a question put to her, a list, an open form."""
    emma, database = house.by["emma"], house.bot.service.database
    expense_id = house.books.value("SELECT id FROM expenses WHERE amount_minor = 100")
    content_hash = await house.bot.service.files.put(emma.member.workspace_id, b"picture")
    async with database.write(acting(emma)) as uow:
        (receipt,) = await receipts.take_in(
            uow, emma.member, emma.account, [Sent(name="secret.jpg", reference={})], expense_id=expense_id
        )
        await book_reading(uow, receipt.id, Reading(), content_hash=content_hash, media_type="image/jpeg", size_bytes=7)
    request = house.books.rows("SELECT id, version FROM approvals WHERE expense_id = ?", expense_id)[0]
    async with database.write(acting(house.by["mara"])) as uow:
        await ask_question(uow, house.by["mara"], request["id"], request["version"], "Why so cheap?")
    await house.says("emma", "/expenses")
    await house.says("emma", "/new")
    books = house.books
    found = [
        *(Subject("expense", row["id"], row["version"]) for row in books.rows("SELECT * FROM expenses")),
        *(Subject("approval", row["id"], row["version"]) for row in books.rows("SELECT * FROM approvals")),
        *(Subject("receipt", row["id"], row["version"]) for row in books.rows("SELECT * FROM receipts")),
        *(Subject("question", row["id"], row["version"]) for row in books.rows("SELECT * FROM approval_questions")),
        *(Subject("list", row["id"], 0) for row in books.rows("SELECT * FROM stored_lists")),
        *(Subject("form", row["id"], row["position"]) for row in books.rows("SELECT * FROM dialogs")),
        Subject("member", emma.member.id, books.value("SELECT version FROM members WHERE id = ?", emma.member.id)),
    ]
    firsts: dict[str, Subject] = {}
    for subject in found:
        firsts.setdefault(subject.kind, subject)
    return list(firsts.values())


WATCHED = ("expenses", "approvals", "approval_decisions", "approval_questions", "receipts", "files", "categories")


def state_of(house: House) -> dict[str, list[dict[str, object]]]:
    """Return what no forged tap may change."""
    books, emma = house.books, house.by["emma"]
    state = {table: books.rows(f"SELECT * FROM {table} ORDER BY id") for table in WATCHED}  # noqa: S608 - a name from above
    state["members"] = books.rows("SELECT id, version, role, manager_id, removed_at FROM members ORDER BY id")
    state["dialogs"] = books.rows("SELECT * FROM dialogs WHERE account_id = ?", emma.account.id)
    state["stored_lists"] = books.rows("SELECT * FROM stored_lists WHERE account_id = ?", emma.account.id)
    state["one_time_codes"] = books.rows("SELECT id FROM one_time_codes ORDER BY id")
    return state


def forged(subjects: list[Subject]) -> Iterator[tuple[str, Subject, str | None]]:
    """Yield every action that the bot knows, and the steps of forms, with everything of Emma's as its subject."""
    steps = ("form.keep", "form.finish", "form.back", "form.cancel", "form.choose", "form.reopen")
    for action in (*registry.buttons, *steps):
        for subject in subjects:
            if action not in OWN_ALONE:
                yield action, subject, CHOICES.get(action)


SECRETS = ("pencils", "secret.jpg", "Why so cheap", "€1.00", "€2.00")
NOBODYS = ("eva", "otto", "stig")


async def test_on_telegram_a_forged_subject_shows_nothing_and_changes_nothing(house: House) -> None:
    subjects = await what_emma_has(house)
    for name in NOBODYS:
        await forged_by(house, name, subjects)
    assert house.books.left_over() == []


async def forged_by(house: House, name: str, subjects: list[Subject]) -> None:
    before, person = state_of(house), house.people[name]
    newest, told = person.messages()[-1].id, len(person.toasts())
    count = 0
    for action, subject, choice in forged(subjects):
        version = "" if subject.kind == "list" else str(subject.version)
        house.forge(name, f"{action}:{subject.id}:{version}" + ("" if choice is None else f":{choice}"))
        count += 1
    await house.bot.settled(REPORT_S_MAX)
    assert state_of(house) == before
    toasts = [toast.text or "" for toast in person.toasts()[told:]]
    assert len(toasts) == count, "a tap without an answer keeps its spinner"
    fresh = [message for message in person.messages() if message.id > newest and message.from_bot]
    assert not any("photo" in message.content or "document" in message.content for message in fresh)
    for read in (*toasts, *(message.text for message in fresh)):
        assert not any(secret in read for secret in SECRETS), read
        assert "went wrong" not in read
    attempts = house.attempts(None if name == "stig" else name)
    for action in ("expense.open", "expense.receipts", "approval.open", "approval.approve", "member.open"):
        assert f"button:{action}" in attempts, action


async def test_on_slack_a_forged_tap_or_form_shows_nothing_and_changes_nothing(house: House) -> None:
    subjects = await what_emma_has(house)
    slack = house.bot.slack
    slack.add_person("UGUS", "gus", "Gus", is_guest=True)
    for user in ("UEMIL", "UGUS"):
        person = slack.person(user)
        person.send_text("dm", "hello")
        await house.bot.settled()
        before, heard = state_of(house), len(person.messages())
        message = next(each for each in reversed(person.messages()) if each.get("bot_id"))
        for action, subject, choice in forged(subjects):
            parts = {"s": subject.id, "v": subject.version, "c": choice}
            await forge_on_slack(
                person, message, action, {key: part for key, part in parts.items() if part is not None}
            )
        await house.bot.settled(REPORT_S_MAX)
        assert state_of(house) == before, user
        for each in person.messages()[heard:]:
            read = visible_text(each)
            assert not any(secret in read for secret in SECRETS), read
            assert "went wrong" not in read
            assert not each.get("files")
    assert house.books.left_over() == []


async def forge_on_slack(
    person: SlackPerson, message: dict[str, object], action: str, value: dict[str, object]
) -> None:
    told = {
        "type": "button",
        "action_id": f"{action}#0",
        "block_id": "forged",
        "value": json.dumps(value),
        "text": {"type": "plain_text", "text": "x"},
        "action_ts": person.slack.now_ts(),
    }
    await person.slack.interactions.action_in_message(person.id, person.channel("dm"), message, told, {})


async def test_a_form_that_names_anothers_dialog_does_nothing(house: House) -> None:
    slack = house.bot.slack
    slack.add_person("USAM", "sam", "Sam")
    emil, sam = slack.person("UEMIL"), slack.person("USAM")
    sam.send_text("dm", "hello")
    await house.bot.settled()
    await emil.command("/expense", "new")
    of_emil = await emil.wait_for_modal()
    await sam.command("/expense", "new")
    of_sam = await sam.wait_for_modal()
    count = house.books.value("SELECT COUNT(*) FROM expenses")
    of_sam.view["private_metadata"] = of_emil.view["private_metadata"]
    await of_sam.fill({"amount": "64 eur", "description": "forged", "category": "travel"})
    assert (await of_sam.submit()).answer is not None
    await house.bot.settled()
    assert house.books.value("SELECT COUNT(*) FROM expenses") == count
    await of_emil.fill({"amount": "64 eur", "description": "my own", "category": "travel"})
    await of_emil.submit()
    await house.bot.settled()
    assert house.books.rows("SELECT description FROM expenses WHERE amount_minor = 6400") == [{"description": "my own"}]
