"""The worst that each view may have to show, on every platform and in every language: it fits, and nothing is refused."""

import inspect
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import pytest

from bot.playground.slack.blocks import check_blocks, check_view
from bot.playground.telegram.html import parse
from bot.playground.telegram.limits import check_text
from bot.slack.render import blocks_of
from bot.slack.views import form_view
from bot.telegram.callback_data import decode
from bot.telegram.render import render
from bot.translation import Catalogues
from core.approvals import notices
from core.approvals.rules import (
    ANSWER_LENGTH_MAX,
    QUESTION_LENGTH_MAX,
    REASON_LENGTH_MAX,
    Approval,
    ApprovalState,
    Approver,
    Decision,
    Question,
    Verdict,
)
from core.categories.rules import DEFAULTS, Category
from core.conversations.dialogs import Dialog
from core.conversations.tables import DialogState
from core.expenses.filters import EVERYTHING, TYPED_LENGTH_MAX, WORDS_MAX, Bound, Filters, Sign
from core.expenses.rules import DESCRIPTION_LENGTH_MAX, MERCHANT_LENGTH_MAX, Expense, State
from core.flows.link_accounts import Linked
from core.identity.rules import (
    DEPARTMENT_LENGTH_MAX,
    Colleague,
    Member,
    Notifications,
    Role,
    Settings,
    WorkingHours,
)
from core.kernel.months import Month
from core.money import AMOUNT_MINOR_MAX, Currency, Money
from core.receipts.record import ReadFields, Receipt, ReceiptState
from core.reports.rules import Report, Scope, Sum, report_of
from handlers import dialogs
from handlers.catalogue import registry
from handlers.events import FormFace, Source
from handlers.forms import Choice, FormStart, OpenedForm
from handlers.members import MANAGERS_MAX
from handlers.replies import Card
from handlers.stored import codec
from handlers.text import Verbatim, text
from handlers.views import approvals, expenses, help, home, lists, members, onboarding, receipts, reports, settings

CATALOGUES = Catalogues(strict=True)
ULID = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"
HOSTILE = "<b>&*_~`\u202eאב🇩🇪e\u0301\u0301\u0301👩‍👩‍👧‍👦 <!channel> "
VERSION_MAX = 999_999_999
SOURCE = Source(
    platform="any",
    installation_id=ULID,
    event_key="1",
    user="1",
    channel="1",
    private=True,
    form_face=FormFace.MODAL,
    command_prefix="/expense ",
)
MEMBER = Member(
    id=ULID,
    workspace_id=ULID,
    business_id=ULID,
    name=HOSTILE * 20,
    role=Role.ADMIN,
    language="en",
    time_zone="America/Argentina/ComodRivadavia",
    currency="EUR",
)
CATEGORIES = tuple(
    Category(id=f"{at:026}", key=key, name=None, icon=icon, colour=colour)
    for at, (key, icon, colour) in enumerate(DEFAULTS)
)
LONG_CATEGORY = Category(id=ULID, key="x" * 15, name=HOSTILE * 10, icon="🗂️", colour="#000000")


PLATFORMS = ("telegram", "slack", "another")
SCATTERED = WorkingHours(days=frozenset({1, 3, 5, 7}), starts_minute=601, ends_minute=1439)
KEPT = Settings(
    language="de",
    time_zone="America/Argentina/ComodRivadavia",
    working_hours=SCATTERED,
    notifications=Notifications.NEEDED,
)


def colleague(*, removed: bool = False) -> Colleague:
    """Return a member with the longest of everything."""
    return Colleague(
        id=ULID,
        version=VERSION_MAX,
        name=HOSTILE * 20,
        role=Role.EMPLOYEE,
        manager_id=ULID,
        manager=HOSTILE * 20,
        department=(HOSTILE * 20)[:DEPARTMENT_LENGTH_MAX],
        platforms=PLATFORMS,
        removed=removed,
    )


def expense(state: State = State.DRAFT, *, deleted: bool = False) -> Expense:
    """Return an expense with the longest of everything."""
    return Expense(
        id=ULID,
        version=VERSION_MAX,
        number=10**9,
        owner_id=ULID,
        state=state,
        amount=Money.of(str(AMOUNT_MINOR_MAX // 1000), "KWD"),
        spent_on=date(2026, 9, 30),
        merchant=(HOSTILE * 20)[:MERCHANT_LENGTH_MAX],
        description=(HOSTILE * 40)[:DESCRIPTION_LENGTH_MAX],
        category_id=ULID,
        platform="telegram",
        created_at=datetime(2026, 9, 30, tzinfo=UTC),
        deleted=deleted,
    )


def question(*, answered: bool) -> Question:
    """Return the longest question and answer."""
    return Question(
        id=ULID,
        approval_id=ULID,
        asked_by_id=ULID,
        asked_by=HOSTILE * 20,
        question=(HOSTILE * 40)[:QUESTION_LENGTH_MAX],
        asked_at=datetime(2026, 9, 30, tzinfo=UTC),
        answer=(HOSTILE * 40)[:ANSWER_LENGTH_MAX] if answered else None,
        answered_at=datetime(2026, 9, 30, tzinfo=UTC) if answered else None,
    )


def approval(state: ApprovalState) -> Approval:
    """Return a request with twenty approvers and more questions than a card shows."""
    decided = state in (ApprovalState.APPROVED, ApprovalState.REJECTED)
    decision = Decision(
        member_id=ULID,
        name=HOSTILE * 20,
        verdict=Verdict.APPROVED if state is ApprovalState.APPROVED else Verdict.REJECTED,
        reason=(HOSTILE * 40)[:REASON_LENGTH_MAX],
        at=datetime(2026, 9, 30, tzinfo=UTC),
    )
    return Approval(
        id=ULID,
        version=VERSION_MAX,
        expense_id=ULID,
        expense_version=VERSION_MAX,
        owner_id=ULID,
        owner_name=HOSTILE * 20,
        state=state,
        asked_at=datetime(2026, 9, 30, tzinfo=UTC),
        closed_at=None if state is ApprovalState.PENDING else datetime(2026, 9, 30, tzinfo=UTC),
        approvers=(Approver(member_id=ULID, name=HOSTILE * 5, account_id=ULID),) * 20,
        decision=decision if decided else None,
        questions=(*(question(answered=True),) * 9, question(answered=False)),
    )


ABROAD = replace(expense(State.SUBMITTED), base_amount=Money.of(str(AMOUNT_MINOR_MAX // 1000), "EUR"))
"""With what it is in the books, since that is in another currency."""


ALL_FILTERS = Filters(
    states=tuple(State),
    categories=(LONG_CATEGORY.key, "entertainment"),
    months=tuple(Month(2026, number) for number in range(1, 13)),
    years=tuple(range(1990, 2030)),
    words=((HOSTILE * 4)[:TYPED_LENGTH_MAX],) * WORDS_MAX,
    bounds=(Bound(sign=Sign.AT_LEAST, value=Decimal(10**12), currency="KWD", typed="9" * TYPED_LENGTH_MAX),)
    * WORDS_MAX,
)


def dialog(form: str, position: int) -> Dialog:
    """Return a stepwise dialog at a question, with the longest answers and as many choices as there may be."""
    questions = registry.forms[form].form.fields
    choices = {
        "category": tuple(Choice(each.key, expenses.category_words(each)) for each in CATEGORIES),
        "manager": tuple(Choice(f"{at:016}", Verbatim(HOSTILE * 20)) for at in range(MANAGERS_MAX + 1)),
    }
    values = {each.name: (HOSTILE * 40)[: each.length_max] for each in questions} | {"category": "entertainment"}
    return Dialog(
        id=ULID,
        account_id=ULID,
        form=form,
        arguments={},
        start=codec.pack(FormStart(initial=values, choices=choices, about=(Verbatim(HOSTILE * 50),) * 2)),
        values=values,
        position=position,
        stepwise=True,
        state=DialogState.OPEN,
    )


def receipt(state: ReceiptState) -> Receipt:
    """Return a receipt with everything that it may make a card show."""
    return Receipt(
        id=ULID,
        version=VERSION_MAX,
        batch_id=ULID,
        owner_id=ULID,
        account_id=ULID,
        expense_id=ULID,
        file_id=ULID,
        media_type="image/jpeg",
        name=HOSTILE * 20,
        state=state,
        fields=ReadFields(
            merchant=expense().merchant,
            date=expense().spent_on,
            total=expense().amount.decimal_string(),
            currency="KWD",
            doubtful=frozenset({"merchant", "date", "total", "currency"}),
        ),
        refusal="error.receipt-too-large",
        refusal_arguments={"megabytes_max": 20},
        seen_before=True,
    )


def report(scope: Scope) -> Report:
    """Return a report of every category in three currencies, with the largest amounts."""
    sums = tuple(
        Sum(category_id=each.id, amount=Money(amount_minor=AMOUNT_MINOR_MAX // 100, currency=currency), count=10**6)
        for currency in (Currency.of("KWD"), Currency.of("JPY"), Currency.of("EUR"))
        for each in CATEGORIES
    )
    return report_of(Month(2026, 9), scope, sums, sums[1:])


WORST: dict[str, list[Card]] = {
    "expense_card": [expenses.expense_card(expense(state), LONG_CATEGORY) for state in State]
    + [expenses.expense_card(expense(deleted=True), LONG_CATEGORY)]
    + [expenses.expense_card(expense(), LONG_CATEGORY, None, [receipt(state) for state in ReceiptState])]
    + [
        expenses.expense_card(expense(State(state)), LONG_CATEGORY, approval(ApprovalState(request)))
        for state, request in (("submitted", "pending"), ("approved", "approved"), ("rejected", "rejected"))
    ],
    "approval_card": [
        approvals.approval_card(
            approval(state), ABROAD, LONG_CATEGORY, [receipt(ReceiptState.READ)] * 2, may_decide=may_decide
        )
        for state in ApprovalState
        for may_decide in (True, False)
    ],
    "waiting_card": [
        approvals.waiting_card(ULID, (), 0, 0),
        approvals.waiting_card(ULID, ((approval(ApprovalState.PENDING), ABROAD),) * expenses.PAGE_SIZE, 10**6, 5),
    ],
    "owner_question_card": [
        approvals.owner_question_card(question(answered=answered), ABROAD) for answered in (False, True)
    ],
    "approved_card": [approvals.approved_card(notices.approved(approval(ApprovalState.APPROVED), ABROAD))],
    "rejected_card": [approvals.rejected_card(notices.rejected(approval(ApprovalState.REJECTED), ABROAD))],
    "reminder_card": [approvals.reminder_card(notices.reminder(approval(ApprovalState.PENDING), ABROAD))],
    "receipt_card": [receipts.receipt_card(receipt(state)) for state in ReceiptState],
    "album_card": [receipts.album_card(ULID, 10)],
    "report_card": [
        reports.report_card(ULID, report(scope), {each.id: each for each in CATEGORIES}, tuple(Scope), Month(2026, 12))
        for scope in Scope
    ]
    + [reports.report_card(ULID, report_of(Month(2026, 3), Scope.OWN, (), ()), {}, tuple(Scope), Month(2026, 3))],
    "edit_of_deleted_card": [expenses.edit_of_deleted_card(expense(deleted=True))],
    "category_card": [expenses.category_card(expense(), (*CATEGORIES, LONG_CATEGORY))],
    "list_card": [
        lists.list_card(ULID, found, count, 5, filters, {ULID: LONG_CATEGORY})
        for filters in (EVERYTHING, ALL_FILTERS)
        for found, count in (((), 0), ((expense(),) * expenses.PAGE_SIZE, 10**6))
    ],
    "home_card": [
        home.home_card(
            MEMBER,
            Month(2026, 9),
            (Money.of(str(AMOUNT_MINOR_MAX // 1000), "KWD"),) * 30,
            (expense(),) * home.OPEN_SHOWN_MAX,
            10**6,
            waiting,
            {ULID: LONG_CATEGORY},
            first=first,
        )
        for waiting in (None, 0, 10**6)
        for first in (True, False)
    ]
    + [home.home_card(MEMBER, Month(2026, 9), (), (), 0, None, {})],
    "filter_card": [lists.filter_card(ULID, ALL_FILTERS, Month(2026, 9), "/expense expenses")],
    "filter_categories_card": [
        lists.filter_categories_card(ULID, ALL_FILTERS, (*CATEGORIES, LONG_CATEGORY)),
    ],
    "welcome_card": [onboarding.welcome_card(MEMBER, HOSTILE * 20, SOURCE, back=back) for back in (False, True)],
    "invite_choice_card": [onboarding.invite_choice_card()],
    "invitation_card": [onboarding.invitation_card(role, (HOSTILE * 20,) * 5, datetime.now(UTC)) for role in Role],
    "link_code_card": [onboarding.link_code_card("K7QM2XRA94TD", datetime.now(UTC))],
    "linked_card": [onboarding.linked_card(Linked(member=MEMBER, platforms=PLATFORMS, merged=True))],
    "member_list_card": [
        members.member_list_card(ULID, (colleague(),) * members.PAGE_SIZE, 10**6, 5),
        members.member_list_card(ULID, (), 0, 0),
    ],
    "member_card": [
        members.member_card(colleague(removed=removed), may_change=may_change, oneself=False)
        for removed in (False, True)
        for may_change in (False, True)
    ],
    "settings_card": [settings.settings_card(MEMBER, HOSTILE * 20, PLATFORMS)],
    "kept_card": [settings.kept_card(KEPT, datetime.now(UTC))],
    "workspace_card": [
        settings.workspace_card([(f"{at:026}", HOSTILE * 20) for at in range(count)], f"{0:026}") for count in (1, 40)
    ],
    "language_choice_card": [settings.language_choice_card(CATALOGUES.languages)],
    "help_card": [help.help_card(MEMBER, SOURCE, tuple(registry.commands.values()))],
    "question_card": [
        dialogs.question_card(dialog(form, position), text("form.no-amount", typed=HOSTILE * 10))
        for form, spec in registry.forms.items()
        for position in range(len(spec.form.fields))
    ],
}
cases = pytest.mark.parametrize(
    "card", [pytest.param(card, id=f"{name}-{at}") for name, cards in WORST.items() for at, card in enumerate(cards)]
)
languages = pytest.mark.parametrize("language", CATALOGUES.languages)


def test_every_view_has_a_worst_case() -> None:
    views = Path(inspect.getfile(expenses)).parent
    named = {
        name
        for path in views.glob("[a-z]*.py")
        for name, found in inspect.getmembers(import_module(f"handlers.views.{path.stem}"), inspect.isfunction)
        if inspect.signature(found).return_annotation is Card and not name.startswith("_")
    }
    assert named <= set(WORST)
    assert len(named) >= 8, "the views were not found"


@cases
@languages
def test_telegram_takes_it(card: Card, language: str) -> None:
    message = render(card, CATALOGUES.translator(language))
    shown, _ = parse(message.text)
    check_text(shown)
    for row in message.keyboard:
        for button in row:
            assert button.label.strip()
            tap = decode(button.callback_data)
            assert tap is not None
            assert tap.action in registry.buttons.keys() | dialogs.STEP_ACTIONS | {dialogs.REOPEN}


@cases
@languages
def test_slack_takes_it(card: Card, language: str) -> None:
    problems = check_blocks(blocks_of(card, CATALOGUES.translator(language)), surface="message")
    assert problems.sentences == []


@pytest.mark.parametrize("card", WORST["home_card"])
@languages
def test_slack_takes_it_as_a_page(card: Card, language: str) -> None:
    view = {"type": "home", "blocks": blocks_of(card, CATALOGUES.translator(language))}
    assert check_view(view, surface="home").sentences == []


@pytest.mark.parametrize("form", registry.forms)
@languages
def test_slack_takes_the_form(form: str, language: str) -> None:
    opened = dialogs.opened(dialog(form, 0))
    opened = OpenedForm(
        form=opened.form,
        dialog_id=ULID,
        start=opened.start,
        values=opened.values,
        refusals={"amount": text("form.no-amount", typed=HOSTILE * 10)},
    )
    view = form_view(opened, CATALOGUES.translator(language))
    assert check_view(view, surface="modal").sentences == []


def test_what_somebody_wrote_stays_what_it_was() -> None:
    card = Card(title=Verbatim(HOSTILE))
    shown, entities = parse(render(card, CATALOGUES.translator("en")).text)
    assert "<b>&*_~`" in shown
    assert [entity["type"] for entity in entities] == ["bold"]
