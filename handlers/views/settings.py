"""How settings look, and the choice of a language and of a workspace."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.conversations.subjects import Subject
from core.identity.rules import Member, Notifications, Settings
from core.identity.time_zones import time_zone_words
from core.identity.working_hours import write_working_hours
from handlers.replies import Button, Card, Fields, Paragraph, Row, Style
from handlers.text import Text, Verbatim, text

NOTIFICATIONS: dict[Notifications, Text] = {
    Notifications.ALL: text("notifications.all"),
    Notifications.NEEDED: text("notifications.needed"),
    Notifications.NONE: text("notifications.none"),
}
LANGUAGES_IN_A_ROW = 3
"""More would be cut on a phone."""
WORKSPACES_MAX = 20
"""How many workspaces a card offers: nobody works in more, and a message holds no endless list."""


@lru_cache(maxsize=64)
def language_words(language: str) -> Verbatim:
    """Return a language by its own name, from CLDR, as somebody who reads no other looks for it."""
    from babel import Locale  # 70 ms, for those alone who look at languages

    name = str(Locale.parse(language).get_display_name() or language)
    return Verbatim(name[0].upper() + name[1:])


def language_choice_card(languages: tuple[str, ...]) -> Card:
    """Ask for a language."""
    buttons = tuple(Button(action="language.set", label=language_words(each), choice=each) for each in languages)
    rows = tuple(buttons[at : at + LANGUAGES_IN_A_ROW] for at in range(0, len(buttons), LANGUAGES_IN_A_ROW))
    return Card(body=(Paragraph(text("language.choose")),), buttons=rows)


def settings_card(member: Member, workspace: str, platforms: tuple[str, ...]) -> Card:
    """Return what a member has set, and the button that changes it."""
    rows = (
        Row(text("settings.workspace"), Verbatim(workspace)),
        Row(text("settings.language"), language_words(member.language)),
        Row(text("settings.time-zone"), Verbatim(time_zone_words(member.time_zone, member.language))),
        Row(text("settings.hours"), Verbatim(write_working_hours(member.working_hours, member.language))),
        Row(text("settings.notifications"), NOTIFICATIONS[member.notifications]),
        Row(text("settings.accounts"), Verbatim(", ".join(platform.capitalize() for platform in platforms))),
    )
    edit = Button(action="settings.edit", label=text("button.settings.edit"), subject_id=member.id, style=Style.PRIMARY)
    return Card(
        title=text("settings.title"),
        body=(Fields(rows),),
        buttons=((edit,),),
        subject=Subject("settings", member.id),
    )


def kept_card(kept: Settings, now: datetime) -> Card:
    """Return how the settings were understood: the time that it is there now tells a wrong zone at a glance."""
    zone = time_zone_words(kept.time_zone, kept.language)
    hours = write_working_hours(kept.working_hours, kept.language)
    clock = f"{now.astimezone(ZoneInfo(kept.time_zone)):%H:%M}"
    return Card(
        body=(
            Paragraph(text("settings.kept-zone", zone=zone, clock=clock)),
            Paragraph(text("settings.kept-hours", hours=hours)),
        )
    )


def workspace_card(workspaces: Sequence[tuple[str, str]], current_id: str) -> Card:
    """Return the workspaces of an account, as ids and names, as a choice; of one alone, its name."""
    names = dict(workspaces)
    here = Paragraph(text("workspace.here", workspace=names.get(current_id, "")))
    others = [(each, name) for each, name in workspaces if each != current_id][:WORKSPACES_MAX]
    if not others:
        return Card(body=(here, Paragraph(text("workspace.only"), quiet=True)))
    buttons = tuple(
        (Button(action="workspace.choose", label=Verbatim(name), choice=workspace_id),) for workspace_id, name in others
    )
    return Card(body=(here, Paragraph(text("workspace.choose"))), buttons=buttons)
