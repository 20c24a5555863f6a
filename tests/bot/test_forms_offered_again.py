"""A form whose window could not be opened is offered again by a message: a tap that was acknowledged leads somewhere."""

from bot.playground.slack.forms import visible_text
from bot.playground.state import Fault, Rule
from tests.fixtures.service import RunningService


async def test_a_form_whose_trigger_has_expired_is_offered_by_a_button(running_bot: RunningService) -> None:
    code = await running_bot.make_workspace()
    slack = running_bot.slack
    slack.add_person("UEMMA", "emma", "Emma Weiss")
    person = slack.person("UEMMA")
    await person.command("/expense", f"start {code}")
    slack.misbehaviour.add(Rule(fault=Fault.EXPIRED_TRIGGER, method="views.open"))
    await person.command("/expense", "new")
    await running_bot.settled()
    assert person.modal is None
    [offer] = [message for message in person.messages("dm") if "Tap to open the form" in visible_text(message)]
    await person.tap("dm", offer["ts"], "Open the form")
    window = await person.wait_for_modal(title="New expense")
    await window.fill({"amount": "12.50", "description": "parking", "category": "🚕 Transport"})
    assert not (await window.submit()).is_open
    await running_bot.settled()
    assert any("parking · €12.50" in visible_text(message) for message in person.messages("dm"))
