"""How help looks."""

from core.identity.rules import Member, Permission
from handlers.events import Source
from handlers.registry import CommandSpec
from handlers.replies import Card, Lines, Paragraph
from handlers.text import Text, text

EXAMPLES = ("help.example.1", "help.example.2", "help.example.3")


def help_card(member: Member, source: Source, commands: tuple[CommandSpec, ...]) -> Card:
    """Return what a member may do: examples to copy, then the commands of their role as they are typed here."""
    lines = tuple(text("help.command", command=source.command(spec.name), summary=spec.summary) for spec in commands)
    admin = (Paragraph(text("help.admin"), quiet=True),) if member.may(Permission.MEMBERS_INVITE) else ()
    return Card(
        title=text("help.title"),
        body=(
            Paragraph(text("help.intro")),
            Lines(tuple(Text(key) for key in EXAMPLES)),
            Paragraph(text("help.commands")),
            Lines(lines),
            *admin,
        ),
    )
