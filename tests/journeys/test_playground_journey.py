"""What a newcomer does first, in a real browser, with the real bot behind the page."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from scripts.screenshots import SET_UP_MS_MAX, become, chat_row, open_chat, write
from tests.fixtures.pages import last_bubble, take_pictures

pytestmark = pytest.mark.needs_browser


def test_on_telegram_an_expense_is_written_corrected_and_submitted(page: Page, tmp_path: Path) -> None:
    become(page, "Emma")
    open_chat(page, "Telegram", "ExpenseFlow")
    write(page, "taxi 23,50 € yesterday")
    card = last_bubble(page, "taxi · €23.50")
    expect(card).to_contain_text("Transport")
    take_pictures(page, tmp_path, "telegram-card")

    card.get_by_role("button", name="Edit").click()
    expect(last_bubble(page, "1 of")).to_be_visible()
    write(page, "a lot")
    expect(page.get_by_role("log")).to_contain_text("“a lot” is not an amount")
    write(page, "25,80")
    question = last_bubble(page, "2 of")
    expect(question).to_contain_text("Now: ")
    question.get_by_role("button", name="Save").click()

    corrected = last_bubble(page, "taxi · €25.80")
    expect(corrected).to_be_visible()
    corrected.get_by_role("button", name="Submit").click()
    expect(last_bubble(page, "€25.80")).to_contain_text("Submitted")
    take_pictures(page, tmp_path, "telegram-submitted")


def test_on_slack_the_form_says_what_is_wrong_and_keeps_the_rest(page: Page, tmp_path: Path) -> None:
    become(page, "Emma")
    open_chat(page, "Slack", "ExpenseFlow")
    write(page, "taxi 23,50 € yesterday")
    card = page.locator(".slack-message", has_text="taxi · €23.50").last
    card.get_by_role("button", name="Edit").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Amount").fill("a lot")
    form.get_by_label("What", exact=True).fill("taxi to the airport")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_text("“a lot” is not an amount")).to_be_visible()
    expect(form.get_by_label("Amount")).to_be_focused()
    take_pictures(page, tmp_path, "slack-form")

    form.get_by_label("Amount").fill("25,80")
    form.get_by_label("Amount").press("Enter")
    expect(form).to_be_hidden()
    corrected = page.locator(".slack-message", has_text="taxi to the airport · €25.80").last
    corrected.get_by_role("button", name="Submit").click()
    expect(page.locator(".slack-message", has_text="€25.80").last).to_contain_text("Submitted")
    take_pictures(page, tmp_path, "slack-submitted")


def test_a_form_goes_on_after_the_bot_was_killed_in_its_middle(page: Page) -> None:
    become(page, "Jonas")
    open_chat(page, "Telegram", "ExpenseFlow")
    write(page, "/new")
    expect(last_bubble(page, "1 von")).to_be_visible()
    page.locator("#bot-button").click()
    page.get_by_role("menuitem", name="Kill").click()
    expect(page.locator(".bot-dot.is-restarting")).to_be_visible()
    write(page, "12,40")
    expect(page.locator(".bot-dot.is-running")).to_be_visible(timeout=SET_UP_MS_MAX)
    expect(last_bubble(page, "2 von")).to_be_visible()


def test_in_the_group_the_bot_speaks_when_it_is_addressed(page: Page) -> None:
    become(page, "Mara")
    open_chat(page, "Telegram", "Team lunch")
    write(page, "Pizza for all, 42 €")
    write(page, "@expenseflow_bot pizza 42 €")
    answer = page.locator(".tg-message:not(.is-own)")
    expect(answer).to_have_count(1)
    expect(answer).not_to_contain_text("42")
    expect(page.locator(".tg-message.is-own")).to_have_count(2)
    expect(chat_row(page, "Telegram", "ExpenseFlow")).to_contain_text("pizza")


def test_a_stranger_gets_a_friendly_sentence_until_somebody_invites_him(page: Page) -> None:
    become(page, "Sam")
    open_chat(page, "Telegram", "ExpenseFlow")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(last_bubble(page, "I don’t know you yet")).to_be_visible()
    become(page, "Ada")
    links = page.locator(".tg-link", has_text="?start=")
    expect(links.first).to_be_visible()
    before = links.count()
    write(page, "/invite employee")
    expect(links).to_have_count(before + 1)
    links.last.click()
    page.get_by_role("menuitem", name="Open as Sam").click()
    expect(page.get_by_role("radio", name="Sam")).to_have_attribute("aria-checked", "true")
    expect(last_bubble(page, "Welcome")).to_contain_text("Your role: Employee")


def test_the_keyboard_is_enough(page: Page) -> None:
    page.get_by_role("radio", name="Emma").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Jonas")).to_have_attribute("aria-checked", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    field = page.locator("#composer-text")
    expect(field).to_be_focused()
    page.keyboard.type("/la")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(field).to_have_value("/language ")
    page.keyboard.press("Enter")
    expect(last_bubble(page, "Sprache")).to_be_visible()


def test_one_edits_ones_message_by_the_arrow_up_and_the_card_follows(page: Page) -> None:
    become(page, "Mara")
    open_chat(page, "Slack", "ExpenseFlow")
    write(page, "book 19.90")
    expect(page.locator(".slack-message", has_text="book · €19.90").last).to_be_visible()
    page.locator("#composer-text").press("ArrowUp")
    write(page, "book 29.90")
    expect(page.locator(".slack-message", has_text="book · €29.90").last).to_be_visible()
    expect(page.locator(".slack-message", has_text="(edited)").first).to_be_visible()


def test_the_wire_log_shows_calls_without_tokens(page: Page) -> None:
    become(page, "Emma")
    open_chat(page, "Telegram", "ExpenseFlow")
    write(page, "/help")
    expect(last_bubble(page, "What I can do")).to_be_visible()
    page.get_by_role("tab", name="Wire log").click()
    page.get_by_role("button", name="Telegram", exact=True).click()
    call = page.locator(".wire-entry", has_text="sendMessage").first
    call.click()
    expect(call.locator("pre").first).to_contain_text('"chat_id": "1001"')
    shown = page.locator("#panel-body").inner_text()
    assert not re.search(r"AAPlayground|xoxb-\w|xapp-\w", shown)


def test_the_guide_puts_words_into_the_right_chat(page: Page) -> None:
    page.locator(".try", has_text="A channel on Slack").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("#travel")
    expect(page.locator("#composer-text")).to_have_value("/expense taxi 23")
    page.keyboard.press("Enter")
    note = page.locator(".slack-message.is-ephemeral").last
    expect(note).to_contain_text("Only visible to you")
    expect(note).not_to_contain_text("23")
