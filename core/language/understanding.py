"""Understanding a message about an expense, or a single field of a form, with the same grammars."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from core.language.amounts import AmountGrammar, FoundAmount
from core.language.dates import DateGrammar
from core.language.found_date import FoundDate
from core.language.people import PeopleGrammar, take_tags
from core.language.phrasebook import Phrasebook
from core.language.remaining import Remaining
from core.language.text import clean
from core.language.wording import WordingGrammar
from core.money import Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a message says about an expense; None where it says nothing.

    Attributes:
        amount: in major units, not negative; not yet checked against the decimals of the currency.
        currency: code of ISO 4217.
        date: the first or only day, local to the reference.
        date_end: the last day, inclusive, of a range; None for a single day.
        merchant: as written.
        item: the description, without date, amount, tags and people.
        category: key of a default category, a guess by words.
        tags: without "#", as written.
        participants: without "@", as written.
    """

    amount: Decimal | None = None
    currency: str | None = None
    date: datetime.date | None = None
    date_end: datetime.date | None = None
    merchant: str | None = None
    item: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedAmount:
    """An amount in major units, and the currency if the text names one."""

    amount: Decimal
    currency: str | None


class _Grammars:
    """All grammars of one phrasebook."""

    def __init__(self, phrasebook: Phrasebook) -> None:
        self.amounts = AmountGrammar(phrasebook)
        self.dates = DateGrammar(phrasebook)
        self.people = PeopleGrammar(phrasebook)
        self.wording = WordingGrammar(phrasebook)


@lru_cache(maxsize=64)
def _grammars(phrasebook: Phrasebook) -> _Grammars:
    return _Grammars(phrasebook)


def understand(
    text: str,
    *,
    locale: str,
    reference: datetime.datetime,
    phrasebook: Phrasebook,
    default_currency: str | None = None,
) -> Understood:
    """Read a message about an expense.

    Args:
        text: what somebody wrote; only its first 4096 characters are read.
        locale: of the person, as "de" or "en-CA"; its territory decides what an ambiguous sign ("$") means.
        reference: the moment of writing in the person's own zone; relative dates count from its local date.
        phrasebook: the words of the person's language.
        default_currency: what the person usually pays in. It decides what an ambiguous sign means, before the
            territory does, and how many decimals a bare number may have; it is not returned for a text that names
            no currency.

    Raises:
        Nothing for any text; UnknownCurrency for a wrong default currency.
    """
    grammars = _grammars(phrasebook)
    remaining = Remaining.of(clean(text))
    tags = take_tags(remaining)
    participants = grammars.people.take_people(remaining)
    grammars.wording.hide_proper_names(remaining)
    found_date, found_amount = _date_and_amount(grammars, remaining, reference.date(), default_currency)
    currencies: tuple[str, ...] = ()
    if found_date:
        remaining.take(found_date.start, found_date.end)
    if found_amount:
        remaining.take(found_amount.start, found_amount.end)
        currencies = found_amount.currencies or _take_lone_currency(grammars, remaining)
    item = grammars.wording.item(remaining)
    merchant, merchant_category = grammars.wording.merchant(item)
    return Understood(
        amount=found_amount.value if found_amount else None,
        currency=_choose_currency(currencies, locale, phrasebook, default_currency),
        date=found_date.first if found_date else None,
        date_end=found_date.last if found_date and found_date.last != found_date.first else None,
        merchant=merchant,
        item=item,
        category=grammars.wording.category(item) or merchant_category,
        tags=tags,
        participants=participants,
    )


def parse_amount(
    text: str, *, locale: str, phrasebook: Phrasebook, default_currency: str | None = None
) -> ParsedAmount | None:
    """Read a field that holds an amount and nothing else ("23,50 €"); None where it does not.

    The arguments are those of `understand`.
    """
    grammars = _grammars(phrasebook)
    remaining = Remaining.of(clean(text))
    found = grammars.amounts.best(remaining, year=0, decimals_max=_decimals_of(default_currency))
    if found is None:
        return None
    remaining.take(found.start, found.end)
    if not remaining.is_spent():
        return None
    return ParsedAmount(
        amount=found.value, currency=_choose_currency(found.currencies, locale, phrasebook, default_currency)
    )


def parse_date(
    text: str,
    *,
    locale: str,  # noqa: ARG001 - the three entry points are called alike, and the phrasebook has the date order
    reference: datetime.datetime,
    phrasebook: Phrasebook,
) -> datetime.date | None:
    """Read a field that holds one date and nothing else ("yesterday", "12.3."); None where it does not.

    The arguments are those of `understand`. A date without a year is the latest that is not after the reference.
    """
    remaining = Remaining.of(clean(text))
    for found in _grammars(phrasebook).dates.find(remaining.folded, reference.date()):
        rest = remaining.copy()
        rest.take(found.start, found.end)
        if rest.is_spent() and found.first == found.last:
            return found.first
    return None


def _date_and_amount(
    grammars: _Grammars, remaining: Remaining, today: datetime.date, default_currency: str | None
) -> tuple[FoundDate | None, FoundAmount | None]:
    """The date and the amount together, since "5.02" is either, by what else the text holds."""
    decimals_max = _decimals_of(default_currency)
    dates = grammars.dates.find(remaining.folded, today)
    for found_date in sorted(dates, key=lambda found: found.weak):
        rest = remaining.copy()
        rest.take(found_date.start, found_date.end)
        found_amount = grammars.amounts.best(rest, year=today.year, decimals_max=decimals_max)
        if found_amount is not None or not found_date.weak:
            return found_date, found_amount
    return None, grammars.amounts.best(remaining, year=today.year, decimals_max=decimals_max)


def _take_lone_currency(grammars: _Grammars, remaining: Remaining) -> tuple[str, ...]:
    found = grammars.amounts.lone_currency(remaining)
    if found is None:
        return ()
    start, end, currencies = found
    remaining.take(start, end)
    return currencies


def _decimals_of(currency: str | None) -> int:
    return 2 if currency is None else Currency.of(currency).exponent


def _choose_currency(
    candidates: tuple[str, ...], locale: str, phrasebook: Phrasebook, default_currency: str | None
) -> str | None:
    """What the sign means to this person: what they usually pay in, else what their territory does, else the commonest."""
    if not candidates:
        return None
    if default_currency in candidates:
        return default_currency
    territory = locale.replace("_", "-").rpartition("-")[2]
    of_territory = phrasebook.territory_currencies.get(territory)
    return of_territory if of_territory in candidates else candidates[0]
