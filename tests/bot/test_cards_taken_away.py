"""A card that its reader may no longer see does not stay in their chat."""

from core.conversations.outgoing import show
from core.conversations.queries import copies_of, note_copy
from core.conversations.subjects import Private, Subject
from core.expenses.queries import all_expenses
from core.identity.queries import find_account
from core.identity.rules import Role
from core.store.unit_of_work import Actor
from core.tenancy.service import installations
from tests.fixtures.service import RunningService


async def test_what_may_no_longer_be_seen_is_taken_away(running_bot: RunningService) -> None:
    await running_bot.make_workspace()
    emma, jonas = running_bot.telegram.add_person("Emma"), running_bot.telegram.add_person("Jonas")
    for person in (emma, jonas):
        await person.start(await running_bot.make_code(Role.EMPLOYEE))
    await emma.send_text("taxi 23.50")
    await running_bot.settled()
    shown = jonas.messages()[-1]
    actor = Actor(platform="test", operation="test", workspace_id=running_bot.workspace_id)
    async with running_bot.service.database.write(actor) as uow:
        [expense] = [each.expense async for each in all_expenses(uow)]
        [place] = [each for each in await installations(uow) if each.platform == "telegram"]
        account = await find_account(uow, place.id, str(jonas.id))
        assert account is not None
        subject, to = Subject("expense", expense.id), Private(account.id)
        await note_copy(
            uow,
            subject,
            account_id=account.id,
            installation_id=place.id,
            channel=str(jonas.id),
            message=str(shown.id),
        )
        await show(uow, subject, to)
    await running_bot.settled()
    assert shown.id not in [message.id for message in jonas.messages()]
    async with running_bot.service.database.read(actor) as uow:
        assert await copies_of(uow, subject, to) == []
