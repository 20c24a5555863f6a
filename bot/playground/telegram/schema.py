"""aiogram's models as the Bot API's schema: what a bot sends is checked by them, and so is what the emulator answers.

Importing aiogram takes about 2.8 s, so nothing here imports it before `Schema.load` runs (in a thread, at the start).
"""

import importlib
import json
import types
import typing
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from bot.playground.state import Json
from bot.playground.telegram.errors import EmulatorBug, bad_request

if TYPE_CHECKING:
    from aiogram.methods.base import TelegramMethod

_MARKUP_BY_KEY = {
    "inline_keyboard": "InlineKeyboardMarkup",
    "keyboard": "ReplyKeyboardMarkup",
    "remove_keyboard": "ReplyKeyboardRemove",
    "force_reply": "ForceReply",
}


class Schema:
    """The methods and types of the Bot API. Usable once `load` has run."""

    def __init__(self) -> None:
        self._methods: dict[str, type[TelegramMethod[Any]]] = {}
        self._answers: dict[str, TypeAdapter[Any]] = {}
        self._types: Any = None
        self._update: TypeAdapter[Any] | None = None

    @property
    def loaded(self) -> bool:
        return self._update is not None

    def load(self, prepare: tuple[str, ...] = ()) -> None:
        """Imports aiogram (slow) and builds the validators of the methods to prepare. Blocking: run it in a thread."""
        methods = importlib.import_module("aiogram.methods")
        self._types = importlib.import_module("aiogram.types")
        for name in methods.__all__:
            candidate = getattr(methods, name)
            api_method = getattr(candidate, "__api_method__", None)
            if isinstance(api_method, str):
                self._methods[api_method.lower()] = candidate
        for name in prepare:
            self._answer_adapter(self._methods[name.lower()])
        self._update = TypeAdapter(self._types.Update)

    def knows(self, method: str) -> bool:
        return method.lower() in self._methods

    def canonical_name(self, method: str) -> str:
        """As in "sendMessage" for "sendmessage": the Bot API ignores the case of a method's name."""
        return str(self._methods[method.lower()].__api_method__)

    def parse_call(self, method: str, parameters: Json) -> Json:
        """A method's parameters in their types, without those that were not given.

        Values may still be strings, as in a form; nested ones are JSON texts then. Raises BotApiError 400 when one is
        missing, malformed or not in the schema, at any depth.
        """
        model = self._methods[method.lower()]
        decoded = {name: self._decode(model, name, value) for name, value in parameters.items()}
        if decoded.get("reply_markup") is not None:
            decoded["reply_markup"] = self._check_markup(decoded["reply_markup"])
        try:
            call = model.model_validate(decoded)
        except ValidationError as error:
            raise bad_request(f"can't parse parameters of {method}: {_sentence(error)}") from error
        extras = _extras(call)
        if extras:
            raise bad_request(f"unknown parameters of {method}: {', '.join(extras)}")
        given = call.model_dump(mode="json", by_alias=True, exclude_unset=True, fallback=lambda _: None)
        return dict(_without_nulls(given))

    def check_answer(self, method: str, answer: Any) -> Any:
        """The answer as the schema's type dumps it. Raises EmulatorBug when it does not fit."""
        return _round_trip(self._answer_adapter(self._methods[method.lower()]), answer)

    def check_update(self, update: Json) -> Json:
        if self._update is None:
            raise EmulatorBug("the schema is used before it was loaded: await warm_up() first")
        return dict(_round_trip(self._update, update))

    def _answer_adapter(self, model: "type[TelegramMethod[Any]]") -> TypeAdapter[Any]:
        name = model.__api_method__
        if name not in self._answers:
            self._answers[name] = TypeAdapter(model.__returning__)
        return self._answers[name]

    def _decode(self, model: "type[TelegramMethod[Any]]", name: str, value: Any) -> Any:
        field = model.model_fields.get(name)
        if field is None or not isinstance(value, str):
            return value
        accepted = _members(field.annotation)
        if int in accepted and value.removeprefix("-").isdigit():
            return int(value)
        if accepted & {str, int, float, bool}:
            return value
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise bad_request(f"can't parse {name} JSON object") from error

    def _check_markup(self, markup: Any) -> BaseModel:
        """The markup in the type that its key names: the union would take anything for a ReplyKeyboardRemove."""
        if not isinstance(markup, dict):
            raise bad_request("object expected as reply markup")
        kind = next((kind for key, kind in _MARKUP_BY_KEY.items() if key in markup), None)
        if kind is None:
            raise bad_request("can't parse reply markup: it is no keyboard, no removal of one and no forced reply")
        model: type[BaseModel] = getattr(self._types, kind)
        try:
            return model.model_validate(markup)
        except ValidationError as error:
            raise bad_request(f"can't parse reply keyboard markup JSON object: {_sentence(error)}") from error


def _members(annotation: Any) -> set[Any]:
    """The plain types of a union: {int, str} for `int | str | None`."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return {member for option in typing.get_args(annotation) for member in _members(option)}
    return {annotation} if isinstance(annotation, type) else set()


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])


def _extras(value: Any, path: str = "") -> list[str]:
    """Paths of all fields, at any depth, that the schema does not know."""
    if isinstance(value, BaseModel):
        found = [f"{path}{name}" for name in value.model_extra or {}]
        for name in value.model_fields_set - set(value.model_extra or {}):
            found += _extras(getattr(value, name), f"{path}{name}.")
        return found
    if isinstance(value, list | tuple):
        return [extra for index, item in enumerate(value) for extra in _extras(item, f"{path}{index}.")]
    return []


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def _round_trip(adapter: TypeAdapter[Any], value: Any) -> Any:
    try:
        parsed = adapter.validate_python(value)
    except ValidationError as error:
        raise EmulatorBug(f"the emulator made what the Bot API does not know: {_sentence(error)}") from error
    extras = _extras(parsed)
    if extras:
        raise EmulatorBug(f"the emulator made fields that the Bot API does not know: {', '.join(extras)}")
    # aiogram marks what a bot's defaults may fill in by sentinels; here they mean "not there".
    dumped = adapter.dump_python(parsed, mode="json", by_alias=True, exclude_none=True, fallback=lambda _: None)
    return _without_nulls(dumped)
