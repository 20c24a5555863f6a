"""Cards as Telegram messages: what a person sees, and that no words, however long or odd, break a limit or the markup."""

import html
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.callback_data import Tap, decode, encode
from bot.telegram.limits import BUTTON_LABEL_UNITS_MAX, CALLBACK_DATA_BYTES_MAX, TEXT_UNITS_MAX, TOAST_CHARACTERS_MAX
from bot.telegram.render import render, render_toast
from bot.telegram.text import Cut, Mark, Run, fit, is_visible, one_line, shorten, to_html, units, water_level  # isort: split

from bot.translation import Catalogues, Translator
from handlers.replies import Button, Card, Divider, Fields, Lines, Paragraph, Row, Style, say
from handlers.text import Text, Verbatim, text

ULID = "01JGFJJZ00ABCDEFGHJKMNPQRS"
TAG = re.compile(r"</?[bi]>")


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Translator:
    folder = tmp_path_factory.mktemp("locales")
    target: Path = folder / "en" / "LC_MESSAGES" / "expenseflow.po"
    target.parent.mkdir(parents=True)
    entries = {"card.label": "{label}:", "amount": "Amount", "saved": "Saved & done: {what}", "submit": "Submit"}
    target.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
        + "".join(f'msgid "{key}"\nmsgstr "{value}"\n' for key, value in entries.items()),
        encoding="utf-8",
    )
    return Catalogues(folder, strict=True).translator("en")


def plain(message_html: str) -> str:
    """Return what a person reads: the only tags are ours, and the rest is unescaped."""
    return html.unescape(TAG.sub("", message_html))


def test_a_card_reads_well(words: Translator) -> None:
    card = Card(
        title=Verbatim("Taxi <Lisbon> & back"),
        body=(
            Paragraph(text("saved", what="a {b}")),
            Fields((Row(Text("amount"), Verbatim("23,50\u00a0€")), Row(Text("amount"), Verbatim("?"), doubtful=True))),
            Lines((text("saved", what=1200), Verbatim(" "), Verbatim("two\nrows"))),
            Divider(),
            Paragraph(Verbatim("quiet\nwords"), quiet=True),
        ),
        buttons=(
            (Button(action="expense.submit", label=Text("submit"), subject_id=ULID, version=2, style=Style.PRIMARY),),
            (Button(action="expense.delete", label=Verbatim("🗑"), style=Style.DANGER), Button(action="x", label=Verbatim(" "))),
        ),
    )  # fmt: skip
    message = render(card, words)
    assert message.text == (
        "<b>Taxi &lt;Lisbon&gt; &amp; back</b>\n\n"
        "Saved &amp; done: a {b}\n\n"
        "<b>Amount:</b> 23,50\u00a0€\n<b>Amount:</b> ? ❓\n\n"
        "Saved &amp; done: 1,200\ntwo rows\n\n"
        "<i>quiet\nwords</i>"
    )
    labels = [[(button.label, button.callback_data, button.style) for button in row] for row in message.keyboard]
    assert labels == [
        [("Submit", f"expense.submit:{ULID}:2", "primary")],
        [("🗑", "expense.delete::", "danger"), ("—", "x::", None)],
    ]


@pytest.mark.parametrize("nothing", ["", " \n ", "\u2800", "\u200b\u200d", "\x00\x07", "\u202e"])
def test_a_card_that_shows_nothing_still_has_a_text(words: Translator, nothing: str) -> None:
    assert render(say(Verbatim(nothing)), words).text == "—"
    assert render(Card(title=Verbatim(nothing)), words).text == "—"


WORST = {
    "right to left": "تاكسي من المطار ",
    "zalgo": "Z" + "\u0337\u0322\u0301" * 60,
    "one endless sign": "e" + "\u0301" * 20000,
    "html": "<b>&amp;</b></i><script>",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈",
    "half surrogates": "\ud83d x \udc4d",
    "no spaces": "x",
    "lines": "a\r\n\x0b\u2028",
}


@pytest.mark.parametrize("sample", WORST.values(), ids=WORST)
@pytest.mark.parametrize("length", [4095, 4096, 4097, 20000])
def test_the_longest_words_keep_the_limit(words: Translator, sample: str, length: int) -> None:
    long = Verbatim((sample * (length // len(sample) + 1))[:length])
    for card in (
        say(long),
        say(long, long, long),
        say(text("saved", what=long)),
        Card(title=long, body=(Fields((Row(Text("amount"), long), Row(Text("amount"), Verbatim("1")))),)),
    ):
        shown = plain(render(card, words).text)
        assert 1 <= units(shown) <= TEXT_UNITS_MAX
        shown.encode()  # no half of a sign is left
        if sample not in (WORST["one endless sign"], WORST["lines"]):  # one is cut as a whole, the other collapses
            assert units(shown) > min(TEXT_UNITS_MAX, length) - 400  # the room is used


def test_what_people_wrote_gives_way_before_what_the_bot_says(words: Translator) -> None:
    card = Card(
        title=Verbatim("Taxi"),
        body=(Paragraph(Verbatim("x" * 9000)), Paragraph(Verbatim("short")), Paragraph(text("saved", what="all"))),
    )
    shown = plain(render(card, words).text)
    assert units(shown) == TEXT_UNITS_MAX
    assert shown.startswith("Taxi\n\nxxx")
    assert shown.endswith("x…\n\nshort\n\nSaved & done: all")


def test_a_card_of_labels_alone_is_cut_at_its_end(words: Translator) -> None:
    card = Card(body=(Fields(tuple(Row(Text("amount"), Verbatim(str(n))) for n in range(2000))),))
    shown = plain(render(card, words).text)
    assert units(shown) <= TEXT_UNITS_MAX
    assert shown.startswith("Amount: 0\nAmount: 1\n")
    assert shown.endswith("…")


RUNS = st.lists(
    st.builds(Run, st.text(max_size=60), st.sampled_from(Mark), st.sampled_from(Cut)), max_size=12
)  # fmt: skip


@given(runs=RUNS, units_max=st.integers(2, 200))
def test_fitting_keeps_the_limit_and_leaves_alone_what_fits(runs: list[Run], units_max: int) -> None:
    fitted = fit(runs, units_max)
    assert sum(units(run.text) for run in fitted) <= units_max
    if sum(units(run.text) for run in runs) <= units_max:
        assert fitted == tuple(runs)


@given(lengths=st.lists(st.integers(0, 50), max_size=8), budget=st.integers(-5, 300))
def test_the_water_level_is_the_highest_that_fits(lengths: list[int], budget: int) -> None:
    def total(level: int) -> int:
        return sum(min(length, level) for length in lengths)

    level = water_level(lengths, budget)
    assert total(level) <= max(budget, 0)
    if level < max(lengths, default=0):
        assert total(level + 1) > budget


@given(st.text(min_size=1), st.integers(1, 40))
def test_shortening_keeps_a_beginning(words_: str, units_max: int) -> None:
    short = shorten(words_, units_max)
    assert units(short) <= units_max
    assert short == words_ or (short.endswith("…") and words_.startswith(short[:-1]))


@pytest.mark.parametrize(("family", "kept"), [("👩‍👩‍👧‍👦", 11), ("🇩🇪", 4), ("o\u0308", 2)])
def test_a_cut_never_splits_what_is_seen_as_one_sign(family: str, kept: int) -> None:
    assert units(family) == kept
    assert shorten(family * 3, kept * 2) == f"{family}…"
    assert shorten(family * 3, kept * 2 + 1) == f"{family}{family}…"


@given(st.lists(st.builds(Run, st.text(), st.sampled_from(Mark)), max_size=5))
def test_no_words_become_markup(runs: list[Run]) -> None:
    written = to_html(runs)
    assert html.unescape(TAG.sub("", written)) == html.unescape(html.escape("".join(run.text for run in runs), False))
    assert len(TAG.findall(written)) == 2 * sum(1 for run in runs if run.mark and run.text)


@given(st.text(st.characters(codec=None)))
def test_one_line_is_sendable(words_: str) -> None:
    line = one_line(words_)
    line.encode()
    assert "\n" not in line
    assert line == line.strip() == one_line(line)


def test_visible_is_what_a_person_sees() -> None:
    assert is_visible("a")
    assert is_visible("\u200b🙂")
    assert not is_visible("\u3164\u00ad\ufeff")


def test_long_labels_rows_and_toasts_are_cut(words: Translator) -> None:
    button = Button(action="x", label=Verbatim("👍" * 200))
    message = render(Card(title=Verbatim("t"), buttons=((button,) * 20, (button,) * 90)), words)
    assert [len(row) for row in message.keyboard] == [8, 8, 4] + [8] * 10
    assert sum(len(row) for row in message.keyboard) == 100
    assert all(units(each.label) <= BUTTON_LABEL_UNITS_MAX for row in message.keyboard for each in row)
    assert units(render_toast("👍" * 300)) <= TOAST_CHARACTERS_MAX


ACTIONS = st.from_regex(r"[a-z][a-z0-9._-]{0,15}", fullmatch=True)
IDS = st.none() | st.from_regex(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", fullmatch=True)


@given(action=ACTIONS, subject_id=IDS, version=st.none() | st.integers(0, 9999), choice=st.none() | st.text(max_size=4))
def test_what_a_button_carries_comes_back(
    action: str, subject_id: str | None, version: int | None, choice: str | None
) -> None:
    data = encode(Button(action=action, label=Verbatim("x"), subject_id=subject_id, version=version, choice=choice))
    assert len(data.encode()) <= CALLBACK_DATA_BYTES_MAX
    assert decode(data) == Tap(action=action, subject_id=subject_id, version=version, choice=choice)


@given(
    st.text(st.characters(codec=None)) | st.from_regex(r"[a-z.]{1,9}:[0-9A-Z]{0,30}:-?\d{0,12}(:.*)?", fullmatch=True)
)
def test_no_forged_data_gets_past_or_raises(data: str) -> None:
    tap = decode(data)
    if tap is not None:
        assert re.fullmatch(r"[a-z][a-z0-9._-]*", tap.action)
        assert tap.subject_id is None or len(tap.subject_id) == 26
        assert tap.version is None or 0 <= tap.version < 10**9


@pytest.mark.parametrize(
    "button",
    [
        Button(action="x" * 65, label=Verbatim("x")),
        Button(action="a:b", label=Verbatim("x")),
        Button(action="a", label=Verbatim("x"), subject_id="42"),
        Button(action="a", label=Verbatim("x"), version=-1),
    ],
)
def test_a_button_that_cannot_come_back_is_a_fault(button: Button) -> None:
    with pytest.raises(ValueError, match="cannot carry"):
        encode(button)
