"""Charts as a phone shows them: 360 points wide, whatever is in them. Importing matplotlib takes about a second."""

from typing import Any

import pytest
from matplotlib.transforms import Bbox

from core.reports.port import Bar, Chart
from jobs.drawing import figure_of

PHONE_POINTS = 360
LETTERS_POINTS_MIN = 10
"""The letters of a chat are 14 to 16 points high; what is smaller than 10 is not read without touching the screen."""
BAR_POINTS_MAX = 30


def bar(label: str = "Transport", value: str = "€23.50", share: int = 1000) -> Bar:
    return Bar(label=label, value=value, share_thousandths=share, colour="#4e79a7")


CHARTS = {
    "one bar": Chart(title="March 2026", subtitle="€23.50", bars=(bar(),)),
    "twelve bars": Chart(
        title="März 2026", subtitle="1.234,50 €", bars=tuple(bar(share=1000 - at) for at in range(12))
    ),
    "the longest": Chart(
        title="September 2026",
        subtitle="KWD 1,234,567,890.123",
        bars=(bar("A category with a very long name of its own", "KWD 1,234,567,890.123"), bar("b", "$1 = $$", 1)),
    ),
}


class Drawn:
    """A chart, drawn, in points of a phone's screen."""

    def __init__(self, chart: Chart) -> None:
        self.figure: Any = figure_of(chart)
        self.figure.canvas.draw()
        self.scale = PHONE_POINTS / self.figure.bbox.width
        (self.axes,) = self.figure.axes

    def texts(self) -> list[tuple[str, Bbox]]:
        return [
            (text.get_text(), Bbox(text.get_window_extent().get_points() * self.scale))
            for text in self.axes.texts
            if text.get_text()
        ]

    def bars(self) -> list[Bbox]:
        return [Bbox(each.get_window_extent().get_points() * self.scale) for each in self.axes.patches]


@pytest.fixture(params=CHARTS)
def drawn(request: pytest.FixtureRequest) -> Drawn:
    return Drawn(CHARTS[request.param])


def test_letters_are_large_enough_and_bars_no_larger_than_they_need_be(drawn: Drawn) -> None:
    points = [float(text.get_fontsize()) / 72 * drawn.figure.dpi * drawn.scale for text in drawn.axes.texts]
    assert min(points) >= LETTERS_POINTS_MIN
    assert max(each.height for each in drawn.bars()) <= BAR_POINTS_MAX


def test_nothing_is_outside_of_the_picture_or_over_something_else(drawn: Drawn) -> None:
    whole = Bbox(drawn.figure.bbox.get_points() * drawn.scale)
    texts = drawn.texts()
    for words, box in texts:
        assert whole.x0 <= box.x0 < box.x1 <= whole.x1, words
        assert whole.y0 <= box.y0 < box.y1 <= whole.y1, words
        assert not [other for other, place in texts if place is not box and place.overlaps(box)], words
        assert not any(each.overlaps(box) for each in drawn.bars()), words


def test_a_label_that_is_cut_says_so_and_its_value_stands(drawn: Drawn) -> None:
    shown = [words for words, _ in drawn.texts()]
    for each in (CHARTS[key] for key in CHARTS if CHARTS[key].title in shown):
        for one in each.bars:
            assert one.value in shown
            assert one.label in shown or any(
                words.endswith("…") and one.label.startswith(words[:-1]) for words in shown
            )
