"""Outcome: the immediate part of an answer, which is never durable: a toast, a form to open, what a form refused."""

from dataclasses import dataclass, field

from handlers.forms import OpenedForm
from handlers.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the edge does at once after an event's transaction. `refusals`: by field name.

    `language` and `time_zone` (an IANA name): the reader's.
    `form_done`: a submission was taken and its window may close; `failed`: a fault's short id, which person and log both see.
    """

    language: str
    toast: Text | None = None
    form: OpenedForm | None = None
    refusals: dict[str, Text] = field(default_factory=dict)
    form_done: bool = False
    failed: str | None = None
    time_zone: str = "UTC"
