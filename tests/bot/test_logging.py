"""The log: one JSON object a line, from us and from libraries, with a trace id, and with no token in it."""

import asyncio
import io
import json
import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot.logging import configure_logging, masker

TELEGRAM = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
PASSWORD = 'long "quoted" password'


class Log(io.StringIO):
    """What was logged, as objects."""

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    """Logging configured as in a running process, at INFO, and put back afterwards."""
    root = logging.getLogger()
    before = root.handlers, root.level, sys.excepthook, threading.excepthook
    written = Log()
    configure_logging("INFO", [PASSWORD], written)
    yield written
    root.handlers, level, sys.excepthook, threading.excepthook = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def test_our_lines_and_those_of_libraries_look_alike(log: Log) -> None:
    structlog.get_logger("bot.intake").info("delivery accepted", conversation="c1", amount="23,50 €")
    logging.getLogger("some.library").warning("gave up after %d tries", 3)
    ours, theirs = log.lines()
    assert ours["event"] == "delivery accepted"
    assert ours["amount"] == "23,50 €"
    assert (ours["level"], ours["logger"]) == ("info", "bot.intake")
    assert (theirs["event"], theirs["level"]) == ("gave up after 3 tries", "warning")
    assert theirs["logger"] == "some.library"
    assert ours["timestamp"].endswith("Z")


def test_the_level_holds_for_all(log: Log) -> None:
    structlog.get_logger().debug("not now")
    logging.getLogger("some.library").debug("nor this")
    assert log.lines() == []


def test_clients_that_print_urls_are_silent(log: Log) -> None:
    logging.getLogger("httpx").info("HTTP Request: POST https://api.telegram.org/bot%s/getMe", TELEGRAM)
    assert log.lines() == []


async def test_the_trace_id_goes_with_the_event_into_its_tasks(log: Log) -> None:
    logger = structlog.get_logger("bot")

    async def deliver(trace_id: str) -> None:
        with structlog.contextvars.bound_contextvars(trace_id=trace_id):
            logger.info("started")
            await asyncio.gather(asyncio.to_thread(logging.getLogger("library").warning, "inside"))

    first, second = "01JGFJJZ01", "01JGFJJZ02"
    await asyncio.gather(deliver(first), deliver(second))
    logger.info("outside")
    *inside, outside = log.lines()
    assert sorted(line["trace_id"] for line in inside) == sorted([first, first, second, second])
    assert "trace_id" not in outside


def test_tokens_are_masked_wherever_they_stand(log: Log) -> None:
    url = f"https://api.telegram.org/bot{TELEGRAM}/sendMessage"
    logger = structlog.get_logger()
    logger.info(url, nested={"urls": [url, b"xoxb-1-hidden"]}, **{"xapp-1-hidden": object})
    logging.getLogger("library").error("failed: %s", url.replace(":A", "%3AA"))
    logger.info("database", url="postgresql+psycopg://user:hidden@host/books")
    logger.info("database", words=f"it is {PASSWORD}!")
    logger.info("calling", parameters={"secret_token": "hidden-a"}, shown="{'secret_token': 'hidden-b'}")
    try:
        int(f"{url} xoxp-hidden-1")
    except ValueError:
        logger.exception("failed")
    text = log.getvalue()
    assert len(log.lines()) == 6
    assert TELEGRAM.partition(":")[2] not in text
    assert "hidden" not in text
    assert "quoted" not in text
    assert "bot123456789:***/sendMessage" in text  # which bot it was is no secret
    assert "user:***@host/books" in text


def test_what_is_no_secret_stays(log: Log) -> None:
    structlog.get_logger().info("at 12:30:45 see https://example.org/a:b, 3:1, mail me@example.org", key="x-1:y")
    (line,) = log.lines()
    assert line["event"] == "at 12:30:45 see https://example.org/a:b, 3:1, mail me@example.org"


def test_an_uncaught_exception_is_a_masked_line_too(log: Log) -> None:
    def fail() -> None:
        raise RuntimeError(f"https://api.telegram.org/bot{TELEGRAM}")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    try:
        fail()
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    assert [line["event"] for line in log.lines()] == ["uncaught exception"] * 2
    assert all("bot123456789:***" in line["exception"] for line in log.lines())
    assert TELEGRAM not in log.getvalue()


def test_a_warning_is_a_line(log: Log) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn(f"old: {TELEGRAM}", stacklevel=1)
        logging.captureWarnings(capture=False)
    (line,) = log.lines()
    assert "old: 123456789:***" in line["event"]


def test_a_process_writes_to_standard_error_alone() -> None:
    program = (
        "import structlog\nfrom bot.logging import configure_logging\nconfigure_logging('INFO')\n"
        f"structlog.get_logger().info('ready')\nraise RuntimeError('{TELEGRAM}')\n"
    )
    finished = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert finished.returncode == 1
    assert finished.stdout == ""
    assert [json.loads(line)["event"] for line in finished.stderr.splitlines()] == ["ready", "uncaught exception"]


@given(
    before=st.text(),
    bot=st.integers(1, 10**12),
    secret=st.from_regex(r"[A-Za-z0-9_-]{30,50}", fullmatch=True),
    after=st.sampled_from(["", "/getMe", '"', "\n", " ", ",", "€"]),
)
def test_no_surrounding_hides_a_bot_token(before: str, bot: int, secret: str, after: str) -> None:
    assert f"{bot}:{secret}" not in masker()(f"{before}{bot}:{secret}{after}")


@given(secret=st.text(min_size=8).filter(str.strip), before=st.text(), after=st.text())
def test_a_known_secret_is_masked_also_as_json_writes_it(secret: str, before: str, after: str) -> None:
    line = masker([secret])(json.dumps({"words": before + secret + after}, ensure_ascii=False))
    assert json.dumps(secret, ensure_ascii=False)[1:-1] not in line
