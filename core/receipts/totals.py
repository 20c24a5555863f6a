"""The total of a receipt: words that name it, what was paid and given back, sums that must hold.

Evidence is added up by value over all rows and all passes: what stands beside "total" and is cash minus change, and is
subtotal plus tax, is hardly another amount. An amount that nothing speaks for is not taken.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from core.receipts.amounts import Amount, amounts_of
from core.receipts.layout import Row
from core.receipts.port import Box, Field
from core.receipts.words import FoundWord, Role

# How strongly each sign speaks for an amount; only their order and rough size matter.
WEIGHTS_OF_ROLES = {Role.TOTAL_FINAL: 3.0, Role.TOTAL: 2.0, Role.AMOUNT: 1.2}
_WEIGHT_PAID_MINUS_CHANGE = 2.5
_WEIGHT_PAID = 1.0
_WEIGHT_SUM = 1.5
_WEIGHT_AFTER_ROUNDING = 2.0
_WEIGHT_LARGE_PRINT = 0.7
_WEIGHT_FURTHER_COLUMN = -0.7
_WEIGHT_TAX_TOO = -1.0
_WEIGHT_NO_DECIMALS = -1.0
_LARGE_PRINT = 1.3
_SCORE_MIN = 0.6
_ROUNDING_MAX = Decimal("0.05")  # cash is rounded to the next five or ten hundredths

FIGURES_MAX = 4  # of each kind; what is read as more is rather the items

# In this order: a row with several of these words is what the first of them says.
_FIGURES = (
    Role.CHANGE,
    Role.ROUNDING,
    Role.SUBTOTAL,
    Role.NOT_TOTAL,
    Role.DISCOUNT,
    Role.SERVICE,
    Role.CARD,
    Role.CASH,
    Role.TAX,
)
_BLOCKING = (
    Role.NOT_TOTAL,
    Role.SUBTOTAL,
    Role.CHANGE,
    Role.ROUNDING,
    Role.DISCOUNT,
    Role.CASH,
    Role.CARD,
    Role.SERVICE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRow:
    """A row with what was found in it."""

    row: Row
    roles: tuple[FoundWord, ...]
    amounts: tuple[Amount, ...]

    def has(self, *roles: Role) -> bool:
        return any(found.meaning in roles for found in self.roles)

    def role_ends(self, *roles: Role) -> int:
        """Where the last of these words ends in the text; -1 where there is none."""
        return max((found.end for found in self.roles if found.meaning in roles), default=-1)

    def rightmost(self, after: int = -1) -> Amount | None:
        """The rightmost amount that begins after a position; one with decimals before one without."""
        behind = [amount for amount in self.amounts if amount.start >= after]
        return next((of for of in reversed(behind) if of.has_decimals), behind[-1] if behind else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for an amount being the total, from one place of one pass."""

    value: Decimal
    weight: float
    confidence: float
    box: Box
    kind: str


class Figures:
    """The other figures of a receipt, that the total is checked against, by what they are."""

    def __init__(self) -> None:
        self._amounts: dict[Role, list[Amount]] = {}

    def add(self, role: Role, amount: Amount) -> None:
        """Note a figure."""
        self._amounts.setdefault(role, []).append(amount)

    def amounts(self, role: Role) -> list[Amount]:
        """The figures of a role, from the top; few enough to try all combinations."""
        return self._amounts.get(role, [])[:FIGURES_MAX]

    def values(self, role: Role) -> list[Decimal]:
        """The different values of a role, from the top."""
        return [*dict.fromkeys(amount.value for amount in self.amounts(role))]


def read_rows(rows: Iterable[Row], find: Callable[[str], Sequence[FoundWord]]) -> list[ReadRow]:
    """Look for words and amounts in rows; `find` is core.receipts.words.Phrases.find."""
    return [ReadRow(row=row, roles=tuple(find(row.text)), amounts=tuple(amounts_of(row))) for row in rows]


def evidence_of(rows: Sequence[ReadRow], *, decimals: int) -> list[Evidence]:
    """What one pass over a receipt says of its total.

    `decimals`: of its currency. Where there are some, a number without them is an amount only beside a total's word.
    """
    usual_height = _median([row.row.height for row in rows]) or 1.0
    found: list[Evidence] = []
    figures = Figures()
    for index, row in enumerate(rows):
        _collect(figures, row, rows[index + 1] if index + 1 < len(rows) else None, decimals)
        labelled = _labelled(rows, index, decimals)
        if labelled is None:
            continue
        amount, weight = labelled
        weight += _WEIGHT_LARGE_PRINT * (row.row.height > _LARGE_PRINT * usual_height)
        found.append(_evidence(amount, weight, "word"))
        figures.add(Role.TOTAL, amount)
    found += _of_payments(figures)
    return found + _of_sums(figures, found)


def _labelled(rows: Sequence[ReadRow], index: int, decimals: int) -> tuple[Amount, float] | None:
    """The amount beside a word for the total, and how strongly the word speaks."""
    row = rows[index]
    role = next((role for role in WEIGHTS_OF_ROLES if row.has(role)), None)
    if role is None or row.has(*_BLOCKING):
        return None
    weight = WEIGHTS_OF_ROLES[role] + _WEIGHT_TAX_TOO * row.has(Role.TAX)
    end = row.role_ends(role)
    amount = _usable(row.rightmost(end), decimals)
    if amount is not None:
        # In a table of taxes the total's row has columns; where it is alone it is the total itself.
        columns = sum(of.has_decimals for of in row.amounts if of.start >= end)
        return amount, weight + _WEIGHT_FURTHER_COLUMN * max(columns - 1, 0) + _WEIGHT_NO_DECIMALS * (
            decimals > 0 and not amount.has_decimals
        )
    if role is Role.AMOUNT or any(of.has_decimals for of in row.amounts):
        return None
    for beside in (index + 1, index - 1):
        if 0 <= beside < len(rows) and not rows[beside].roles and len(rows[beside].row.words) <= 3:
            amount = _usable(rows[beside].rightmost(), decimals)
            if amount is not None and (amount.has_decimals or not decimals):
                return amount, weight - 0.8
    return None


def _usable(amount: Amount | None, decimals: int) -> Amount | None:
    if amount is None or amount.value <= 0:
        return None
    if amount.has_decimals or amount.is_grouped:
        return amount
    digits = amount.end - amount.start
    return amount if not decimals and 3 <= digits <= 9 else None


def _collect(figures: Figures, row: ReadRow, following: ReadRow | None, decimals: int) -> None:
    """Note the figures of a row that the total is checked against."""
    amount = row.rightmost(max(row.role_ends(*Role) - 1, -1)) or row.rightmost()
    if amount is None and following is not None and not following.roles and len(following.row.words) <= 2:
        amount = following.rightmost()
    if amount is None or not (amount.has_decimals or amount.is_grouped or not decimals):
        return
    role = next((role for role in _FIGURES if row.has(role)), None)
    if role is not None and not (role is Role.TAX and row.has(*WEIGHTS_OF_ROLES)):
        figures.add(role, amount)


def _of_payments(figures: Figures) -> list[Evidence]:
    """What was handed over minus what was given back; what a card was charged."""
    found = []
    change = figures.amounts(Role.CHANGE)
    for paid, back in product(figures.amounts(Role.CASH), change):
        value = paid.value - abs(back.value)
        if value > 0:
            weight = _WEIGHT_PAID_MINUS_CHANGE if back.value else _WEIGHT_PAID
            found.append(_evidence(paid, weight, "payment", value=value, also=back))
    if not change:
        found += [_evidence(paid, _WEIGHT_PAID, "paid") for paid in figures.amounts(Role.CASH) if paid.value > 0]
    charged = [amount for amount in figures.amounts(Role.CARD) if amount.value > 0]
    return found + [_evidence(amount, _WEIGHT_PAID, "charged") for amount in charged]


def _of_sums(figures: Figures, found: Sequence[Evidence]) -> list[Evidence]:
    """A second word for what something else speaks for already: it is the sum of what stands above it."""
    nothing = [Decimal(0)]
    taxes = figures.values(Role.TAX)
    expected = {
        subtotal + tax + service + rounding - abs(discount)
        for subtotal, tax, service, rounding, discount in product(
            figures.values(Role.SUBTOTAL),
            [*nothing, *taxes, sum(taxes, Decimal(0))],
            [*nothing, *figures.values(Role.SERVICE)],
            [*nothing, *figures.values(Role.ROUNDING)],
            [*nothing, *figures.values(Role.DISCOUNT)],
        )
    }
    rounded = {
        total + sign * rounding
        for total, rounding, sign in product(figures.values(Role.TOTAL), figures.values(Role.ROUNDING), (1, -1))
        if 0 < abs(rounding) <= _ROUNDING_MAX
    }
    more = []
    for value in dict.fromkeys(of.value for of in found):
        first = next(of for of in found if of.value == value)
        if value in expected:
            more.append(_again(first, _WEIGHT_SUM, "sum"))
        if value in rounded and value % _ROUNDING_MAX == 0:
            more.append(_again(first, _WEIGHT_AFTER_ROUNDING, "rounded"))
    return more


def _evidence(
    amount: Amount, weight: float, kind: str, *, value: Decimal | None = None, also: Amount | None = None
) -> Evidence:
    return Evidence(
        value=amount.value if value is None else value,
        weight=weight,
        confidence=min(amount.confidence, also.confidence) if also else amount.confidence,
        box=amount.box,
        kind=kind,
    )


def _again(first: Evidence, weight: float, kind: str) -> Evidence:
    return Evidence(value=first.value, weight=weight, confidence=first.confidence, box=first.box, kind=kind)


def pick_total(evidence: Sequence[Evidence], *, passes: int) -> Field[Decimal]:
    """The amount that most speaks for, over all passes; none where too little does.

    `passes`: how many readings of the same picture the evidence comes from, at least 1.
    """
    score: dict[Decimal, float] = {}
    for each in evidence:
        score[each.value] = score.get(each.value, 0.0) + each.weight * (0.4 + 0.6 * each.confidence) / passes
    if not score:
        return Field()
    best = max(score, key=lambda value: (score[value], value))
    if score[best] < _SCORE_MIN:
        return Field()
    of_best = [each for each in evidence if each.value == best]
    runner_up = max((max(value, 0.0) for key, value in score.items() if key != best), default=0.0)
    margin = (score[best] - runner_up) / (score[best] + runner_up)
    kinds = {each.kind for each in of_best}
    read = max(each.confidence for each in of_best)
    confidence = 0.25 + 0.2 * read + 0.3 * margin + 0.15 * min(len(kinds) - 1, 2) + 0.05 * min(len(of_best) - 1, 3)
    place = max((each for each in of_best), key=lambda each: (each.kind == "word", each.weight, each.confidence))
    return Field(value=best, confidence=round(min(max(confidence, 0.05), 0.98), 3), box=place.box)


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else 0.0
