"""Write .env.example from the settings class, or with --check say whether it has drifted from it."""

import os
import sys
import textwrap
from pathlib import Path

from pydantic.fields import FieldInfo

from bot.settings import FILE_SUFFIX, Settings, variable_of

TARGET = Path(__file__).resolve().parent.parent / ".env.example"
WIDTH = 116
HEADER = f"""\
Settings of ExpenseFlow. Written by `make lock` from bot/settings.py; do not edit here.

Copy it to .env beside it and remove the # before what you set; or set the variables in the environment, which wins.
Every variable may be given as a file: with {FILE_SUFFIX} after its name, its value is the path of a file that holds it.
None is needed to try ExpenseFlow: `make run`. To serve people, set the tokens of Telegram, of Slack, or of both:
docs/telegram.md and docs/slack.md tell where they come from, docs/run-for-a-team.md what else there is to set.
"""


def render(fields: dict[str, FieldInfo]) -> str:
    """The file's content: for each field its description, and a commented line with its default or an example."""
    blocks = [_comment(HEADER)]
    for name, field in fields.items():
        default = field.default
        examples = [f"Example: {example}" for example in field.examples or [] if str(example) != str(default)]
        lines = [_comment("\n".join([field.description or "", *examples]))]
        lines.append(f"#{variable_of(name)}={'' if default is None else default}\n")
        blocks.append("".join(lines))
    return "\n".join(blocks)


def _comment(text: str) -> str:
    lines: list[str] = []
    for paragraph in text.rstrip("\n").splitlines():
        lines.extend(textwrap.wrap(paragraph, WIDTH, break_on_hyphens=False, break_long_words=False) or [""])
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


def main(arguments: list[str], target: Path = TARGET) -> int:
    """Write or check, as the command line asks. Returns the exit status."""
    content = render(Settings.model_fields)
    if arguments == ["--check"]:
        if target.exists() and target.read_text(encoding="utf-8") == content:
            return os.EX_OK
        print(f"{target.name} does not follow from bot/settings.py. Run: make lock", file=sys.stderr)
        return 1
    target.write_text(content, encoding="utf-8")
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
