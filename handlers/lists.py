"""Lists of one's own expenses: what they show is typed after the command or tapped, and is kept with the list."""

from functools import partial
from typing import Any

from core.categories.service import categories
from core.conversations.lists import StoredList, find_list, set_filters, set_page, store_list
from core.conversations.outgoing import show
from core.conversations.subjects import Private, Subject
from core.expenses import filters as rules
from core.expenses.filters import EVERYTHING, Filters, Vocabulary, parse_filters
from core.expenses.queries import own_expenses
from core.expenses.rules import State
from core.identity.rules import Permission
from core.kernel.months import Month
from core.language import Phrasebook, parse_amount
from handlers.registry import button, command, shows
from handlers.replies import Card, Replace, Replies, Toast
from handlers.text import text
from handlers.turn import Asker, Reader, Turn
from handlers.views import lists as views
from handlers.views.expenses import PAGE_SIZE
from handlers.views.lists import LIST

OWN = Permission.OWN_EXPENSES


async def wanted_by_words(reader: Reader) -> Filters:
    """Return what the words after the command ask for, in the person's language."""
    typed = reader.rest
    if not typed:
        return EVERYTHING
    return parse_filters(typed, await _vocabulary(reader), reader.member.local(reader.uow.now).date())


async def _vocabulary(reader: Reader) -> Vocabulary:
    """Return the names of states and categories as the person reads them, and as they are stored; months from the phrasebook."""
    reading = await reader.reading()
    phrasebook, language = reading.phrasebook, reader.member.language
    known = await categories(reader.uow)
    named_states = {reader.tools.translate(views.state_words(state), language): state for state in State}
    named_categories = {reader.tools.translate(views.category_name(each), language): each.key for each in known}
    return Vocabulary(
        states={state.value: state for state in State} | named_states,
        categories={each.key: each.key for each in known} | named_categories,
        months=phrasebook.months,
        joiners=joiners(phrasebook),
        amount=partial(parse_amount, locale=reading.locale, phrasebook=phrasebook),
    )


def joiners(phrasebook: Phrasebook) -> frozenset[str]:
    """Return the words that may stand before a date and say nothing by themselves."""
    return frozenset((*phrasebook.date_before, *phrasebook.trailing_fillers))


@command("expenses", needs=OWN, prepare=wanted_by_words)
async def list_expenses(turn: Turn[Filters]) -> Replies:
    """List one's own expenses, newest first."""
    return await new_list(turn, turn.arguments)


@button("expenses.list", needs=OWN)
async def list_all(turn: Turn[None]) -> Replies:
    """List one's own expenses from wherever a button offers it."""
    return await new_list(turn, EVERYTHING)


async def new_list(turn: Turn[Any], filters: Filters) -> Replies:
    """Show a list of one's own expenses as a new message."""
    list_id = await store_list(turn.uow, account_id=turn.who.account.id, kind=LIST, filters=filters.as_json())
    await show(turn.uow, Subject(LIST, list_id), Private(turn.who.account.id), fresh=True)
    return ()


@button("expenses.page", needs=OWN, subject=LIST)
async def turn_page(turn: Turn[None]) -> Replies:
    """Go to another page of a list."""
    choice = turn.tap.choice or ""
    page = int(choice) if choice.isdecimal() else 0
    known = await set_page(turn.uow, turn.tap.subject_id or "", turn.who.account.id, page)
    return await _show_again(turn, known=known)


@button("expenses.back", needs=OWN, subject=LIST)
async def back_to_list(turn: Turn[None]) -> Replies:
    """Put the list back in the place of the choice of what it shows."""
    return await _show_again(turn, known=await _tapped_list(turn) is not None)


@button("expenses.filter", needs=OWN, subject=LIST)
async def offer_filters(turn: Turn[None]) -> Replies:
    """Offer states and months to choose from, in the place of the list."""
    stored = await _tapped_list(turn)
    if stored is None:
        return (Toast(text("button.unknown")),)
    filters, this_month = Filters.from_json(stored.filters), Month.of(turn.today)
    card = views.filter_card(stored.id, filters, this_month, turn.source.command("expenses"))
    return (Replace(Subject(LIST, stored.id), card),)


@button("expenses.categories", needs=OWN, subject=LIST)
async def offer_categories(turn: Turn[None]) -> Replies:
    """Offer the categories to choose from, in the place of the list."""
    stored = await _tapped_list(turn)
    if stored is None:
        return (Toast(text("button.unknown")),)
    card = views.filter_categories_card(stored.id, Filters.from_json(stored.filters), await categories(turn.uow))
    return (Replace(Subject(LIST, stored.id), card),)


@button("expenses.choose", needs=OWN, subject=LIST)
async def choose(turn: Turn[None]) -> Replies:
    """Show what was chosen alone; the same choice again takes it back."""
    stored = await _tapped_list(turn)
    chosen = None if stored is None else _chosen(Filters.from_json(stored.filters), turn.tap.choice or "")
    if stored is None or chosen is None:
        return (Toast(text("button.unknown")),)
    known = await set_filters(turn.uow, stored.id, turn.who.account.id, chosen.as_json())
    return await _show_again(turn, known=known)


def _chosen(filters: Filters, choice: str) -> Filters | None:
    """Return the filters after a tap; None for a choice that is none."""
    kind, _, value = choice.partition(":")
    try:
        if kind == views.STATE:
            return rules.with_state(filters, State(value))
        if kind == views.MONTH:
            return rules.with_month(filters, Month.parsed(value))
    except ValueError:
        return None
    return rules.with_category(filters, value) if kind == views.CATEGORY else None


@button("expenses.all", needs=OWN, subject=LIST)
async def show_all(turn: Turn[None]) -> Replies:
    """Show everything again."""
    known = await set_filters(turn.uow, turn.tap.subject_id or "", turn.who.account.id, EVERYTHING.as_json())
    return await _show_again(turn, known=known)


async def _tapped_list(turn: Turn[None]) -> StoredList | None:
    return await find_list(turn.uow, turn.tap.subject_id or "", turn.who.account.id)


async def _show_again(turn: Turn[None], *, known: bool) -> Replies:
    if not known:
        return (Toast(text("button.unknown")),)
    await show(turn.uow, Subject(LIST, turn.tap.subject_id or ""), Private(turn.who.account.id))
    return ()


@shows(LIST)
async def show_list(asker: Asker, list_id: str) -> Card | None:
    """Show a page of a stored list to the person whose it is; the last one, where there are fewer pages by now."""
    stored, member = await find_list(asker.uow, list_id, asker.who.account.id), asker.who.member
    if stored is None or member is None:
        return None
    filters, page = Filters.from_json(stored.filters), stored.page
    found, count = await own_expenses(asker.uow, member.id, offset=page * PAGE_SIZE, limit=PAGE_SIZE, filters=filters)
    if count and not found:
        page = (count - 1) // PAGE_SIZE
        found, count = await own_expenses(
            asker.uow, member.id, offset=page * PAGE_SIZE, limit=PAGE_SIZE, filters=filters
        )
    known = {each.id: each for each in await categories(asker.uow)}
    return views.list_card(list_id, found, count, page, filters, known)
