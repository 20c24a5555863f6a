"""What is expected and what is seen: compared line by line, and shown side by side where they differ."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ANYTHING = "…"
_NAME = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message of the bot's as a person sees it: its lines, then each button as "[label]"; blank lines do not count.

    `changed`: it stood already, and looked otherwise; `gone`: it stood until now.
    """

    lines: tuple[str, ...]
    changed: bool = False
    gone: bool = False


def lines_of(text: str, buttons: list[str], attached: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what is compared: what is attached, a text, its buttons; every kind of space is one space."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return (*attached, *(line for line in lines if line), *(f"[{button}]" for button in buttons))


def matches(expected: tuple[str, ...], seen: tuple[str, ...], known: Mapping[str, str]) -> dict[str, str] | None:
    """Return the names with what they stand for, those of `known` included, or None where the lines differ."""
    if not expected:
        return dict(known) if not seen else None
    first, rest = expected[0], expected[1:]
    if first == ANYTHING:
        tails = (matches(rest, seen[skipped:], known) for skipped in range(len(seen) + 1))
        return next((found for found in tails if found is not None), None)
    if not seen:
        return None
    fits = _pattern(first, known).fullmatch(seen[0])
    return None if fits is None else matches(rest, seen[1:], {**known, **fits.groupdict()})


def filled_in(words: str, known: Mapping[str, str]) -> str:
    """Return words with what the names in them stand for. Raises KeyError for a name that is not known yet."""
    return _NAME.sub(lambda name: known[name[1]], words)


def _pattern(line: str, known: Mapping[str, str]) -> re.Pattern[str]:
    parts = []
    begins = line.removesuffix(f" {ANYTHING}")
    for index, part in enumerate(_NAME.split(begins)):
        if index % 2 == 0:
            parts.append(re.escape(part))
        else:
            parts.append(re.escape(known[part]) if part in known else f"(?P<{part}>.+)")
    return re.compile("".join(parts) + ("" if begins == line else ".*"))


def quoted(lines: tuple[str, ...], mark: str) -> list[str]:
    """Return the lines as a transcript writes them, the buttons on one line, each with a mark in front."""
    words = [line for line in lines if not _is_button(line)]
    buttons = [line for line in lines if _is_button(line)]
    return [f"{mark} > {line}" for line in (*words, *([" ".join(buttons)] if buttons else []))]


def _is_button(line: str) -> bool:
    return line.startswith("[") and line.endswith("]")
