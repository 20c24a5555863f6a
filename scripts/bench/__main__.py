"""Measure ExpenseFlow: `make bench`, or for some figures alone `make bench ARGS=--only=cpu,start`.

Each measurement begins afresh in a folder of its own, with programs of its own on this machine alone.
"""

import argparse
import asyncio
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from scripts.bench import acknowledging, cpu, reports, start, sustained
from scripts.bench.figures import Conditions, Figure, Measurement, table
from scripts.bench.machine import load, machine, versions

MEASUREMENTS: dict[str, Measurement] = {
    "cpu": cpu.measure,
    "sustained": sustained.measure,
    "slack": acknowledging.measure,
    "start": start.measure,
    "report": reports.measure,
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="Measures ExpenseFlow.")
    parser.add_argument("--only", default=",".join(MEASUREMENTS), help=f"which of {', '.join(MEASUREMENTS)}")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and rows: to see whether it works")
    arguments = parser.parse_args()
    arguments.only = arguments.only.split(",")
    unknown = [name for name in arguments.only if name not in MEASUREMENTS]
    if unknown:
        parser.error(f"there is no figure {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}")
    return arguments


async def _measure(names: list[str], *, quick: bool) -> list[Figure]:
    figures: list[Figure] = []
    for name in names:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="expenseflow-bench-") as folder:
            figures += await MEASUREMENTS[name](Conditions(folder=Path(folder), quick=quick))
        print(f"{name}: measured in {time.perf_counter() - began:.0f} s", flush=True)
    return figures


def main() -> None:
    """Measure what is asked for, and print the table."""
    arguments = _arguments()
    others = load()
    figures = asyncio.run(_measure(arguments.only, quick=arguments.quick))
    print(f"\n{datetime.now(UTC):%Y-%m-%d}. {machine()}; {others:.1f} other processes at work when it began.")
    print(f"{versions()}.\n\n{table(figures)}")


if __name__ == "__main__":
    main()
