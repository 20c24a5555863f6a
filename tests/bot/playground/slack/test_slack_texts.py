"""What people type and what Slack makes of it: escaping, mentions, and finding things by what they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.slack.chat import escape, unescape
from bot.playground.slack.emulator import SlackEmulator
from bot.playground.slack.errors import ControlError
from bot.playground.slack.forms import find_element, visible_text
from bot.playground.slack.settings import SlackSettings
from bot.playground.state import Json


@pytest.fixture
def slack() -> SlackEmulator:
    emulator = SlackEmulator()
    emulator.add_person("UANN", "ann", "Ann Anders")
    emulator.add_person("UBEN", "ben.berg", "Ben Berg")
    emulator.add_channel("expenses", members=["UANN", "UBEN"])
    return emulator


@given(st.text())
def test_escaping_is_undone_by_reading(text: str) -> None:
    assert unescape(escape(text)) == text
    assert not set(escape(text)) & {"<", ">"}


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("@ann and @ben.berg", "<@UANN> and <@UBEN>"),
        ("lunch with @ben.berg.", "lunch with <@UBEN>."),
        ("@nobody", "@nobody"),
        ("<@UANN> owes 5 < 6", "<@UANN> owes 5 &lt; 6"),
        ("<@UNOBODY>", "&lt;@UNOBODY&gt;"),
        ("mail ann@example.org or ben@ann", "mail ann@example.org or ben@ann"),
        ("a & b", "a &amp; b"),
    ],
)
def test_mentions_become_tokens_and_the_rest_is_escaped(slack: SlackEmulator, typed: str, stored: str) -> None:
    channel = slack.person("UANN").channel("expenses")
    message = slack.chat.person_message(channel, "UANN", typed)

    assert message["text"] == stored
    assert message["blocks"][0]["elements"][0]["elements"]


def test_a_persons_message_is_read_as_it_was_typed(slack: SlackEmulator) -> None:
    channel = slack.person("UANN").channel("expenses")
    assert visible_text(slack.chat.person_message(channel, "UANN", "5 < 6 & 7")) == "5 < 6 & 7"


def button(label: str, **more: str) -> Json:
    return {"type": "button", "text": {"type": "plain_text", "text": label}} | more


def test_an_element_is_found_by_each_of_its_names() -> None:
    blocks: list[Json] = [
        {"type": "actions", "block_id": "one", "elements": [button("Submit", action_id="submit", value="e1")]},
        {"type": "actions", "block_id": "two", "elements": [button("Submit", action_id="submit", value="e2")]},
        {"type": "section", "block_id": "three", "accessory": button("Edit &amp; go", action_id="edit")},
    ]
    by_path, by_value = find_element(blocks, "two/submit"), find_element(blocks, "e1")

    assert by_path[1]["value"] == "e2"
    assert by_value[0]["block_id"] == "one"
    assert find_element(blocks, "Edit & go")[1]["action_id"] == "edit"
    with pytest.raises(ControlError, match="stands there 2 times"):
        find_element(blocks, "Submit")
    with pytest.raises(ControlError, match="There is: “Submit”"):
        find_element(blocks, "Approve")


def test_a_subscription_needs_its_scope() -> None:
    with pytest.raises(ValueError, match="needs the scope channels:read"):
        SlackSettings(subscriptions=frozenset({"member_joined_channel"}))
    with pytest.raises(ValueError, match="not emulated"):
        SlackSettings(subscriptions=frozenset({"reaction_added"}))
    narrow = SlackSettings(subscriptions=frozenset({"message.im"}))
    assert (narrow.is_subscribed("message.im"), narrow.is_subscribed("app_mention")) == (True, False)
    assert not SlackSettings().is_subscribed("member_joined_channel")
