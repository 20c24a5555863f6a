"""The figures of a process, counted where things happen."""

import tomllib
from pathlib import Path

from core.kernel import metrics
from core.kernel.version import VERSION


class Seconds:
    """A monotonic clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def sum_of(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


def test_latencies_begin_when_an_update_arrives_and_only_the_first_answer_counts() -> None:
    seconds = Seconds()
    updates = metrics.Updates(seconds)
    labels = {"platform": "pigeons", "kind": "TextReceived"}
    updates.taken("1")
    seconds.now = 1.0
    updates.begun("pigeons", "1", "TextReceived")
    updates.ended("pigeons", "1", "again")
    seconds.now = 6.0
    updates.begun("pigeons", "1", "TextReceived")
    updates.ended("pigeons", "1", "handled")
    seconds.now = 7.5
    updates.answered("1")
    seconds.now = 99.0
    updates.answered("1")
    updates.answered(None)
    assert sum_of("expenseflow_update_handled_seconds_sum", **labels) == 6.0
    assert sum_of("expenseflow_update_answered_seconds_sum", **labels) == 7.5
    assert sum_of("expenseflow_update_answered_seconds_count", **labels) == 1
    assert sum_of("expenseflow_updates_total", **labels, outcome="again") == 1
    assert sum_of("expenseflow_updates_total", **labels, outcome="handled") == 1


def test_an_update_of_an_earlier_process_is_counted_without_a_latency() -> None:
    updates = metrics.Updates(Seconds())
    labels = {"platform": "pigeons", "kind": "FilesReceived"}
    updates.begun("pigeons", "left over", "FilesReceived")
    updates.ended("pigeons", "left over", "handled")
    updates.answered("left over")
    assert sum_of("expenseflow_updates_total", **labels, outcome="handled") == 1
    assert sum_of("expenseflow_update_handled_seconds_count", **labels) == 0
    assert sum_of("expenseflow_update_answered_seconds_count", **labels) == 0


def test_updates_that_nobody_answers_are_not_remembered_for_ever() -> None:
    updates = metrics.Updates(Seconds())
    for number in range(metrics.UNDER_WAY_MAX + 10):
        updates.taken(str(number))
    updates.answered("0")
    updates.answered(str(metrics.UNDER_WAY_MAX))
    assert sum_of("expenseflow_update_answered_seconds_count", platform="unknown", kind="none") == 1
    assert len(updates._under_way) == metrics.UNDER_WAY_MAX - 1


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == VERSION
