"""Values with the longest of everything, of which views make their worst cases."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from bot.translation import Catalogues
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
from core.expenses.filters import TYPED_LENGTH_MAX, WORDS_MAX, Bound, Filters, Sign
from core.expenses.rules import DESCRIPTION_LENGTH_MAX, MERCHANT_LENGTH_MAX, Expense, State
from core.identity.rules import DEPARTMENT_LENGTH_MAX, Colleague, Member, Notifications, Role, Settings, WorkingHours
from core.kernel.months import Month
from core.money import AMOUNT_MINOR_MAX, Currency, Money
from core.receipts.record import ReadFields, Receipt, ReceiptState
from core.reports.rules import Report, Scope, Sum, report_of
from handlers.catalogue import registry
from handlers.events import FormFace, Source
from handlers.forms import Choice, FormStart
from handlers.members import MANAGERS_MAX
from handlers.stored import codec
from handlers.text import Verbatim
from handlers.views import expenses

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
