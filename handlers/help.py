"""Help: what one can do here, by role, with examples to copy."""

from handlers.registry import command, registry
from handlers.replies import Replies, Send, To, say
from handlers.text import text
from handlers.turn import Turn
from handlers.views.help import help_card


@command("help", for_strangers=True)
async def show_help(turn: Turn[None]) -> Replies:
    """Show what this person may do; to a stranger, how to get in."""
    member = turn.who.member
    if member is None:
        return (Send(say(text("stranger.hello", start=turn.source.command("start", "CODE"))), To.ASIDE),)
    return (Send(help_card(member, turn.source, registry.commands_for(member.permissions))),)
