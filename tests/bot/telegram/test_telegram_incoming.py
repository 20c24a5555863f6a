"""Recorded updates of the Bot API, replayed: each becomes the event that it is, or nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from telegram import Update

from bot.telegram.incoming import ALLOWED_UPDATES, BotIdentity, author, delivery_of, parse
from handlers import events

RECORDINGS = sorted((Path(__file__).parents[2] / "recordings" / "telegram").glob("*.json"))
INSTALLATION = "01JGFJJZ00TELEGRAM00000000"
BOT = BotIdentity(id=123456789, username="expenseflow_bot")


@pytest.fixture(params=RECORDINGS, ids=lambda path: path.stem)
def recording(request: pytest.FixtureRequest) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(request.param.read_text(encoding="utf-8"))
    return content


def recorded_event(recorded: dict[str, Any]) -> events.Event:
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in recorded.items()
    }
    if "files" in fields:
        fields["files"] = tuple(events.IncomingFile(**file) for file in fields["files"])
    event: events.Event = getattr(events, fields.pop("kind"))(**fields | {"source": events.Source(**fields["source"])})
    return event


def test_a_recorded_update_becomes_its_event(recording: dict[str, Any]) -> None:
    event = parse(recording["update"], INSTALLATION, BOT)
    if recording["event"] is None:
        assert event is None
    else:
        assert event == recorded_event(recording["event"])
        assert str(author(recording["update"])["id"]) == recording["event"]["source"]["user"]


def test_a_recorded_update_becomes_a_delivery(recording: dict[str, Any]) -> None:
    delivery = delivery_of(recording["update"])
    assert delivery.event_key == str(recording["update"]["update_id"])
    assert delivery.conversation == recording["conversation"]
    assert delivery.payload == recording["update"]


def test_a_recording_is_what_the_bot_api_sends(recording: dict[str, Any]) -> None:
    update = Update.de_json(recording["update"], None)
    assert not update.api_kwargs
    content = getattr(update, next(key for key in recording["update"] if key != "update_id"))
    assert not content.api_kwargs


def test_only_what_is_read_is_asked_for() -> None:
    kinds = {kind for path in RECORDINGS for kind in json.loads(path.read_text(encoding="utf-8"))["update"]}
    events = {
        next(kind for kind in content["update"] if kind != "update_id")
        for content in (json.loads(path.read_text(encoding="utf-8")) for path in RECORDINGS)
        if content["event"] is not None
    }
    assert events == set(ALLOWED_UPDATES)
    assert kinds > events
