"""Help: what one can do here, by role, with examples to copy."""

from core.identity.rules import Permission
from handlers.registry import command, registry
from handlers.replies import Card, Lines, Paragraph, Replies, Send
from handlers.text import Text, text
from handlers.turn import Turn

EXAMPLES = ("help.example.1", "help.example.2", "help.example.3")


@command("help", for_strangers=True)
async def show_help(turn: Turn[None]) -> Replies:
    """Show what this person may do."""
    member = turn.who.member
    if member is None:
        return (Send(Card(body=(Paragraph(text("stranger.hello", start=turn.source.command("start", "CODE"))),))),)
    lines = tuple(
        text("help.command", command=turn.source.command(spec.name), summary=spec.summary)
        for spec in registry.commands_for(member.permissions)
    )
    admin = (Paragraph(text("help.admin"), quiet=True),) if member.may(Permission.MEMBERS_INVITE) else ()
    card = Card(
        title=text("help.title"),
        body=(
            Paragraph(text("help.intro")),
            Lines(tuple(Text(key) for key in EXAMPLES)),
            Paragraph(text("help.commands")),
            Lines(lines),
            *admin,
        ),
    )
    return (Send(card),)
