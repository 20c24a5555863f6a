"""Phrasebooks from `locales/<lang>/phrases.yaml` and from CLDR, for the grammars of core.language.

CLDR (through Babel) knows separators, the order of dates, the names of months, weekdays and currencies. The files add
what people type beside that. A locale's words are those of its own folder, of its ancestors (de_AT, then de), of
English, which is mixed into every language, and of "und", which belongs to none; the more specific file wins where a
word has two meanings.
"""

import asyncio
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args

import iso4217
import yaml
from babel import Locale, UnknownLocaleError
from babel.core import get_global
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from core.language import DateKind, DateTemplate, Phrasebook, check_date_template, check_split_template

LOCALES_PATH = Path(__file__).resolve().parent.parent / "locales"
FILE_NAME = "phrases.yaml"
UNDETERMINED = "und"
"""The folder of what means the same in every language: the signs of currencies."""
MIXED_IN = "en"
"""The language whose words are understood in every other one."""

_CODES = frozenset(currency.code for currency in iso4217.Currency if currency.exponent is not None)


def _not_only_digits(name: str) -> str:
    if name.isdecimal():
        raise ValueError(f"{name!r} would hide every amount of that value")
    return name


def _split_template(template: str) -> str:
    check_split_template(template)
    return template


def _date_templates(by_kind: Mapping[DateKind, tuple[str, ...]]) -> Mapping[DateKind, tuple[str, ...]]:
    for kind, templates in by_kind.items():
        for template in templates:
            check_date_template(DateTemplate(kind=kind, pattern=template))
    return by_kind


def _known_currency(code: str) -> str:
    if code not in _CODES:
        raise ValueError(f"{code!r} is not a currency code of ISO 4217")
    return code


Category = Literal[
    "dining",
    "groceries",
    "transport",
    "travel",
    "lodging",
    "entertainment",
    "health",
    "shopping",
    "utilities",
    "office",
    "education",
    "gifts",
    "fees",
    "other",
]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Words = tuple[Annotated[str, Field(min_length=1)], ...]
Names = tuple[Annotated[str, Field(min_length=1), AfterValidator(_not_only_digits)], ...]
CurrencyCode = Annotated[str, AfterValidator(_known_currency)]

_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
_WORD_CHARS_MIN = 2  # CLDR's one-letter weekdays are words of the language far more often

Meaning = TypeVar("Meaning")


class InvalidPhrases(ValueError):
    """A phrases.yaml is wrong; the message names the file and the key."""


class Phrases(BaseModel):
    """One phrases.yaml. Every key is optional; mappings with lists go from a meaning to the words that have it.

    What a key does is told by the field of the same name in Phrasebook; the others are told here.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    ignore: Words = ()
    """Words of CLDR, of English, or of an ancestor that mean something else in this language."""
    counts: Mapping[int, Words] = {}
    multipliers: Mapping[int, Words] = {}
    multiplier_prefixes: Mapping[int, Words] = {}
    fractions: Mapping[Annotated[Decimal, Field(gt=0)], Words] = {}
    number_joiners: Words = ()
    decimal_words: Words = ()
    currencies: Mapping[CurrencyCode, Words] = {}
    shared_currency_words: Mapping[str, tuple[CurrencyCode, ...]] = {}
    """A word or sign of several currencies, the likeliest first."""
    minor_units: Mapping[str, CurrencyCode | None] = {}
    nationalities: Mapping[Annotated[str, Field(pattern="[A-Z]{2}")], Words] = {}
    coins: Mapping[str, Mapping[Annotated[Decimal, Field(gt=0)], Words]] = {}
    """Coins by a sign or name of their currency and their part of one."""
    cased_currency_words: Words = ()
    amount_joiners: Words = ()
    quantity_after: Words = ()
    quantity_before: Words = ()
    sharing_before: Words = ()
    amount_before: Words = ()
    amount_after: Words = ()
    months: Mapping[Annotated[int, Field(ge=1, le=12)], Words] = {}
    weekdays: Mapping[Weekday, Words] = {}
    weekday_abbreviations: Mapping[Weekday, Words] = {}
    not_dates: Words = ()
    """Abbreviations that are common words too ("sun"), and are never read as a weekday."""
    relative_days: Mapping[int, Words] = {}
    units: Mapping[Literal["day", "week", "month", "year"], Words] = {}
    ordinal_suffixes: Words = ()
    dates: Annotated[Mapping[DateKind, Words], AfterValidator(_date_templates)] = {}
    """Date templates by kind."""
    day_words: Mapping[Annotated[int, Field(ge=1, le=31)], Words] = {}
    range_joiners: Words = ()
    date_before: Words = ()
    date_after: Words = ()
    split: tuple[Annotated[str, AfterValidator(_split_template)], ...] = ()
    """Split templates."""
    name_separators: Words = ()
    not_names: Words = ()
    fillers: Words = ()
    leading_fillers: Words = ()
    trailing_fillers: Words = ()
    proper_names: Names = ()
    merchant_before: Words = ()
    company_before: Words = ()
    merchants: Mapping[Category, Names] = {}
    categories: Mapping[Category, Words] = {}


def phrasebook_for(locale: str, *, locales_path: Path = LOCALES_PATH) -> Phrasebook:
    """The phrasebook of a locale ("de", "de-AT", "pt_BR"), loaded once.

    A locale that nobody wrote phrases for has those of CLDR and English; an unknown one is English.

    Raises InvalidPhrases for a wrong file.
    """
    return _load(locale.strip().replace("-", "_"), locales_path)


class Phrasebooks:
    """Phrasebooks at hand: one that was never asked for is read from its files in a thread, the others are there at once."""

    def __init__(self) -> None:
        """Have none yet."""
        self._at_hand: dict[str, Phrasebook] = {}

    async def of(self, language: str) -> Phrasebook:
        """Return the words that people of a language type."""
        if language not in self._at_hand:
            self._at_hand[language] = await asyncio.to_thread(phrasebook_for, language)
        return self._at_hand[language]


@lru_cache(maxsize=64)
def _load(identifier: str, locales_path: Path) -> Phrasebook:
    try:
        locale = Locale.parse(identifier)
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse(MIXED_IN)
    files = [_read(path) for path in _paths(locale, locales_path)]
    return _assemble(locale, files)


def _paths(locale: Locale, locales_path: Path) -> list[Path]:
    """The files of a locale, what is undetermined and English first and the most specific last.

    A language whose words stand under one territory serves the others of the same script: pt_PT reads pt_BR.
    """
    likely = get_global("likely_subtags")
    home = Locale.parse(likely.get(locale.language, str(locale)))
    full = Locale.parse(likely.get(str(locale), str(locale)))
    of_home = (locale.script or full.script) == home.script
    names = [UNDETERMINED, MIXED_IN, locale.language]
    if of_home and not (locales_path / locale.language / FILE_NAME).is_file():
        names.append(f"{locale.language}_{home.territory}")
    names.append(f"{locale.language}_{locale.territory or full.territory}")
    paths = (locales_path / name / FILE_NAME for name in dict.fromkeys(names))
    return [path for path in paths if path.is_file()]


@cache
def _read(path: Path) -> Phrases:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - it is a safe loader
    except yaml.YAMLError as error:
        raise InvalidPhrases(f"{path}: {error}") from error
    try:
        return Phrases.model_validate(content or {})
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise InvalidPhrases(f"{path}: {wrong}") from error


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C loader is ten times faster
    """Reads words as words: "no", "on" and "yes" are no booleans in a list of what people type."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


def _assemble(locale: Locale, files: list[Phrases]) -> Phrasebook:
    english = Locale.parse(MIXED_IN)
    not_dates = {word.casefold() for file in files for word in file.not_dates}

    def words(key: str) -> tuple[str, ...]:
        merged: dict[str, None] = {}
        for file in files:
            merged = _without(merged, file.ignore) | dict.fromkeys(getattr(file, key))
        return tuple(merged)

    def meanings(key: str, *cldr: Mapping[str, Meaning]) -> dict[str, Meaning]:
        merged: dict[str, Meaning] = {}
        for names in cldr:
            merged |= {name.casefold(): meaning for name, meaning in names.items()}
        for file in files:
            merged = _without(merged, file.ignore) | _by_word(getattr(file, key))
        return merged

    abbreviations = meanings(
        "weekday_abbreviations", _weekdays(english, "abbreviated"), _weekdays(locale, "abbreviated")
    )
    pattern = locale.date_formats["short"].pattern
    symbols = locale.number_symbols["latn"]
    return Phrasebook(
        locale=str(locale),
        decimal_separator=symbols["decimal"],
        groups_by_space=symbols["group"] in {" ", "\u00a0", "\u202f"},
        counts=meanings("counts"),
        multipliers=meanings("multipliers"),
        multiplier_prefixes=meanings("multiplier_prefixes"),
        fractions=meanings("fractions"),
        number_joiners=words("number_joiners"),
        decimal_words=words("decimal_words"),
        currency_words=_currency_words(locale, files),
        minor_unit_words={word: code for file in files for word, code in file.minor_units.items()},
        nationalities=meanings("nationalities"),
        coins=_coins(files),
        cased_currency_words=_cased_currency_words(files),
        territory_currencies=_territory_currencies(),
        amount_joiners=words("amount_joiners"),
        quantity_after=words("quantity_after"),
        quantity_before=words("quantity_before"),
        sharing_before=words("sharing_before"),
        amount_before=words("amount_before"),
        amount_after=words("amount_after"),
        date_order="".join(sorted("DMY", key=lambda letter: pattern.upper().index(letter))),
        date_separators="".join(sorted({character for character in pattern if character in "./-"})),
        months=meanings("months", _months(english), _months(locale)),
        weekdays=_indexes(meanings("weekdays", _weekdays(english, "wide"), _weekdays(locale, "wide"))),
        weekday_abbreviations=_indexes({word: of for word, of in abbreviations.items() if word not in not_dates}),
        relative_days=meanings("relative_days"),
        units=meanings("units"),
        ordinal_suffixes=words("ordinal_suffixes"),
        date_templates=_date_templates_of(files),
        day_words=meanings("day_words"),
        range_joiners=words("range_joiners"),
        date_before=words("date_before"),
        date_after=words("date_after"),
        split_templates=words("split"),
        name_separators=words("name_separators"),
        not_names=frozenset(words("not_names")),
        fillers=words("fillers"),
        leading_fillers=words("leading_fillers"),
        trailing_fillers=words("trailing_fillers"),
        proper_names=words("proper_names"),
        merchant_before=words("merchant_before"),
        company_before=words("company_before"),
        merchants=meanings("merchants"),
        category_words=meanings("categories"),
    )


def _by_word(by_meaning: Mapping[Meaning, Iterable[str]]) -> dict[str, Meaning]:
    return {word.casefold(): meaning for meaning, words in by_meaning.items() for word in words}


def _without(words: dict[str, Meaning], ignored: Iterable[str]) -> dict[str, Meaning]:
    dropped = {word.casefold() for word in ignored}
    return {word: meaning for word, meaning in words.items() if word not in dropped}


def _indexes(weekdays: Mapping[str, Weekday]) -> dict[str, int]:
    return {word: _WEEKDAYS.index(of) for word, of in weekdays.items()}


def _months(locale: Locale) -> dict[str, int]:
    """Names of CLDR; the numbered months of Chinese and Japanese are read by templates."""
    return {
        name.rstrip("."): month
        for context in ("format", "stand-alone")
        for width in ("abbreviated", "wide")
        for month, name in locale.months[context][width].items()
        if not any(map(str.isdigit, name)) and len(name.rstrip(".")) >= _WORD_CHARS_MIN
    }


def _weekdays(locale: Locale, width: Literal["wide", "abbreviated"]) -> dict[str, Weekday]:
    return {
        name.rstrip("."): _WEEKDAYS[day]
        for context in ("format", "stand-alone")
        for day, name in locale.days[context][width].items()
        if len(name.rstrip(".")) >= _WORD_CHARS_MIN
    }


def _currency_words(locale: Locale, files: list[Phrases]) -> dict[str, tuple[str, ...]]:
    """Codes, the names and signs of CLDR, and those of the files; a sign keeps its other currencies behind CLDR's."""
    merged: dict[str, tuple[str, ...]] = {code.casefold(): (code,) for code in _CODES}
    for code in _CODES & locale.currencies.keys():
        merged[locale.currencies[code].casefold()] = (code,)
    plurals: Mapping[str, Mapping[str, str]] = locale._data["currency_names_plural"]
    # The public call takes a count and gives one form; which counts a language tells apart is what we do not know.
    for code in _CODES & plurals.keys():
        merged |= {name.casefold(): (code,) for name in plurals[code].values()}
    for file in files:
        merged = _without(merged, file.ignore)
        merged |= {word.casefold(): tuple(codes) for word, codes in file.shared_currency_words.items()}
        merged |= {word.casefold(): (code,) for word, code in _by_word(file.currencies).items()}
    for code, sign in locale.currency_symbols.items():
        if code in _CODES and sign != code:
            others = merged.get(sign.casefold(), ())
            merged[sign.casefold()] = (code, *(other for other in others if other != code))
    return merged


def _coins(files: list[Phrases]) -> dict[str, tuple[str, Decimal]]:
    return {
        word.casefold(): (sign, part)
        for file in files
        for sign, parts in file.coins.items()
        for part, words in parts.items()
        for word in words
    }


def _date_templates_of(files: list[Phrases]) -> tuple[DateTemplate, ...]:
    return tuple(
        DateTemplate(kind=kind, pattern=template)
        for file in files
        for kind, templates in file.dates.items()
        for template in templates
    )


def _cased_currency_words(files: list[Phrases]) -> frozenset[str]:
    """Those of all files; a language that has such a word as a currency of its own reads it however it is written."""
    cased: set[str] = set()
    for file in files:
        own = {word.casefold() for word in (*_by_word(file.currencies), *file.shared_currency_words)}
        cased = {word for word in cased if word.casefold() not in own} | set(file.cased_currency_words)
    return frozenset(cased)


@cache
def _territory_currencies() -> dict[str, str]:
    """What CLDR says is legal tender now, the newest where there are several."""
    return {
        territory: current[-1]
        for territory, entries in get_global("territory_currencies").items()
        if (current := [code for code, _, until, is_tender in entries if until is None and is_tender])
    }
