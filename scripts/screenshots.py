"""Starts the playground, walks through it in a real browser, and keeps pictures of it for the README.

    python -m scripts.screenshots [FOLDER]      default: docs/screenshots

The journeys under tests/ start the playground and the browser by the same functions.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "google-chrome", "chromium-browser")
BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP: Any = {"width": 1280, "height": 800}
TALL: Any = {"width": 1280, "height": 960}
"""A request for approval as a whole, from its title to its buttons."""
PHONE: Any = {"width": 360, "height": 740}
TIME_ZONE = "Europe/Berlin"
"""The workspace's own (bot/commands/playground.py), so that the bot's clock times and the page's are the same."""
SET_UP_MS_MAX = 60_000
ANSWER_MS_MAX = 15_000
READING_MS_MAX = 60_000
STOP_S_MAX = 30.0
SEEN_AT_ONCE = 8
"""Samples that the tray shows without being scrolled; the others are drawn when they are."""

# A busy machine takes its time; what does not come at all fails all the same.
expect.set_options(timeout=ANSWER_MS_MAX)


@contextmanager
def running_playground(*arguments: str, folder: Path = ROOT) -> Iterator[str]:
    """Runs `expenseflow playground` on a free port while the block runs, and gives the page's address."""
    command = [sys.executable, "-m", "bot", "playground", "--port", "0", *arguments]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        said = process.stdout.readline() if process.stdout else ""
        address = re.search(r"http://\S+", said)
        if address is None:
            raise RuntimeError(f"the playground did not tell its address: {said!r}")
        yield address.group()
    finally:
        process.terminate()
        process.communicate(timeout=STOP_S_MAX)


@contextmanager
def running_browser(executable: str) -> Iterator[Browser]:
    """A browser without a window, with a profile of its own that is gone afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, headless=True, args=list(BROWSER_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page that knows nothing of the ones before, and what its console complains about."""
    complaints: list[str] = []
    context = browser.new_context(viewport=DESKTOP, locale="en-GB", timezone_id=TIME_ZONE)
    page = context.new_page()
    page.set_default_timeout(ANSWER_MS_MAX)
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page, complaints
    finally:
        context.close()


def enter(page: Page, address: str) -> None:
    """Opens the playground and waits until everybody is in."""
    page.goto(address)
    expect(page.locator(".bot-dot.is-running")).to_be_visible(timeout=SET_UP_MS_MAX)
    expect(page.locator(".news")).not_to_contain_text("Getting everybody in", timeout=SET_UP_MS_MAX)
    expect(page.get_by_label("Send")).to_be_visible()


def become(page: Page, first_name: str) -> None:
    """Chooses whom one is now."""
    page.get_by_role("radio", name=first_name).click()


def chat_row(page: Page, platform: str, title: str) -> Locator:
    """A chat in the list."""
    rows = page.get_by_role("region", name=platform).locator(".chat-row")
    return rows.filter(has=page.get_by_text(title, exact=True))


def open_chat(page: Page, platform: str, title: str) -> None:
    """Opens a chat from the list."""
    chat_row(page, platform, title).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def write(page: Page, text: str) -> None:
    """Types into the open chat, and sends."""
    field = page.locator("#composer-text")
    field.fill(text)
    field.press("Enter")


def attach_samples(page: Page, *titles: str, picture: Path | None = None) -> None:
    """Sends sample receipts into the open chat: one by a click, several together. `picture`: keeps one of the tray."""
    page.get_by_label("Attach a picture or a file").click()
    tray = page.get_by_role("dialog", name="Attach")
    for title in titles if len(titles) > 1 else ():
        tray.get_by_label(f"Pick for several: {title},").click()
    if picture is not None:
        for thumbnail in tray.locator(".sample img").all()[:SEEN_AT_ONCE]:
            expect(thumbnail).not_to_have_js_property("naturalWidth", 0)
        page.screenshot(path=picture)
    one = tray.get_by_label(f"Send: {titles[0]},")
    (one if len(titles) == 1 else tray.get_by_role("button", name="together")).click()
    expect(tray).to_be_hidden()


def pictures(page: Page, address: str, folder: Path) -> None:
    """The pictures of the README and of docs/playground.md: a receipt, its approval, forms, reports, and a phone's width."""
    enter(page, address)
    _picture_of_a_form(page, folder)
    _pictures_of_a_receipt(page, folder)
    become(page, "Emma")
    open_chat(page, "Telegram", "ExpenseFlow")
    _picture_of_a_report(page, folder)
    write(page, "taxi 23,50 € yesterday")
    expect(page.locator(".tg-message", has_text="taxi · €23.50").last).to_be_visible()
    page.screenshot(path=folder / "playground.png")
    page.set_viewport_size(PHONE)
    expect(page.locator("#panel")).to_be_hidden()
    page.screenshot(path=folder / "phone.png")


def _picture_of_a_form(page: Page, folder: Path) -> None:
    become(page, "Emma")
    open_chat(page, "Slack", "ExpenseFlow")
    write(page, "lunch with a customer 48.20")
    page.locator(".slack-message").last.get_by_role("button", name="Edit", exact=True).click()
    amount = page.get_by_role("dialog").get_by_label("Amount")
    amount.fill("a lot")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.locator(".slack-error").first).not_to_be_empty()
    page.screenshot(path=folder / "slack-form.png")
    page.keyboard.press("Escape")


def _pictures_of_a_receipt(page: Page, folder: Path) -> None:
    open_chat(page, "Telegram", "ExpenseFlow")
    attach_samples(page, "Café")
    card = page.locator(".tg-message", has_text="Café Lindenhof").last
    expect(card).to_contain_text("Receipts: 1", timeout=READING_MS_MAX)
    page.screenshot(path=folder / "receipt.png")
    card.get_by_role("button", name="Submit").click()
    expect(card).to_contain_text("waits for Mara")
    become(page, "Mara")
    open_chat(page, "Slack", "ExpenseFlow")
    picture = page.locator(".slack-message", has_text="Café Lindenhof").last.locator(".slack-picture img")
    expect(picture).not_to_have_js_property("naturalWidth", 0)
    page.set_viewport_size(TALL)
    page.screenshot(path=folder / "approval.png")
    page.set_viewport_size(DESKTOP)


def _picture_of_a_report(page: Page, folder: Path) -> None:
    write(page, "/report")
    chart = page.locator(".tg-message").last.locator("img")
    expect(chart).not_to_have_js_property("naturalWidth", 0, timeout=READING_MS_MAX)
    page.get_by_role("tab", name="Wire log").click()
    page.screenshot(path=folder / "report.png")
    page.get_by_role("tab", name="What to try").click()


def main() -> None:
    """Writes the pictures. Needs a Chromium on the PATH."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots"
    executable = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if executable is None:
        sys.exit(f"Needs a browser: none of {', '.join(BROWSERS)} is on the PATH.")
    folder.mkdir(parents=True, exist_ok=True)
    with running_playground() as address, running_browser(executable) as browser, open_page(browser) as (page, _):
        pictures(page, address, folder)
    print(f"{', '.join(sorted(file.name for file in folder.glob('*.png')))} in {folder}")


if __name__ == "__main__":
    main()
