"""A form says what it is about: whose expense, how much and where; which question; which member. On both faces."""

from dataclasses import replace

from core.identity.rules import Role
from handlers import dialogs
from handlers.approvals import ASK
from handlers.forms import FormStart
from handlers.replies import Paragraph
from handlers.stored import codec
from handlers.text import Text
from tests.fixtures.service import RunningService
from tests.handlers.test_form_faces import dialog

CALLED = "No. 1, Emma: lunch · €80.00"


async def test_who_decides_sees_what_about_on_both_platforms(running_bot: RunningService) -> None:
    bot = running_bot
    await bot.make_workspace()
    emma, finn = bot.telegram.add_person("Emma"), bot.telegram.add_person("Finn")
    fatma = bot.slack.add_person("UFATMA", "fatma", "Fatma")
    await emma.start(await bot.make_code(Role.EMPLOYEE))
    await finn.start(await bot.make_code(Role.FINANCE))
    await fatma.command("/expense", f"start {await bot.make_code(Role.FINANCE)}")
    await emma.send_text("lunch 80 €")
    card = await emma.wait_for_message(lambda each: "lunch · €80.00" in each.text)
    await emma.tap(card.id, "Submit")
    finns = await finn.wait_for_message(lambda each: "Emma: lunch" in each.text)
    fatmas = await fatma.wait_for_message("dm", "Emma: lunch")

    await finn.tap(finns.id, "Reject")
    asked = await finn.wait_for_message(lambda each: "Why?" in each.text, after=finns.id)
    assert asked.text.split("\n\n") == ["Reject an expense", CALLED, "Why?"]
    await fatma.tap("dm", fatmas["ts"], "Ask")
    modal = await fatma.wait_for_modal(title="Ask about an expense")
    assert CALLED in modal.text

    await modal.fill({"Your question": "Who was invited?"})
    await modal.submit()
    put = await emma.wait_for_message(lambda each: "has a question" in each.text)
    await emma.tap(put.id, "Answer")
    answer = await emma.wait_for_message(lambda each: "Your answer" in each.text, after=put.id)
    about = "Fatma has a question about no. 1 (lunch · €80.00)"
    assert answer.text.split("\n\n") == ["Answer a question", about, "Who was invited?", "Your answer"]


def test_one_question_alone_has_no_place_among_others() -> None:
    about = Text("approval.called", {"number": 1, "owner": "Emma", "what": "taxi"})
    alone = replace(dialog(), form=ASK.key, start=codec.pack(FormStart(about=(about,))), values={})
    words = [block.words for block in dialogs.question_card(alone).body if isinstance(block, Paragraph)]
    assert words == [about, Text("approval.question")]
    several = dialogs.question_card(dialog()).body[0]
    assert isinstance(several, Paragraph)
    assert several.words == Text("form.question", {"label": Text("expense.amount"), "number": 1, "total": 5})
