"""Small checks that together describe a JSON shape and report every fault with its JSON pointer, as Slack does.

A check is called with a value and the pointer to it, and adds what is wrong to the problems. Slack answers with
sentences such as "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"; these are the same sentences.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Problems:
    """What is wrong with a payload, in the order in which it was found."""

    sentences: list[str] = field(default_factory=list)

    def add(self, sentence: str, pointer: str) -> None:
        self.sentences.append(f"{sentence} [json-pointer:{pointer}]")

    def __bool__(self) -> bool:
        return bool(self.sentences)


Check = Callable[[Any, str, Problems], None]


def string(*, at_most: int | None = None, at_least: int = 1) -> Check:
    """A text of a length within both bounds, in characters."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, str):
            problems.add("must provide a string", pointer)
        elif len(value) < at_least:
            problems.add(f"must be more than {at_least - 1} characters", pointer)
        elif at_most is not None and len(value) > at_most:
            problems.add(f"must be less than {at_most + 1} characters", pointer)

    return check


def boolean(value: Any, pointer: str, problems: Problems) -> None:
    """True or false."""
    if not isinstance(value, bool):
        problems.add("must provide a boolean", pointer)


def integer(*, at_least: int, at_most: int) -> Check:
    """A whole number within both bounds, inclusive."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            problems.add("must provide an integer", pointer)
        elif not at_least <= value <= at_most:
            problems.add(f"must be between {at_least} and {at_most}", pointer)

    return check


def one_of(allowed: Collection[str]) -> Check:
    """One of these words."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, str) or value not in allowed:
            problems.add(f"must be a valid enum value, one of: {', '.join(sorted(allowed))}", pointer)

    return check


def array(item: Check, *, at_most: int | None = None, at_least: int = 1) -> Check:
    """A list of so many items, each of which passes the check."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, list):
            problems.add("must provide an array", pointer)
            return
        if len(value) < at_least:
            problems.add(f"no fewer than {at_least} items allowed", pointer)
        if at_most is not None and len(value) > at_most:
            problems.add(f"no more than {at_most} items allowed", pointer)
        for index, element in enumerate(value):
            item(element, f"{pointer}/{index}", problems)

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these fields and no others. Null counts as absent, as it does for Slack."""
    known = {**(optional or {}), **required}

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add("must provide an object", pointer)
            return
        for name in required:
            if value.get(name) is None:
                problems.add(f"missing required field: {name}", pointer)
        for name, part in value.items():
            if name not in known:
                problems.add(f"invalid additional property: {name}", pointer)
            elif part is not None:
                known[name](part, f"{pointer}/{name}", problems)

    return check


def variants(table: Mapping[str, Check], *, real_but_not_emulated: Collection[str] = ()) -> Check:
    """An object whose `type` decides which check applies. A type that only the real Slack knows is refused as such."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add("must provide an object", pointer)
            return
        kind = value.get("type")
        if kind is None:
            problems.add("missing required field: type", pointer)
        elif not isinstance(kind, str):
            problems.add("must provide a string", f"{pointer}/type")
        elif kind in table:
            table[kind](value, pointer, problems)
        elif kind in real_but_not_emulated:
            problems.add(f"not emulated: {kind} (the real Slack may accept it here)", f"{pointer}/type")
        else:
            problems.add(f"unsupported type: {kind}", f"{pointer}/type")

    return check


def both(*checks: Check) -> Check:
    """These checks in turn, until one finds something: the later ones may rely on the shape."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        for part in checks:
            known = len(problems.sentences)
            part(value, pointer, problems)
            if len(problems.sentences) > known:
                return

    return check


def anything(value: Any, pointer: str, problems: Problems) -> None:
    """For a field that Slack knows and the emulator keeps without looking at it."""
