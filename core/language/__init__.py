"""A sentence -> amount, currency, date, words, people. Pure; its words come in as a Phrasebook."""

from core.language.phrasebook import DateKind, DateTemplate, Phrasebook
from core.language.understanding import ParsedAmount, Understood, parse_amount, parse_date, understand

__all__ = [
    "DateKind",
    "DateTemplate",
    "ParsedAmount",
    "Phrasebook",
    "Understood",
    "parse_amount",
    "parse_date",
    "understand",
]
