"""Whether a person's accounts are linked, as somebody tells who reads their chats."""

from bot.playground.links import TOGETHER_S, are_linked, link_code

CODE = "Auf der anderen Plattform: /link K7QM2XRA94TD\nIn Slack: /expense link K7QM2XRA94TD"
TOLD = "Dein Konto bei Slack ist jetzt verbunden."
CONFIRMED = "Linked. On Slack and Telegram you are Emma (Employee) now."
LIST = "2 members\nAda – Admin · Slack, Telegram\nEmma – Employee · Telegram"


def test_the_code_is_found_in_any_language() -> None:
    assert link_code(CODE) == "K7QM2XRA94TD"
    assert link_code("Use /link on the other platform") is None


def test_accounts_are_linked_when_both_chats_say_so() -> None:
    assert are_linked([(1.0, CODE), (5.0, TOLD)], [(5.5, CONFIRMED)])
    assert are_linked([(5.5, CONFIRMED)], [(1.0, CODE), (5.0, TOLD.replace("Slack", "Telegram"))])


def test_accounts_are_two_members_before() -> None:
    assert not are_linked([], [])
    assert not are_linked([(1.0, CODE)], [(2.0, "This code does not work.")])
    assert not are_linked([(5.0, TOLD)], [(5.5, CONFIRMED)])


def test_a_list_of_members_in_both_chats_links_nobody() -> None:
    assert not are_linked([(1.0, CODE), (5.0, LIST)], [(6.0 + TOGETHER_S, LIST)])
    assert not are_linked([(1.0, LIST), (5.0, CODE)], [(2.0, LIST)])
