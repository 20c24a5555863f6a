"""Charts, drawn by matplotlib in a worker process: importing it takes 1.5 s, which the chat must not wait for."""

import io
from typing import TYPE_CHECKING, Any

from core.reports.port import Bar, Chart
from jobs.worker_frames import Json
from jobs.workers import WorkerKind, WorkerPool

if TYPE_CHECKING:
    from jobs.worker_main import Handler

WIDTH_INCHES, BAR_INCHES, FRAME_INCHES, DOTS_PER_INCH = 7.2, 0.46, 1.5, 150

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
    """Return a chart as a PNG: the longest bar on top, each with its value at its end."""
    from matplotlib.figure import Figure

    height = FRAME_INCHES + BAR_INCHES * len(chart.bars)
    figure = Figure(figsize=(WIDTH_INCHES, height), dpi=DOTS_PER_INCH, facecolor="white", layout="constrained")
    axes: Any = figure.add_subplot()
    positions = range(len(chart.bars), 0, -1)
    axes.barh(
        list(positions),
        [bar.share_thousandths for bar in chart.bars],
        color=[bar.colour for bar in chart.bars],
        height=0.62,
    )
    for position, bar in zip(positions, chart.bars, strict=True):
        axes.text(bar.share_thousandths + 12, position, _plain(bar.value), va="center", fontsize=10, color="#222222")
    axes.set_yticks(list(positions), [_plain(bar.label) for bar in chart.bars], fontsize=10)
    axes.set_xlim(0, 1300)
    axes.xaxis.set_visible(False)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)
    axes.set_title(f"{_plain(chart.title)}\n{_plain(chart.subtitle)}", loc="left", fontsize=13, color="#111111")
    out = io.BytesIO()
    figure.savefig(out, format="png", facecolor="white")
    return out.getvalue()


def _plain(words: str) -> str:
    """Return words that matplotlib shows as they are: a dollar sign would begin a formula."""
    return words.replace("$", r"\$")
