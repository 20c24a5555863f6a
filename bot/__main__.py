"""The command line: `expenseflow VERB`, or `python -m bot VERB`."""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

import typer
from typer.core import TyperCommand, TyperGroup
from typing_extensions import override

from bot.commands.refusals import sentences_of

if TYPE_CHECKING:
    from typer._click.core import Command, Context  # typer brings click along under this name alone

VERBS = {
    "playground": "Try it: a page here with an emulated Telegram and Slack.",
    "run": "Serve every platform whose tokens are set.",
    "init": "Make a workspace and the one-time code of its admin.",
    "slack-manifest": "Write what a Slack app is made from.",
    "migrate": "Bring the database up to date.",
    "doctor": "Look whether all is well, and say how to mend what is not.",
    "backup": "Write everything into one file, also while the bot runs.",
    "restore": "Put a backup into an empty place.",
    "export": "Write expenses or the audit trail as JSON.",
    "receipts": "Read receipts, write what was read.",
    "understand": "Read sentences, write what was understood of them.",
}
"""Each verb stands in a module of bot/commands with its name (_ for -), and is imported when it is called."""

STATUS_REFUSED = 2


class LazyVerbs(TyperGroup):
    """Lists the verbs without importing any of them: `run` pays nothing for what `export` needs."""

    @override
    def list_commands(self, ctx: "Context") -> list[str]:
        return list(VERBS)

    @override
    def get_command(self, ctx: "Context", cmd_name: str) -> "Command | None":
        return TyperCommand(cmd_name, help=VERBS[cmd_name]) if cmd_name in VERBS else None

    @override
    def resolve_command(self, ctx: "Context", args: list[str]) -> "tuple[str | None, Command | None, list[str]]":
        name, listed, rest = super().resolve_command(ctx, args)
        if name is None or listed is None:
            return name, listed, rest
        return name, typer.main.get_command(import_module(f"bot.commands.{name.replace('-', '_')}").app), rest


app = typer.Typer(
    cls=LazyVerbs, add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
)


@app.callback()
def expenseflow() -> None:
    """ExpenseFlow: expenses where teams already talk."""


def main() -> None:
    """Run a verb. What a person can mend ends in a sentence for each problem on standard error, and exit status 2."""
    try:
        app(prog_name="expenseflow")
    except Exception as error:
        sentences = sentences_of(error)
        if sentences is None:
            raise
        for sentence in sentences:
            typer.echo(sentence, err=True)
        sys.exit(STATUS_REFUSED)


if __name__ == "__main__":
    main()
