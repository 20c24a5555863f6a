"""The merchant of a receipt: the first line of the top that is a name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.language.text import fold
from core.receipts.port import Box, Field
from core.receipts.totals import ReadRow
from core.receipts.words import Role

ROWS_MAX = 14  # what stands lower is what was bought
NAME_CHARACTERS_MAX = 80

_REGISTRATION = re.compile(r"[\(\[\{<][^)\]\}>]*\d[^)\]\}>]*[\)\]\}>]?|\b\d{5,}[-\s]?[A-Z]?\b.*$")
_EDGES = re.compile(r"^[^\w]+|[^\w)\]&.!']+$")
_ADDRESS_OR_NUMBER = re.compile(r"\d{5}|\d{2,}[-.\s]\d{3,}|@|www\.|https?:|\.com\b|\d+/\d+|#\s*\d")
_HAS_DATE_OR_TIME = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}:\d{2}")

_STREET = re.compile(
    r"^\d{1,5}[a-z]?,?\s+[^\W\d]|[^\W\d]\s\d{1,4}\s?[a-z]?$", re.IGNORECASE
)  # "12 High St", "Am Ring 7"
_LETTER_SHAPES = {"0": "O", "1": "I", "5": "S", "8": "B", "¥": "Y", "|": "I"}
_AMONG_LETTERS = re.compile(r"(?<=[^\W\d][.\-])[0158¥|](?=[.\-]|\b)|(?<=[^\W\d])[0158¥|](?=[^\W\d])")

_WEIGHT_COMPANY = 2.5
_WEIGHT_FIRST = 2.0
_WEIGHT_STEP_DOWN = 0.35
_WEIGHT_LARGE_PRINT = 1.0
_WEIGHT_CAPITALS = 0.3
_WEIGHT_NOT_MERCHANT = -2.5
_WEIGHT_ADDRESS = -2.0
_WEIGHT_STREET = -1.2
_WEIGHT_FIGURES = -2.0
_WEIGHT_POOR_READING = -2.0
_WEIGHT_SHORT = -1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantCandidate:
    """A name near the top, and what speaks for it."""

    name: str
    weight: float
    confidence: float
    box: Box


def merchant_candidates(rows: Sequence[ReadRow]) -> list[MerchantCandidate]:
    """The rows of the top as names, each with its weight; those of which nothing is left are none."""
    top = [row for row in rows[: 2 * ROWS_MAX] if _letters(row.row.text) >= 3][:ROWS_MAX]
    if not top:
        return []
    usual_height = sorted(row.row.height for row in rows)[len(rows) // 2]
    found = []
    names_before = 0
    for index, row in enumerate(top):
        name = _name_of(row)
        weight = _weight(row, name, usual_height)
        if _letters(name) >= 3:
            weight += _WEIGHT_FIRST - _WEIGHT_STEP_DOWN * names_before
            joined = _joined_with_legal_form(row, top[index + 1]) if index + 1 < len(top) else None
            found.append(_candidate(row, name, weight))
            if joined is not None:
                found.append(_candidate(row, joined, weight + _WEIGHT_COMPANY))
        names_before += 1 if _quality(row) > 0.4 else 0
        if weight < -1 and names_before >= 3 and row.has(Role.DATE):
            break
    return found


def _candidate(row: ReadRow, name: str, weight: float) -> MerchantCandidate:
    return MerchantCandidate(
        name=name[:NAME_CHARACTERS_MAX], weight=weight, confidence=_quality(row), box=row.row.box()
    )


def _name_of(row: ReadRow) -> str:
    """The name in a row: misread legal forms put right, letters for the digits that were read between letters."""
    text = row.row.text
    for found in reversed(row.roles):
        written = text[found.start : found.end]
        if found.meaning == Role.COMPANY and " " in found.phrase and fold(written) != fold(found.phrase):
            right = found.phrase.upper() if written.isupper() else found.phrase.title()
            text = text[: found.start] + right + text[found.end :]
    return cleaned(_AMONG_LETTERS.sub(lambda match: _LETTER_SHAPES[match.group()], text))


def cleaned(text: str) -> str:
    """A line without a company's number and without what stands around a name."""
    name = _REGISTRATION.sub(" ", text)
    previous = None
    while previous != name:
        previous = name
        name = _EDGES.sub("", name.strip())
    return " ".join(name.split())


def _weight(row: ReadRow, name: str, usual_height: float) -> float:
    text = row.row.text
    weight = _WEIGHT_COMPANY * row.has(Role.COMPANY)
    # A line that only says "Restaurant" names a kind of shop; a line that ends with a legal form names a shop.
    blocking = [found for found in row.roles if found.meaning != Role.COMPANY]
    weight += _WEIGHT_NOT_MERCHANT * min(len(blocking), 2) * (0.5 if row.has(Role.COMPANY) else 1.0)
    weight += _WEIGHT_ADDRESS * bool(_ADDRESS_OR_NUMBER.search(text))
    weight += _WEIGHT_STREET * bool(_STREET.search(name))
    weight += _WEIGHT_FIGURES * bool(_HAS_DATE_OR_TIME.search(text) or any(of.has_decimals for of in row.amounts))
    weight += _WEIGHT_LARGE_PRINT * (row.row.height > 1.25 * usual_height)
    weight += _WEIGHT_CAPITALS * name.isupper()
    weight += _WEIGHT_POOR_READING * (1 - _quality(row))
    weight += _WEIGHT_SHORT * (_letters(name) < 4)
    return weight + _WEIGHT_FIGURES * (_letters(name) < 0.6 * len(name.replace(" ", "")))


def _joined_with_legal_form(row: ReadRow, following: ReadRow) -> str | None:
    """A name whose legal form stands on the next line ("… TRADING" / "SDN BHD")."""
    name = _name_of(following)
    covered = sum(found.end - found.start for found in following.roles if found.meaning == Role.COMPANY)
    if not name or row.has(Role.NOT_MERCHANT) or covered < 0.7 * len(name):
        return None
    return f"{_name_of(row)} {name}"


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _quality(row: ReadRow) -> float:
    """How sure the reading of a row is, by the length of its words: a smudge is one character of low confidence."""
    weights = [len(word.text) for word in row.row.words]
    return sum(word.confidence * weight for word, weight in zip(row.row.words, weights, strict=True)) / sum(weights)


def pick_merchant(candidates: Sequence[MerchantCandidate], *, passes: int) -> Field[str]:
    """The likeliest name over all passes; what several read alike weighs more.

    `passes`: how many readings of the same picture the candidates come from, at least 1.
    """
    if not candidates:
        return Field()
    score: dict[str, float] = {}
    for candidate in candidates:
        key = _key(candidate.name)
        score[key] = score.get(key, 0.0) + max(candidate.weight, 0.0) * (0.4 + 0.6 * candidate.confidence) / passes
    best_key = max(score, key=lambda key: score[key])
    if score[best_key] <= 0:
        return Field()
    best = max(
        (candidate for candidate in candidates if _key(candidate.name) == best_key),
        key=lambda candidate: candidate.weight * candidate.confidence,
    )
    runner_up = max((value for key, value in score.items() if key != best_key), default=0.0)
    margin = (score[best_key] - runner_up) / (score[best_key] + runner_up)
    confidence = 0.2 + 0.4 * best.confidence + 0.3 * margin + 0.05 * min(best.weight, 4.0)
    if best.weight < _WEIGHT_FIRST + _WEIGHT_COMPANY / 2:
        confidence *= 0.85  # nothing says that this is a name but its place
    return Field(value=best.name, confidence=round(min(max(confidence, 0.05), 0.95), 3), box=best.box)


def _key(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))
