"""What the figures were measured on, and with: cores and versions, and nothing that names the machine."""

import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("python-telegram-bot", "slack-bolt", "httpx", "sqlalchemy", "aiosqlite", "psycopg", "aiohttp")


def machine() -> str:
    """Return the cores, the processor's model and the memory in one line."""
    cores = len(os.sched_getaffinity(0))
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cores} cores, {_processor()}, {memory_gib:.0f} GiB, {platform.system()} {platform.machine()}"


def versions() -> str:
    """Return the versions of Python, SQLite and the libraries on the path of an update."""
    libraries = [f"{name} {version(name)}" for name in LIBRARIES]
    return ", ".join([f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}", *libraries])


def load() -> float:
    """Return how many processes wanted a core in the last minute, on average: others disturb a measurement."""
    return os.getloadavg()[0]


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text(encoding="utf-8").splitlines() if information.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "an unknown processor"
