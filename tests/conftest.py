"""What holds for every test: no network but this machine's own, and nothing skipped in silence.

Fixtures live in tests/fixtures/, a file for each kind, and are taken from there by name; this file stays small.
"""

import ipaddress
import os
import shutil
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

TESTS = Path(__file__).parent
SHARED = TESTS.parent.parent / "shared"
BROWSERS = ("chromium", "google-chrome", "chromium-browser")

# One file of fixtures may import another, before pytest comes to that one as a plugin.
pytest.register_assert_rewrite("tests.fixtures")
pytest_plugins = [f"tests.fixtures.{file.stem}" for file in sorted((TESTS / "fixtures").glob("*.py"))]

# A shell that serves a real bot must not decide what a test does; the programs that tests start inherit this.
for _name in [name for name in os.environ if name.startswith("EXPENSEFLOW_")]:
    del os.environ[_name]

# On a busy machine an example takes its time. In CI hypothesis chooses the same examples each time by itself.
if hypothesis.settings.get_current_profile_name() == "default":
    hypothesis.settings.register_profile("house", deadline=None)
    hypothesis.settings.load_profile("house")

# What left this machine, or tried to. A library may swallow the refusal and try again; the test fails all the same.
_network_attempts: list[str] = []


class NetworkRefusedError(RuntimeError):
    """A test tried to reach something other than this machine."""


def _is_here(host: object) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook, since it also sees what does not pass through Python's socket module, and name lookups."""
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a path is a socket of this machine
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if not _is_here(host):
        _network_attempts.append(f"{event} {host!r}")
        raise NetworkRefusedError(f"tests reach this machine alone, not {host!r}")


sys.addaudithook(_refuse_network)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what the tests of faults are run with: `make faults`."""
    parser.addoption("--full", action="store_true", help="kill -9 20 times in 1,000 updates, instead of 6 in 250")


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    """Fail a test that tried to leave this machine, also when the code under test swallowed the refusal."""
    _network_attempts.clear()
    yield
    if _network_attempts:
        pytest.fail(f"the test tried to leave this machine: {', '.join(_network_attempts)}", pytrace=False)


@pytest.fixture(scope="session")
def browser_executable() -> str:
    """The Chromium to drive. Tests that ask for it carry the mark `needs_browser`."""
    found = _browser()
    assert found, "mark the test with needs_browser"
    return found


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The material beside the repository. Tests that ask for it carry the mark `needs_shared`."""
    assert SHARED.is_dir(), "mark the test with needs_shared"
    return SHARED


def _browser() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot run, with the reason."""
    if item.get_closest_marker("needs_shared") and not SHARED.is_dir():
        pytest.skip("needs ../shared, which is not beside this repository")
    if item.get_closest_marker("needs_browser") and _browser() is None:
        pytest.skip(f"needs a browser: none of {', '.join(BROWSERS)} is on the PATH")


def _skips_fail() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true") or os.environ.get("NO_SKIPS") == "1"


def _fail_instead(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"{reason} -- here a skipped test is a failure, unless its mark is needs_shared"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where skips fail, a test that is skipped fails. An expected failure is reported as a skip too, and stays one."""
    report = yield
    exempt = hasattr(report, "wasxfail") or item.get_closest_marker("needs_shared") is not None
    if report.skipped and not exempt and _skips_fail():
        _fail_instead(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Where skips fail, so does a file that skips itself as a whole: its tests, and their marks, were never seen."""
    report = yield
    if report.skipped and _skips_fail():
        _fail_instead(report)
    return report
