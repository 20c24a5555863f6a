"""Errors that people cause: each is a class with a kind and typed fields, and its sentence's key comes from its name."""

import re
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, ClassVar, Protocol


class Kind(StrEnum):
    """What an edge needs to know of an error: a toast, a field's error or an HTTP status follow from it."""

    NOT_FOUND = "not-found"
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    INVALID = "invalid"
    LIMIT = "limit"
    UNAVAILABLE = "unavailable"


class Trace(Protocol):
    """Something that must be written although the transaction of its error is rolled back: a failed code, an attempt."""

    async def write(self, unit_of_work: Any) -> None:
        """Write it in a transaction of its own; `unit_of_work` is a core.store.unit_of_work.UnitOfWork."""
        ...


# Not frozen: an exception that crosses an async context manager must stay writable (its __traceback__ is set there).
@dataclass(eq=False)
class DomainError(Exception):
    """A refusal that a person caused and that a sentence explains. Subclasses are dataclasses: their fields fill the sentence."""

    kind: ClassVar[Kind] = Kind.INVALID
    all_classes: ClassVar[list[type["DomainError"]]] = []

    def __init_subclass__(cls, **keywords: Any) -> None:
        """Note the class, so that a test can hold the catalogues to all of them."""
        super().__init_subclass__(**keywords)
        DomainError.all_classes.append(cls)

    def __post_init__(self) -> None:
        """Start without traces; whoever raises appends them."""
        super().__init__(self.key())
        self.traces: list[Trace] = []

    @classmethod
    def key(cls) -> str:
        """Return the sentence's key: CodeExpired -> "error.code-expired"."""
        return "error." + re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()

    def arguments(self) -> dict[str, Any]:
        """Return the named arguments of the sentence."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
