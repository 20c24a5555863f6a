"""A sentence -> amount, currency, date, words, people. Pure; its words come in as a Phrasebook."""

from core.language.dates import check_date_template
from core.language.people import check_split_template
from core.language.phrasebook import DateKind, DateTemplate, Phrasebook
from core.language.understanding import ParsedAmount, Understood, parse_amount, parse_date, understand

__all__ = [
    "DateKind",
    "DateTemplate",
    "ParsedAmount",
    "Phrasebook",
    "Understood",
    "check_date_template",
    "check_split_template",
    "parse_amount",
    "parse_date",
    "understand",
]
