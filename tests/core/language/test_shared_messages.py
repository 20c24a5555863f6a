"""The grammars against the cases beside the repository: amount, currency and date all right."""

import json
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from statistics import mean, median
from time import process_time

import pytest

from bot.phrasebook import phrasebook_for
from core.language import understand

ALL_MIN = 0.75
LOCALE_MIN = 0.5
CPU_S_MEDIAN_MAX = 0.001


@pytest.mark.needs_shared
def test_most_messages_are_understood_in_every_locale_and_fast(shared_folder: Path) -> None:
    lines = (shared_folder / "cases" / "messages_dev.jsonl").read_text(encoding="utf-8").splitlines()
    right: dict[str, list[bool]] = defaultdict(list)
    seconds = []
    for case in map(json.loads, lines):
        book, expected = phrasebook_for(case["locale"]), case["expected"]
        started_s = process_time()
        found = understand(
            case["text"],
            locale=case["locale"],
            reference=datetime.fromisoformat(case["reference_time"]),
            phrasebook=book,
        )
        seconds.append(process_time() - started_s)
        right[case["locale"]].append(
            found.amount == Decimal(expected["amount"])
            and found.currency == expected["currency"]
            and (found.date and found.date.isoformat()) == expected["date"]
        )
    assert mean(verdict for verdicts in right.values() for verdict in verdicts) >= ALL_MIN
    assert {locale: mean(verdicts) for locale, verdicts in right.items() if mean(verdicts) < LOCALE_MIN} == {}
    assert median(seconds) < CPU_S_MEDIAN_MAX
