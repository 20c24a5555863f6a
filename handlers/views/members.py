"""How invitations, greetings and the choice of a language look."""

from datetime import datetime

from core.identity.rules import Member, Role
from handlers.events import Source
from handlers.replies import Button, Card, Paragraph
from handlers.text import Text, Verbatim, text

LANGUAGE_NAMES = {"en": "English", "de": "Deutsch"}
"""Each language by its own name, as somebody who reads no other looks for it."""


def welcome_card(member: Member, workspace: str, source: Source, *, back: bool) -> Card:
    """Return the greeting of somebody who came in, or came back: what to do first."""
    key = "start.back" if back else "start.welcome"
    return Card(
        title=text(key, name=member.name, workspace=workspace),
        body=(
            Paragraph(text("start.role", role=Text(f"role.{member.role}"))),
            Paragraph(text("start.first")),
            Paragraph(text("start.more", help=source.command("help")), quiet=True),
        ),
    )


def invite_choice_card() -> Card:
    """Ask for the role of an invitation."""
    buttons = [Button(action="invite.role", label=Text(f"role.{role}"), choice=role.value) for role in Role]
    return Card(body=(Paragraph(text("invite.choose")),), buttons=(tuple(buttons[:2]), tuple(buttons[2:])))


def invitation_card(role: Role, ways: tuple[str, ...], expires_at: datetime) -> Card:
    """Return a one-time code as what a person does with it on each platform."""
    return Card(
        title=text("invite.title", role=Text(f"role.{role}")),
        body=(
            Paragraph(text("invite.hand-over")),
            *(Paragraph(Verbatim(way)) for way in ways),
            Paragraph(text("invite.expires", at=expires_at), quiet=True),
        ),
    )


def language_choice_card(languages: tuple[str, ...]) -> Card:
    """Ask for a language."""
    buttons = tuple(
        Button(action="language.set", label=Verbatim(LANGUAGE_NAMES.get(each, each)), choice=each) for each in languages
    )
    return Card(body=(Paragraph(text("language.choose")),), buttons=(buttons,))
