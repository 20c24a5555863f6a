"""`expenseflow understand`: reads sentences about expenses and writes what was understood of them.

expenseflow understand "taxi 23,50 € yesterday" --locale de
expenseflow understand --jsonl < sentences.jsonl > understood.jsonl
"""

import json
import sys
import time
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.commands.refusals import CommandRefused

if TYPE_CHECKING:
    from core.language import Understood

STATUS_LINES_REFUSED = 1

app = typer.Typer(add_completion=False, rich_markup_mode=None)

TextArgument = Annotated[str | None, typer.Argument(help="A sentence; leave it out with --jsonl.")]
JsonLinesOption = Annotated[
    bool,
    typer.Option(
        "--jsonl",
        help='Read JSON lines {"id", "text", "locale", "reference_time"} from standard input, write a line for each.',
    ),
]
LocaleOption = Annotated[str, typer.Option("--locale", help='Whose words and date order, as "de" or "pt-BR".')]


class Sentence(BaseModel):
    """A line of input. `reference_time`: when it was written, ISO 8601, local to the person; by default now."""

    model_config = ConfigDict(extra="ignore")

    id: str | int
    text: str
    locale: str | None = None
    reference_time: datetime | None = None


@app.command()
def understand(text: TextArgument = None, jsonl: JsonLinesOption = False, locale: LocaleOption = "en") -> None:
    """Read a sentence about an expense and write what was understood of it.

    Amounts are decimal strings in major units; what a sentence does not name is left out, in JSON null. A malformed
    line is reported on standard error with its number, the others are answered, and the exit status is 1.
    """
    if jsonl == (text is not None):
        raise CommandRefused('Give one sentence, as in `expenseflow understand "taxi 23.50 yesterday"`, or --jsonl.')
    if text is not None:
        _print_readable(_understood(Sentence(id="", text=text, locale=locale)))
    elif not _answer_lines(locale):
        raise typer.Exit(STATUS_LINES_REFUSED)


def _understood(sentence: Sentence) -> "Understood":
    from bot.phrasebook import phrasebook_for
    from core.kernel.clock import SystemClock
    from core.language import understand as understand_text

    locale = sentence.locale or "en"
    return understand_text(
        sentence.text,
        locale=locale,
        reference=sentence.reference_time or SystemClock().now().astimezone(),
        phrasebook=phrasebook_for(locale),
    )


def _answer_lines(locale: str) -> bool:
    """Answer every line of standard input; False when one was malformed."""
    all_well = True
    sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]  # JSON is UTF-8 in any locale
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        try:
            sentence = Sentence.model_validate_json(line)
        except ValidationError as error:
            all_well = False
            typer.echo(f"line {number}: {_problem(error)}", err=True)
            continue
        sentence = sentence.model_copy(update={"locale": sentence.locale or locale})
        typer.echo(json.dumps(_answer(sentence), ensure_ascii=False))
    return all_well


def _problem(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}" if first["loc"] else first["msg"]


def _answer(sentence: Sentence) -> dict[str, Any]:
    from bot.phrasebook import phrasebook_for

    phrasebook_for(sentence.locale or "en")  # loaded before the clock starts, as in a bot that has been running
    started_s = time.process_time()
    understood = _understood(sentence)
    seconds = time.process_time() - started_s
    return {"id": sentence.id, **_as_json(understood), "seconds": round(seconds, 6)}


def _as_json(understood: "Understood") -> dict[str, Any]:
    return {
        "amount": None if understood.amount is None else f"{understood.amount:f}",
        "currency": understood.currency,
        "date": understood.date.isoformat() if understood.date else None,
        "date_end": understood.date_end.isoformat() if understood.date_end else None,
        "merchant": understood.merchant,
        "item": understood.item,
        "category": understood.category,
        "tags": list(understood.tags),
        "participants": list(understood.participants),
    }


def _print_readable(understood: "Understood") -> None:
    """Print a line for each thing that the sentence names."""
    named = {name: value for name, value in _as_json(understood).items() if value}
    if not named:
        typer.echo("Nothing was understood.")
    width = max(map(len, named), default=0)
    for name, value in named.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        typer.echo(f"{name.replace('_', ' '):<{width}}  {shown}")
