"""Text -> words: gettext's catalogues, and Babel for money, dates, numbers and lists, in the reader's language."""

import gettext
import io
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog

from core.kernel.months import Month
from core.money import Money
from handlers.text import Text, Verbatim, Words

if TYPE_CHECKING:  # Babel costs 70 ms to import, and a process that says nothing needs none of it
    from babel import Locale

DOMAIN = "expenseflow"
FALLBACK_LANGUAGE = "en"
LOCALES_FOLDER = Path(__file__).resolve().parent.parent / "locales"

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}", re.ASCII)

# Unicode's rule for currencies without a symbol (UTS 35, part 3, currencySpacing), which Babel leaves out: KWD 1.234.
_LETTER_BESIDE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")

_DIRECTION_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
"""Bidirectional classes of letters and digits that are written from right to left, or stand among such."""
_FIRST_STRONG_ISOLATE, _POP_DIRECTIONAL_ISOLATE = "\u2068", "\u2069"

logger = structlog.get_logger()


class TranslationError(LookupError):
    """A key, a placeholder or an argument that does not fit the catalogue: a fault of ours, raised by strict ones."""


class Catalogues:
    """The catalogues of a folder: `<language>/LC_MESSAGES/expenseflow.po`, with a compiled .mo beside it or without.

    A .mo that is missing or older than its .po is left alone and the .po is compiled in memory, so that a start needs
    no build and no writable folder. `strict` (for tests) raises TranslationError where people get the next best words.
    """

    def __init__(self, folder: Path = LOCALES_FOLDER, *, strict: bool = False) -> None:
        """Find the languages; raises FileNotFoundError when the fallback's catalogue is missing."""
        self.strict = strict
        self._folder = folder
        self._loaded: dict[str, gettext.GNUTranslations] = {}
        found = {path.parent.parent.name for path in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.[pm]o")}
        if FALLBACK_LANGUAGE not in found:
            raise FileNotFoundError(f"no catalogue {FALLBACK_LANGUAGE}/LC_MESSAGES/{DOMAIN}.po in {folder}")
        self.languages = tuple(sorted(found))

    def negotiate(self, hint: str | None) -> str:
        """Return the language to speak for a platform's hint ("de", "de-AT", "pt_BR"), or else English.

        A language that stands under one territory alone (pt_BR) serves the others (pt-PT) as well.
        """
        wanted = (hint or "").replace("-", "_").lower()
        language = wanted.partition("_")[0]
        by_name = {each.lower().partition("_")[0]: each for each in reversed(self.languages)}
        by_name |= {each.lower(): each for each in self.languages}
        return by_name.get(wanted) or by_name.get(language, FALLBACK_LANGUAGE)

    def translator(self, language: str | None, time_zone: str = "UTC") -> "Translator":
        """Return a translator into the nearest language that there is; `time_zone` is an IANA name."""
        return Translator(language or FALLBACK_LANGUAGE, time_zone, self)

    def template(self, language: str, key: str, count: int | None) -> str | None:
        """Return the entry of `key`, in the plural form for `count` where it has plurals; None without an entry."""
        catalogue = self._loaded.get(language)
        if catalogue is None:
            catalogue = self._loaded[language] = _load(self._folder / language / "LC_MESSAGES" / f"{DOMAIN}.po")
        if count is not None:
            plural = catalogue.ngettext(key, key, count)
            if plural != key:
                return plural or None
        singular = catalogue.gettext(key)
        return None if singular in ("", key) else singular


@lru_cache(maxsize=1)
def default_catalogues() -> Catalogues:
    """Return the catalogues that come with the program, read once."""
    return Catalogues()


def _load(po: Path) -> gettext.GNUTranslations:
    mo = po.with_suffix(".mo")
    if mo.exists() and not (po.exists() and po.stat().st_mtime > mo.stat().st_mtime):
        with mo.open("rb") as compiled:
            return gettext.GNUTranslations(compiled)
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with po.open("rb") as source:
        catalogue = read_po(source, locale=po.parent.parent.name, abort_invalid=True)
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    buffer.seek(0)
    return gettext.GNUTranslations(buffer)


@dataclass(frozen=True, slots=True)
class Translator:
    """Turns what is to be said into words of one language, with times on the clock of one zone."""

    language: str
    time_zone: str = "UTC"
    catalogues: Catalogues = field(default_factory=default_catalogues, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Settle on a language that there is a catalogue for."""
        object.__setattr__(self, "language", self.catalogues.negotiate(self.language))

    def translate(self, words: Words) -> str:
        """Return the words as they are shown. One pass: nothing in an argument is ever read as a placeholder."""
        if isinstance(words, Verbatim):
            return without_overrides(words.words)
        count = words.arguments.get("count")
        template = self._template(words.key, count if isinstance(count, int) else None)

        def fill(placeholder: re.Match[str]) -> str:
            name = placeholder[1]
            if name in words.arguments:
                return self._argument(words, name)
            self._fault(f"{words.key} has no argument {name!r}")
            return "…"

        return _PLACEHOLDER.sub(fill, template)

    def _template(self, key: str, count: int | None) -> str:
        for language in dict.fromkeys((self.language, FALLBACK_LANGUAGE)):
            template = self.catalogues.template(language, key, count)
            if template is not None:
                return template
            self._fault(f"{key} is missing in {language}")
        return key

    def _argument(self, text: Text, name: str) -> str:
        try:
            return self._format(text.arguments[name])
        except TranslationError:
            raise
        except Exception as error:  # noqa: BLE001 - a sentence with a plain argument is better than none
            self._fault(f"{text.key} cannot show its argument {name!r}: {error}")
            return str(text.arguments[name])

    def _format(self, value: Any) -> str:
        match value:
            case str() | Verbatim():
                return set_apart(value if isinstance(value, str) else value.words)
            case Text():
                return self.translate(value)
            case Money():
                return _format_money(value, self.language)
            case datetime():  # before date, of which it is a kind
                return _format_instant(value, self.language, self.time_zone)
            case Month():
                from babel.dates import format_skeleton

                return str(format_skeleton("yMMMM", value.first, locale=_locale(self.language)))
            case date():
                from babel.dates import format_date

                return format_date(value, "medium", locale=_locale(self.language))
            case int() if not isinstance(value, bool):
                from babel.numbers import format_decimal

                return format_decimal(value, locale=_locale(self.language))
            case tuple() | list():
                from babel.lists import format_list

                return format_list([self._format(item) for item in value], locale=_locale(self.language))
        raise TypeError(f"{type(value).__name__} has no way to be shown")

    def _fault(self, what: str) -> None:
        if self.catalogues.strict:
            raise TranslationError(what)
        logger.error("translation fault", what=what, language=self.language)


def set_apart(words: str) -> str:
    """Return what somebody wrote such that it turns no word of ours around, nor an amount behind it.

    Writing from right to left is isolated (Unicode UAX 9, 2.4).
    """
    words = without_overrides(words)
    if not words.isascii() and any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in words):
        return f"{_FIRST_STRONG_ISOLATE}{words}{_POP_DIRECTIONAL_ISOLATE}"
    return words


def without_overrides(words: str) -> str:
    """Return words without the controls that turn the direction of writing, of which only the letters are to tell."""
    return words if words.isascii() else _DIRECTION_CONTROLS.sub("", words)


@lru_cache(maxsize=16)
def _locale(language: str) -> "Locale":
    from babel import Locale

    return Locale.parse(language)


def _format_money(money: Money, language: str) -> str:
    """Write an amount with the decimals of ISO 4217: Babel's own differ for 26 currencies (UGX, CLF, …)."""
    from babel.numbers import parse_pattern

    locale = _locale(language)
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)  # a fresh one: its precision is set below
    pattern.frac_prec = (money.currency.exponent, money.currency.exponent)
    amount: Decimal = money.to_decimal()
    shown = str(pattern.apply(amount, locale, currency=money.currency.code, currency_digits=False))
    return _LETTER_BESIDE_DIGIT.sub("\N{NO-BREAK SPACE}", shown)


def _format_instant(instant: datetime, language: str, time_zone: str) -> str:
    """Write the date in the medium form and the time without seconds, which nobody reads."""
    from babel.dates import format_date, format_time, get_datetime_format

    if instant.tzinfo is None:
        raise TypeError("an instant without a time zone")
    local, locale = instant.astimezone(ZoneInfo(time_zone)), _locale(language)
    both = str(get_datetime_format("medium", locale=locale)).replace("'", "")
    day, time = format_date(local.date(), "medium", locale=locale), format_time(local, "short", locale=locale)
    return both.replace("{1}", day).replace("{0}", time)
