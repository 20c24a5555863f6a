"""One playground for all journeys of a worker, a browser for each file, a fresh page for each journey."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from scripts.screenshots import enter, open_page, running_browser, running_playground


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The page's address. The chats go on from journey to journey."""
    with running_playground() as url:
        yield url


@pytest.fixture(scope="module")
def browser(browser_executable: str) -> Iterator[Browser]:
    """A browser. Playwright's loop must have ended before tests of another file run loops of their own."""
    with running_browser(browser_executable) as running:
        yield running


@pytest.fixture
def page(address: str, browser: Browser) -> Iterator[Page]:
    """The page with everybody in. Afterwards the console must not have complained."""
    with open_page(browser) as (opened, complaints):
        enter(opened, address)
        yield opened
        assert complaints == []
