import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.telegram import html
from bot.playground.telegram.errors import BotApiError
from bot.playground.telegram.limits import utf16_units
from bot.playground.telegram.text import slice_units


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<b>23,50 €</b> taxi", "23,50 € taxi", [("bold", "23,50 €")]),
        ("<strong>a</strong><em>b</em><ins>c</ins><del>d</del>", "abcd", None),
        ("💶 <i>x</i>", "💶 x", [("italic", "x")]),
        ("<b>bold <i>both</i></b>", "bold both", [("bold", "bold both"), ("italic", "both")]),
        ("&lt;b&gt; &amp; &quot; &#8364; &#x20AC;", '<b> & " € €', []),
        ("AT&T &copy; &", "AT&T &copy; &", []),
        ("<code>x &lt; y</code>", "x < y", [("code", "x < y")]),
        ("<span class='tg-spoiler'>s</span><tg-spoiler>t</tg-spoiler>", "st", [("spoiler", "s"), ("spoiler", "t")]),
        ("<b></b>", "", []),
        ("<B>x</b>", "x", [("bold", "x")]),
    ],
)
def test_tags_become_entities(source: str, text: str, entities: list[tuple[str, str]] | None) -> None:
    parsed, found = html.parse(source)
    assert parsed == text
    if entities is not None:
        assert [
            (entity["type"], slice_units(parsed, entity["offset"], entity["length"])) for entity in found
        ] == entities


def test_links_languages_and_quotes_keep_what_belongs_to_them() -> None:
    _, found = html.parse(
        '<a href="https://example.org/?a=1&amp;b=2">x</a><a href="tg://user?id=1001">Anna</a>'
        '<pre><code class="language-python">y</code></pre><blockquote expandable>z</blockquote>'
    )
    assert found[0]["url"] == "https://example.org/?a=1&b=2"
    assert found[1]["type"] == "text_mention"
    assert found[1]["user"] == {"id": 1001}
    assert found[2] == {"type": "pre", "offset": 5, "length": 1, "language": "python"}
    assert found[3]["type"] == "expandable_blockquote"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("a < b", "Unsupported start tag"),
        ("<div>x</div>", 'Unsupported start tag "div" at byte offset 0'),
        ("€<br>", 'Unsupported start tag "br" at byte offset 3'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler"'),
    ],
)
def test_what_does_not_parse_is_refused_in_the_words_of_telegram(source: str, reason: str) -> None:
    with pytest.raises(BotApiError, match="Bad Request: can't parse entities: ") as refusal:
        html.parse(source)
    assert reason in refusal.value.description
    assert refusal.value.status == 400


@given(st.text())
def test_an_escaped_text_comes_back_as_it_was(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert html.parse(f"<b>{escaped}</b>") == (
        text,
        [{"type": "bold", "offset": 0, "length": utf16_units(text)}] if text else [],
    )


@given(st.text(alphabet="<>/&;bia =\"'é💶x"))
def test_any_text_is_parsed_or_refused_and_entities_lie_within_it(source: str) -> None:
    try:
        text, entities = html.parse(source)
    except BotApiError:
        return
    for entity in entities:
        assert entity["length"] > 0
        assert entity["offset"] + entity["length"] <= utf16_units(text)
