"""Charts, drawn by matplotlib in a worker process: importing it takes 1.5 s, which the chat must not wait for."""

import io
from typing import TYPE_CHECKING, Any

from core.reports.port import Bar, Chart
from jobs.worker_frames import Json
from jobs.workers import WorkerKind, WorkerPool

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from jobs.worker_main import Handler

WIDTH_INCHES, DOTS_PER_INCH = 5.4, 200
"""1080 pixels, which a phone shows in 360 points of its screen: letters of 13 points here are about 12 there."""
MARGIN_INCHES, HEAD_INCHES, ROW_INCHES, LINE_INCHES = 0.22, 1.0, 0.66, 0.26
BAR_INCHES, THIN_INCHES = 0.2, 0.02
TITLE_POINTS, LABEL_POINTS = 16, 13
INK, TRACK = "#222222", "#ececec"

DRAWING = WorkerKind(name="charts", entry_point="jobs.drawing:start", request_s_max=30, idle_s_max=120)


class WorkerChartDrawer:
    """Draws in a worker."""

    def __init__(self, pool: WorkerPool) -> None:
        """Take a pool of DRAWING workers."""
        self._pool = pool

    async def draw(self, chart: Chart) -> bytes:
        """Return a PNG on white."""
        bars = [[bar.label, bar.value, bar.share_thousandths, bar.colour] for bar in chart.bars]
        _, picture = await self._pool.request({"title": chart.title, "subtitle": chart.subtitle, "bars": bars})
        return picture


def start(_setup: Json) -> "Handler":
    """Load matplotlib, once per worker."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["font.family"] = ["DejaVu Sans"]
    return _handle


def _handle(request: Json, _content: bytes) -> tuple[Json, bytes]:
    bars = tuple(
        Bar(label=label, value=value, share_thousandths=share, colour=colour)
        for label, value, share, colour in request["bars"]
    )
    return {}, png_of(Chart(title=request["title"], subtitle=request["subtitle"], bars=bars))


def png_of(chart: Chart) -> bytes:
    """Return a chart as a PNG."""
    out = io.BytesIO()
    figure_of(chart).savefig(out, format="png", facecolor="white")
    return out.getvalue()


def figure_of(chart: Chart) -> "Figure":
    """Return a chart for a narrow screen: the longest bar on top, above each its label and its value.

    Bars are as thick and letters as large however many there are; what does not fit into a line is cut.
    """
    from matplotlib.figure import Figure

    height = HEAD_INCHES + ROW_INCHES * len(chart.bars) + MARGIN_INCHES
    figure = Figure(figsize=(WIDTH_INCHES, height), dpi=DOTS_PER_INCH, facecolor="white")
    width = WIDTH_INCHES - 2 * MARGIN_INCHES
    # All places below are in inches from the upper left corner within the margins.
    axes: Any = figure.add_axes((MARGIN_INCHES / WIDTH_INCHES, 0, width / WIDTH_INCHES, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    _line(axes, MARGIN_INCHES, chart.title, "", width, TITLE_POINTS)
    _line(axes, MARGIN_INCHES + 0.33, chart.subtitle, "", width, TITLE_POINTS)
    for row, bar in enumerate(chart.bars):
        top = HEAD_INCHES + row * ROW_INCHES
        _line(axes, top, bar.label, bar.value, width, LABEL_POINTS)
        middle = top + LINE_INCHES + BAR_INCHES / 2
        axes.barh(middle, width, height=BAR_INCHES, color=TRACK)
        length = max(width * bar.share_thousandths / 1000, THIN_INCHES)
        axes.barh(middle, length, height=BAR_INCHES, color=bar.colour)
    return figure


def _line(axes: Any, top: float, words: str, value: str, width: float, points: int) -> None:
    """Write words on the left and a value on the right of one line; words that would run into the value are cut."""
    at = {"va": "top", "fontsize": points, "color": INK, "parse_math": False}  # a dollar sign begins no formula
    right = axes.text(width, top, value, ha="right", **at)
    left = axes.text(0, top, words, ha="left", **at)
    room = right.get_window_extent().x0 - (DOTS_PER_INCH / 10 if value else 0)
    shown = words
    while left.get_window_extent().x1 > room and len(shown) > 1:
        shown = shown[:-1].rstrip()
        left.set_text(f"{shown}…")
