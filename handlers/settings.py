"""What people choose for themselves: language, time zone, working hours, notifications, and where they work now."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.conversations.outgoing import show
from core.conversations.subjects import Private, Subject
from core.identity import queries
from core.identity.rules import Notifications, Settings
from core.identity.service import set_language, set_settings, work_in
from core.identity.time_zones import find_time_zone, time_zone_words
from core.identity.working_hours import TYPED_LENGTH_MAX, TypedHours, read_working_hours, write_working_hours
from core.tenancy.queries import workspace
from handlers import dialogs
from handlers.events import ButtonTapped
from handlers.forms import Choice, Field, FieldRefused, Form, FormStart, Input, Reading, as_typed
from handlers.registry import Where, button, command, form, shows
from handlers.replies import Card, OpenForm, Replies, Send, say
from handlers.text import text
from handlers.turn import Asker, Reader, Turn
from handlers.views import settings as views

SETTINGS = "settings"

# ---- the language alone: strangers choose it as well ----


@dataclass(frozen=True, slots=True)
class Wanted:
    """A language that was asked for: one that the bot speaks, or None."""

    language: str | None


async def wanted_language(reader: Reader) -> Wanted:
    """Return the language that follows the command or stands on the button."""
    event = reader.event
    word = (event.choice or "") if isinstance(event, ButtonTapped) else reader.rest.casefold()
    return Wanted(word if word in reader.tools.languages else None)


@command("language", prepare=wanted_language, for_strangers=True)
async def language(turn: Turn[Wanted]) -> Replies:
    """Speak another language, or ask which."""
    if turn.arguments.language is None:
        return (Send(views.language_choice_card(turn.tools.languages)),)
    return await _speak(turn, turn.arguments.language)


@button("language.set", prepare=wanted_language, for_strangers=True)
async def set_by_button(turn: Turn[Wanted]) -> Replies:
    """Speak the language that was tapped."""
    if turn.arguments.language is None:
        return (Send(views.language_choice_card(turn.tools.languages)),)
    return await _speak(turn, turn.arguments.language)


async def _speak(turn: Turn[Wanted], wanted: str) -> Replies:
    await set_language(turn.uow, turn.who.account, turn.who.member, wanted)
    return (Send(say(text("language.set"))),)


# ---- all of it ----


@command("settings", where=Where.PRIVATE)
async def settings(turn: Turn[None]) -> Replies:
    """Show what is set."""
    await show(turn.uow, Subject(SETTINGS, turn.member.id), Private(turn.who.account.id), fresh=True)
    return ()


@shows(SETTINGS)
async def show_settings(asker: Asker, member_id: str) -> Card | None:
    """Show a member's settings to that member."""
    member = asker.who.member
    if member is None or member.id != member_id:
        return None
    mine = await queries.colleague(asker.uow, member.id)
    place = await workspace(asker.uow)
    return views.settings_card(member, place.name, mine.platforms if mine else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the form of settings says. `hours`: without days, those that stand stay."""

    language: str
    time_zone: str
    hours: TypedHours
    notifications: Notifications


def parse_time_zone(typed: str, reading: Reading) -> str:
    """Return the IANA name of the zone that a person means. Raises FieldRefused."""
    found = find_time_zone(typed, reading.locale)
    if found is None:
        raise FieldRefused(text("settings.no-time-zone", typed=typed))
    return found


def parse_hours(typed: str, reading: Reading) -> TypedHours:
    """Return the working hours that a person means. Raises FieldRefused."""
    found = read_working_hours(typed, reading.locale)
    if found is None:
        raise FieldRefused(text("settings.no-hours", typed=typed))
    return found


def _notifications(key: str, _reading: Reading) -> Notifications:
    return Notifications(key)


FORM = Form(
    key=SETTINGS,
    title=text("settings.title"),
    submit=text("form.save"),
    fields=(
        Field(name="language", label=text("settings.language"), parse=as_typed, input=Input.CHOICE),
        Field(
            name="time_zone",
            label=text("settings.time-zone"),
            parse=parse_time_zone,
            hint=text("settings.time-zone-hint"),
            length_max=60,
        ),
        Field(
            name="hours",
            label=text("settings.hours"),
            parse=parse_hours,
            hint=text("settings.hours-hint"),
            length_max=TYPED_LENGTH_MAX,
        ),
        Field(name="notifications", label=text("settings.notifications"), parse=_notifications, input=Input.CHOICE),
    ),
    build=lambda values: Chosen(**values),
)


@button("settings.edit", subject=SETTINGS, opens_form=True)
async def edit(_turn: Turn[None]) -> Replies:
    """Open the form."""
    return (OpenForm(FORM.key),)


async def start_settings(reader: Reader, _arguments: Mapping[str, str]) -> FormStart:
    """Start with what stands, written as the person would type it."""
    member = reader.member
    initial = {
        "language": member.language,
        "time_zone": time_zone_words(member.time_zone, member.language),
        "hours": write_working_hours(member.working_hours, member.language),
        "notifications": member.notifications.value,
    }
    languages = tuple(Choice(each, views.language_words(each)) for each in reader.tools.languages)
    wanted = tuple(Choice(each.value, views.NOTIFICATIONS[each]) for each in Notifications)
    return FormStart(initial=initial, choices={"language": languages, "notifications": wanted})


@form(FORM, start=start_settings)
async def keep(turn: Turn[Chosen]) -> Replies:
    """Keep what the form says, and say how it was understood: "UTC+2" and "Berlin" are two things in winter."""
    member, chosen = turn.member, turn.arguments
    wanted = Settings(
        language=chosen.language,
        time_zone=chosen.time_zone,
        working_hours=chosen.hours.over(member.working_hours),
        notifications=chosen.notifications,
    )
    await set_settings(turn.uow, member, wanted)
    await show(turn.uow, Subject(SETTINGS, member.id), Private(turn.who.account.id), fresh=turn.fresh)
    return (Send(views.kept_card(wanted, turn.uow.now)),)


# ---- several workspaces ----


@command("workspace", where=Where.PRIVATE)
async def workspaces(turn: Turn[None]) -> Replies:
    """Ask in which of one's workspaces to work, where there are several."""
    found = await queries.workspaces_of_account(turn.uow, turn.who.account.id)
    return (Send(views.workspace_card(found, turn.member.workspace_id)),)


@button("workspace.choose")
async def choose_workspace(turn: Turn[None]) -> Replies:
    """Work in another workspace from the next message on; a form that is being asked stays behind."""
    tap = turn.event
    wanted = tap.choice if isinstance(tap, ButtonTapped) else None
    await dialogs.leave_open_dialog(turn.uow, turn.who.account.id)
    name = await work_in(turn.uow, turn.who.account, wanted or "")
    return (Send(say(text("workspace.chosen", workspace=name))),)
