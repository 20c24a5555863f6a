"""Recorded payloads -> deliveries and events."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.incoming import Home, delivery_of, enveloped, pack_value, parse, readable, unpack_value
from handlers.events import (
    ButtonTapped,
    CommandInvoked,
    Event,
    FilesReceived,
    FormCancelled,
    FormFace,
    FormSubmitted,
    MessageEdited,
    TextReceived,
)

RECORDINGS = Path(__file__).parents[2] / "recordings" / "slack"
HOME = Home(team_id="T0AURORA1", bot_user_id="U0BOT0001")


def recorded(name: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads((RECORDINGS / f"{name}.json").read_text(encoding="utf-8"))
    return payload


def event_of(name: str) -> Event:
    event = parse(recorded(name), "installation", HOME)
    assert event is not None
    return event


def test_words_in_the_private_chat_arrive_as_they_were_typed() -> None:
    event = event_of("direct_message")
    assert isinstance(event, TextReceived)
    assert event.text == "taxi 23,50 € gestern & <zurück>"
    source = event.source
    assert (source.platform, source.installation_id) == ("slack", "installation")
    assert (source.user, source.channel, source.message) == ("U0ANNA001", "D0ANNA001", "1764000000.000100")
    assert source.private
    assert source.thread is None
    assert source.interaction is None
    assert source.form_face is FormFace.MODAL


def test_slack_markup_becomes_what_a_person_reads() -> None:
    event = event_of("direct_message_with_markup")
    assert isinstance(event, TextReceived)
    assert event.text == (
        "amazon.de 12 &amp; @ben @U0EVE0001 #general @here @finance 24 Nov https://example.com/a?b=1&c=2 a@b.de"
    )


def test_a_mention_that_arrives_twice_is_one_delivery() -> None:
    as_message = delivery_of(recorded("mention_as_message"), HOME)
    as_mention = delivery_of(recorded("mention_as_app_mention"), HOME)
    assert as_message is not None
    assert as_mention is not None
    assert as_message.event_key == as_mention.event_key
    assert as_message.conversation == as_mention.conversation == "C0GENERAL"
    assert event_of("mention_as_message") == event_of("mention_as_app_mention")


def test_a_mention_is_cut_out_of_the_words() -> None:
    event = event_of("mention_as_message")
    assert isinstance(event, TextReceived)
    assert event.text == "taxi 23,50 €"
    assert event.addressed
    assert not event.source.private


def test_a_reply_under_our_message_is_meant_for_us() -> None:
    event = event_of("reply_in_our_thread")
    assert isinstance(event, TextReceived)
    assert event.source.thread == "1764000000.000050"


@pytest.mark.parametrize(
    "name",
    [
        "channel_talk",
        "reply_in_another_thread",
        "own_message",
        "own_message_updated",
        "other_bot",
        "classic_bot",
        "channel_join",
        "channel_talk_edited",
        "link_unfurled",
        "link_unfurled_after_edit",
        "message_deleted",
        "member_joined",
        "view_of_another_app_part",
    ],
)
def test_what_does_not_concern_the_bot_is_not_even_kept(name: str) -> None:
    assert delivery_of(recorded(name), HOME) is None
    assert parse(recorded(name), "installation", HOME) is None


def test_an_edit_names_the_message_and_has_a_key_of_its_own() -> None:
    event = event_of("edited")
    assert isinstance(event, MessageEdited)
    assert event.text == "taxi 24,50 €"
    assert event.source.message == "1764000000.000100"
    assert event.source.event_key.startswith("message:D0ANNA001:1764000000.000100:1764000060.000000:")


def test_two_edits_within_a_second_are_two() -> None:
    """Slack counts the time of an edit in seconds."""
    first, second = recorded("edited"), recorded("edited")
    second["payload"]["event"]["message"]["text"] = "taxi 25,50 €"
    keys = [delivery.event_key for each in (first, second, first) if (delivery := delivery_of(each, HOME)) is not None]
    assert len(keys) == 3
    assert keys[0] == keys[2] != keys[1]


def test_editing_the_mention_away_or_into_a_message_still_concerns_the_bot() -> None:
    assert isinstance(event_of("mention_edited_away"), MessageEdited)
    added = event_of("mention_added_by_edit")
    assert isinstance(added, MessageEdited)
    assert added.text == "taxi 23,50 €"


def test_files_come_with_their_names_and_words() -> None:
    event = event_of("file_shared")
    assert isinstance(event, FilesReceived)
    assert event.names == ("IMG_0042.HEIC", "scan.pdf")
    assert event.text == "Quittung Taxi"


def test_a_command_is_its_first_word_in_lower_case() -> None:
    event = event_of("command")
    assert isinstance(event, CommandInvoked)
    assert (event.name, event.rest) == ("start", "ABCD-1234\nzweite Zeile")
    assert event.free_text == "Start ABCD-1234\nzweite Zeile"
    assert event.source.channel == "C0GENERAL"
    assert event.source.interaction == "13345224609.738474920.8088930838d88f008e0"


def test_a_command_may_be_a_sentence_and_alone_asks_for_help() -> None:
    sentence = event_of("command_sentence")
    assert isinstance(sentence, CommandInvoked)
    assert (sentence.name, sentence.rest, sentence.free_text) == ("taxi", "23,50 €", "taxi 23,50 €")
    alone = event_of("command_alone")
    assert isinstance(alone, CommandInvoked)
    assert (alone.name, alone.rest, alone.free_text) == ("help", "", "")


def test_a_command_in_any_direct_chat_is_answered_in_the_chat_with_the_bot() -> None:
    event = event_of("command_in_direct_chat")
    assert event.source.private
    assert event.source.channel == "@U0ANNA001"
    delivery = delivery_of(recorded("command_in_direct_chat"), HOME)
    assert delivery is not None
    assert delivery.conversation == "D0ANYBODY"


def test_a_tap_carries_what_the_button_is_about() -> None:
    event = event_of("button")
    assert isinstance(event, ButtonTapped)
    assert (event.action, event.subject_id, event.version, event.choice) == ("expense.submit", "01JEXPENSE", 3, "later")
    assert event.source.message == "1764000005.000300"
    assert event.source.private
    assert event.source.event_key == "trigger:12466734323.1395872398"
    assert event_of("button_in_thread").source.thread == "1764000000.000050"


def test_a_message_that_vanishes_is_not_named() -> None:
    assert event_of("button_ephemeral").source.message is None


@pytest.mark.parametrize("name", ["button_forged", "button_forged_types", "button_no_json"])
def test_a_forged_value_is_about_nothing(name: str) -> None:
    event = event_of(name)
    assert isinstance(event, ButtonTapped)
    assert (event.subject_id, event.version, event.choice) == (None, None, None)


def test_a_submission_brings_every_field_as_words() -> None:
    event = event_of("view_submitted")
    assert isinstance(event, FormSubmitted)
    assert event.dialog_id == "01JDIALOG"
    assert event.values == {"amount": "24,00 €", "category": "travel", "note": ""}
    assert event.source.private
    assert event.source.event_key == "trigger:999.888.777"
    delivery = delivery_of(recorded("view_submitted"), HOME)
    assert delivery is not None
    assert delivery.conversation == "@U0ANNA001"


def test_a_closed_form_is_known_by_view_and_hash() -> None:
    event = event_of("view_closed")
    assert isinstance(event, FormCancelled)
    assert event.dialog_id == "01JDIALOG"
    assert event.source.event_key == "closed:V0FORM001:1764000001.abc123"


@pytest.mark.parametrize("name", sorted(file.stem for file in RECORDINGS.glob("*.json")))
def test_an_envelope_is_recognised_by_its_body_and_the_verification_token_is_dropped(name: str) -> None:
    envelope = recorded(name)
    assert enveloped(envelope["payload"] | {"token": "verification"}) == envelope


def test_a_delivery_keeps_the_payload_that_parse_reads_later() -> None:
    for file in RECORDINGS.glob("*.json"):
        delivery = delivery_of(recorded(file.stem), HOME)
        if delivery is not None:
            stored = json.loads(json.dumps(delivery.payload))
            assert parse(stored, "installation", HOME) == event_of(file.stem)


@given(st.text())
def test_what_slack_escapes_comes_back_as_it_was(typed: str) -> None:
    escaped = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert readable(escaped) == typed


@given(
    st.none() | st.text(min_size=1, max_size=40), st.none() | st.integers(0, 10**9), st.none() | st.text(max_size=60)
)
def test_a_button_says_what_it_was_given(subject_id: str | None, version: int | None, choice: str | None) -> None:
    assert unpack_value(pack_value(subject_id, version, choice)) == (subject_id, version, choice)
