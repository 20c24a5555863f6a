"""From a photo to a decision, across both platforms, in a real browser with the real bot behind the page."""

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from scripts.screenshots import READING_MS_MAX, attach_samples, become, chat_row, open_chat, write
from tests.fixtures.pages import last_bubble, last_slack_message, take_pictures

pytestmark = pytest.mark.needs_browser
needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="needs Tesseract (scripts/system_packages.sh installs it)"
)


def expect_to_be_drawn(picture: Locator) -> None:
    expect(picture).to_be_visible()
    expect(picture).not_to_have_js_property("naturalWidth", 0)


@needs_tesseract
def test_a_receipt_is_photographed_on_telegram_and_approved_on_slack(page: Page, tmp_path: Path) -> None:
    become(page, "Emma")
    open_chat(page, "Telegram", "ExpenseFlow")
    attach_samples(page, "Café")
    card = last_bubble(page, "Café Lindenhof · €22.90")
    expect(card).to_contain_text("Receipts: 1", timeout=READING_MS_MAX)
    expect_to_be_drawn(page.locator(".tg-message.is-own .tg-photo img").last)
    take_pictures(page, tmp_path, "receipt-card")
    card.get_by_role("button", name="Submit").click()
    expect(card).to_contain_text("waits for Mara")

    mara = page.get_by_role("radio", name=re.compile(r"Mara.*unread"))
    expect(mara).to_be_visible()
    become(page, "Mara")
    expect(chat_row(page, "Slack", "ExpenseFlow").locator(".badge")).to_be_visible()
    open_chat(page, "Slack", "ExpenseFlow")
    request = last_slack_message(page, "Emma: Café Lindenhof · €22.90")
    expect_to_be_drawn(request.locator(".slack-picture img"))
    take_pictures(page, tmp_path, "approval-request")
    request.get_by_role("button", name="Approve").click()
    expect(request).to_contain_text("Approved by Mara")
    expect(request.get_by_role("button", name="Approve")).to_have_count(0)
    take_pictures(page, tmp_path, "approved")

    become(page, "Emma")
    open_chat(page, "Telegram", "ExpenseFlow")
    expect(last_bubble(page, "Amount: €22.90")).to_contain_text("Approved by Mara")
    take_pictures(page, tmp_path, "outcome")


@needs_tesseract
def test_a_receipt_is_rejected_for_a_reason_and_submitted_again(page: Page, tmp_path: Path) -> None:
    become(page, "Emma")
    open_chat(page, "Slack", "ExpenseFlow")
    attach_samples(page, "Diner, with a tip")
    card = last_slack_message(page, "Maple Corner Diner · $62.59")
    expect(card).to_contain_text("Receipts:", timeout=READING_MS_MAX)
    card.get_by_role("button", name="Submit").click()
    expect(card).to_contain_text("waits for Mara")

    become(page, "Mara")
    open_chat(page, "Slack", "ExpenseFlow")
    last_slack_message(page, "Emma: Maple Corner Diner").get_by_role("button", name="Reject").click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox").fill("Who was with you?")
    take_pictures(page, tmp_path, "reject-form")
    form.get_by_role("button", name="Reject").click()
    expect(last_slack_message(page, "Emma: Maple Corner Diner")).to_contain_text("Who was with you?")

    become(page, "Emma")
    open_chat(page, "Slack", "ExpenseFlow")
    news = last_slack_message(page, "Who was with you?")
    news.get_by_role("button", name="Submit again").click()
    become(page, "Mara")
    expect(last_slack_message(page, "Emma: Maple Corner Diner").get_by_role("button", name="Approve")).to_be_visible()


def test_two_receipts_together_are_asked_about_once(page: Page, tmp_path: Path) -> None:
    become(page, "Jonas")
    open_chat(page, "Telegram", "ExpenseFlow")
    attach_samples(page, "Hotel night", "Business dinner", picture=tmp_path / "tray.png")
    photos = page.locator(".tg-message.is-own .tg-photo img")
    expect(photos).to_have_count(2)
    question = last_bubble(page, "2 Bilder")
    expect(question.locator(".tg-key")).to_have_count(2)
    take_pictures(page, tmp_path, "album")


def test_a_report_comes_as_a_picture_and_an_export_as_a_file(page: Page, tmp_path: Path) -> None:
    become(page, "Ada")
    open_chat(page, "Telegram", "ExpenseFlow")
    write(page, "hotel 140 € yesterday")
    card = last_bubble(page, "hotel · €140.00")
    card.get_by_role("button", name="Submit").click()
    expect(card).to_contain_text("Submitted")
    write(page, "/report")
    chart = page.locator(".tg-message:not(.is-own) .tg-photo img").last
    expect(chart).to_be_visible(timeout=READING_MS_MAX)
    expect_to_be_drawn(chart)
    take_pictures(page, tmp_path, "report")
    chart.click()
    enlarged = page.get_by_role("dialog")
    expect_to_be_drawn(enlarged.get_by_role("img").first)
    page.keyboard.press("Escape")
    expect(enlarged).to_be_hidden()
    write(page, "/export")
    chip = page.locator("a.file-chip").last
    expect(chip).to_be_visible(timeout=READING_MS_MAX)
    with page.expect_download() as download:
        chip.click()
    assert download.value.suggested_filename.endswith(".csv")
    assert "140.00" in download.value.path().read_text(encoding="utf-8-sig")


def test_who_has_two_members_links_them_and_the_note_says_so(page: Page) -> None:
    become(page, "Felix")
    note = page.locator(".side-note")
    expect(note).to_contain_text("two members")
    open_chat(page, "Telegram", "ExpenseFlow")
    write(page, "/link")
    said = re.search(r"link ([A-Z0-9]{8,})", last_bubble(page, "/link ").inner_text())
    assert said is not None
    open_chat(page, "Slack", "ExpenseFlow")
    write(page, f"/expense link {said.group(1)}")
    expect(note).to_contain_text("are linked")


def test_the_home_tab_on_slack_follows_while_one_looks(page: Page, tmp_path: Path) -> None:
    become(page, "Emma")
    open_chat(page, "Slack", "ExpenseFlow")
    page.get_by_role("tab", name="Home", exact=True).click()
    home = page.get_by_role("log")
    expect(home).to_contain_text("Spent in")
    expect(page.locator("#composer-text")).to_be_hidden()
    home.get_by_role("button", name="New expense").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Amount").fill("17.30")
    form.get_by_label("What", exact=True).fill("parking")
    form.get_by_label("Category").select_option(index=1)
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    expect(home).to_contain_text("parking · €17.30")
    take_pictures(page, tmp_path, "home")
    page.get_by_role("tab", name="Messages", exact=True).click()
    expect(last_slack_message(page, "parking · €17.30")).to_be_visible()


def test_a_message_in_a_channel_becomes_an_expense_of_who_chooses_it(page: Page) -> None:
    become(page, "Jonas")
    open_chat(page, "Slack", "#travel")
    write(page, "Taxi to the fair, 31.50 €")
    message = last_slack_message(page, "Taxi to the fair")
    message.hover()
    message.get_by_label("What to do with this message").click()
    page.get_by_role("menuitem", name="Add as expense").click()
    expect(page.locator(".slack-message.is-ephemeral").last).to_be_visible()
    expect(chat_row(page, "Slack", "ExpenseFlow")).to_contain_text("31,50")
