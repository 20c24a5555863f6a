"""How greetings, invitations and the joining of accounts look."""

from datetime import datetime

from core.flows.link_accounts import Linked
from core.identity.rules import Member, Role
from handlers.events import Source
from handlers.replies import Button, Card, Paragraph
from handlers.text import Text, Verbatim, text


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


def link_code_card(code: str, expires_at: datetime) -> Card:
    """Return the code that joins the person's account on another platform, and what to do with it there."""
    return Card(
        title=text("link.title"),
        body=(
            Paragraph(text("link.how", code=code)),
            Paragraph(text("link.careful")),
            Paragraph(text("invite.expires", at=expires_at), quiet=True),
        ),
    )


def linked_card(linked: Linked) -> Card:
    """Return what is so now: who the account acts for, where, and that its books went along."""
    platforms = tuple(platform.capitalize() for platform in linked.platforms)
    role = Text(f"role.{linked.member.role}")
    lines = [Paragraph(text("link.done", name=linked.member.name, role=role, platforms=platforms))]
    if linked.merged:
        lines.append(Paragraph(text("link.merged")))
    return Card(body=tuple(lines))
