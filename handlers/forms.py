"""Forms: one declaration with two faces, a modal on one platform and a field-by-field talk on the other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from core.language import Phrasebook
from handlers.text import Text, Words

T = TypeVar("T")


class Input(StrEnum):
    """How a field is typed or chosen; a platform without the kind falls back to a line of text."""

    LINE = "line"
    PARAGRAPH = "paragraph"
    AMOUNT = "amount"
    DATE = "date"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a parser needs to know of the person who typed: language, the present instant in their zone, their currency."""

    locale: str
    now: datetime
    currency: str
    phrasebook: Phrasebook


class FieldRefused(Exception):
    """What was typed into a field is not right; the sentence says what is wrong and what would be right."""

    def __init__(self, sentence: Text) -> None:
        """Keep the sentence for the edge, which shows it at the field."""
        super().__init__(sentence.key)
        self.sentence = sentence


def as_typed(typed: str, _reading: Reading) -> str:
    """Return what was typed, or the key of what was chosen: words that mean nothing but themselves."""
    return typed


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers that a choice field offers: a stable key and its words."""

    key: str
    label: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question. `parse` turns what was typed into a value or raises FieldRefused; an optional field may stay empty (None)."""

    name: str
    label: Text
    parse: Callable[[str, Reading], Any]
    input: Input = Input.LINE
    hint: Text | None = None
    optional: bool = False
    length_max: int = 500


@dataclass(frozen=True, slots=True)
class FormStart:
    """What a form opens with: the values that stand already, as a person would type them, and the choices on offer.

    `about`: what the form is about, a line each, where its title and its fields do not tell.
    """

    initial: dict[str, str] = field(default_factory=dict)
    choices: dict[str, tuple[Choice, ...]] = field(default_factory=dict)
    about: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Generic[T]):
    """A form: `key` names it in the registry, `build` makes the typed result of the parsed values by field name."""

    key: str
    title: Text
    submit: Text
    fields: tuple[Field, ...]
    build: Callable[[Mapping[str, Any]], T]

    def parse_field(self, name: str, typed: str, reading: Reading, start: FormStart) -> Any:
        """Return the value of one field. Raises FieldRefused with the sentence to show."""
        question = next(each for each in self.fields if each.name == name)
        words = typed.strip()
        if not words:
            if question.optional:
                return None
            raise FieldRefused(Text("form.required"))
        if len(words) > question.length_max:
            raise FieldRefused(Text("form.too-long", {"length_max": question.length_max}))
        if question.input is Input.CHOICE and words not in {choice.key for choice in start.choices.get(name, ())}:
            raise FieldRefused(Text("form.choose"))
        return question.parse(words, reading)

    def parse(self, values: Mapping[str, str], reading: Reading, start: FormStart) -> tuple[T | None, dict[str, Text]]:
        """Return the result, or None and the sentence of every field that is refused."""
        parsed: dict[str, Any] = {}
        refusals: dict[str, Text] = {}
        for question in self.fields:
            try:
                parsed[question.name] = self.parse_field(question.name, values.get(question.name, ""), reading, start)
            except FieldRefused as refused:
                refusals[question.name] = refused.sentence
        return (None, refusals) if refusals else (self.build(parsed), {})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedForm:
    """A form as an edge shows it: the declaration, its dialog's id, what it starts with, and what was refused so far."""

    form: Form[Any]
    dialog_id: str
    start: FormStart
    values: dict[str, str] = field(default_factory=dict)
    refusals: dict[str, Text] = field(default_factory=dict)
