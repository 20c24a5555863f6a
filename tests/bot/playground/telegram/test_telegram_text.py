import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.state import Json
from bot.playground.telegram.limits import utf16_units
from bot.playground.telegram.text import slice_units, trim, with_found_entities, without_control_characters


def found(text: str, given_entities: list[Json] | None = None) -> list[tuple[str, str]]:
    entities = with_found_entities(text, given_entities or [])
    return [(entity["type"], slice_units(text, entity["offset"], entity["length"])) for entity in entities]


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("/start CODE123456", [("bot_command", "/start")]),
        ("💶 /new@expense_bot please", [("bot_command", "/new@expense_bot")]),
        ("1/2 and/or", []),
        ("hi @expense_bot!", [("mention", "@expense_bot")]),
        ("#team2 #23 #trip", [("hashtag", "#team2"), ("hashtag", "#trip")]),
        ("$EUR", [("cashtag", "$EUR")]),
        ("see https://example.org/a, or example.com.", [("url", "https://example.org/a"), ("url", "example.com")]),
        ("anna@example.com", [("email", "anna@example.com")]),
        ("taxi 23.50 yesterday", []),
    ],
)
def test_telegram_finds_commands_mentions_and_links_itself(text: str, entities: list[tuple[str, str]]) -> None:
    assert found(text) == entities


def test_nothing_is_found_inside_of_code() -> None:
    assert found("/help @somebody", [{"type": "code", "offset": 0, "length": 15}]) == [("code", "/help @somebody")]


def test_a_message_holds_a_hundred_entities() -> None:
    assert len(with_found_entities(" ".join(["@anna"] * 150), [])) == 100


def test_control_characters_do_not_reach_a_message() -> None:
    assert without_control_characters("a\r\nb\tc\x00d") == "a\nb c d"


@given(st.text(alphabet=" \n💶ab"), st.integers(0, 12), st.integers(1, 12))
def test_trimming_moves_entities_with_their_text(text: str, offset: int, length: int) -> None:
    length = min(length, utf16_units(text) - offset)
    if length <= 0:
        return
    covered = text.encode("utf-16-le")[offset * 2 : (offset + length) * 2]
    trimmed, entities = trim(text, [{"type": "bold", "offset": offset, "length": length}])
    assert trimmed == text.strip()
    for entity in entities:
        start, end = entity["offset"] * 2, (entity["offset"] + entity["length"]) * 2
        assert trimmed.encode("utf-16-le")[start:end] in covered
        assert 0 < entity["length"] <= length
