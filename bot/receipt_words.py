"""The words of receipts, from `locales/<lang>/receipts.yaml`, from the phrasebooks and from CLDR, for core.receipts.

All languages are put together: an employee brings receipts from where they have been.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from babel import Locale, UnknownLocaleError
from babel.core import get_global
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.phrasebook import LOCALES_PATH, InvalidPhrases, phrasebook_for
from core.receipts.words import ReceiptWords, Role

FILE_NAME = "receipts.yaml"
Words = tuple[Annotated[str, Field(min_length=1)], ...]


class ReceiptPhrases(BaseModel):
    """One receipts.yaml: a key for each Role, and `territories`: words that stand on the receipts of one country alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    roles: Mapping[Role, Words]
    territories: Mapping[Annotated[str, Field(pattern="^[A-Z]{2}$")], Words] = {}


@cache
def receipt_words(locales_path: Path = LOCALES_PATH) -> ReceiptWords:
    """All words, loaded once. Raises InvalidPhrases for a wrong file."""
    files = {path.parent.name: _read(path) for path in sorted(locales_path.glob(f"*/{FILE_NAME}"))}
    phrasebooks = [phrasebook_for(name, locales_path=locales_path) for name in ("en", *files)]
    months: dict[str, int] = {}
    currencies: dict[str, tuple[str, ...]] = {}
    for phrasebook in phrasebooks:  # English first: its meaning of a sign that several share is the commonest
        months = {**phrasebook.months, **months}
        currencies = {**phrasebook.currency_words, **currencies}
    return ReceiptWords(
        roles=_merged((role.value, words) for file in files.values() for role, words in file.roles.items()),
        months=months,
        currencies=currencies,
        territory_currencies=phrasebooks[0].territory_currencies,
        territories=(territories := _merged(pair for file in files.values() for pair in file.territories.items())),
        date_orders=_date_orders(territories),
    )


def _read(path: Path) -> ReceiptPhrases:
    try:
        # The base loader makes nothing but texts: "no" and "off" are words here.
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader) or {}  # noqa: S506 - and no objects
        return ReceiptPhrases.model_validate(
            {"territories": content.pop("territories", {}), "roles": content} if isinstance(content, dict) else content
        )
    except yaml.YAMLError as error:
        raise InvalidPhrases(f"{path}: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise InvalidPhrases(f"{path}: {wrong}") from error


def _merged(pairs: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    merged: dict[str, tuple[str, ...]] = {}
    for key, words in pairs:
        merged[key] = tuple(dict.fromkeys((*merged.get(key, ()), *words)))
    return merged


def _date_orders(territories: Iterable[str]) -> dict[str, str]:
    """The territories that do not write the day first, with their order, as CLDR has it for their first language.

    Only those whose receipts are recognised by their words: CLDR takes 15 ms a territory.
    """
    orders = {}
    for territory in territories:
        likely = get_global("likely_subtags").get(f"und_{territory}")
        try:
            pattern = Locale.parse(likely or f"en_{territory}").date_formats["short"].pattern.upper()
        except (UnknownLocaleError, ValueError):
            continue
        order = "".join(sorted("DMY", key=pattern.find))
        if order != "DMY":
            orders[territory] = order
    return orders
