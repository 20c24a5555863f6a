"""Check that every language says everything: the same keys, none empty or doubtful, the same placeholders.

check_catalogues.py [LOCALES]     exit status 1 when something is found
"""

import os
import re
import string
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.pofile import PoFileError, read_po

LOCALES = Path(__file__).resolve().parent.parent / "locales"
DOMAIN = "expenseflow"
# The form for one thing may say "one expense" and leave the number out.
COUNT = "count"


def placeholders(words: str) -> frozenset[str]:
    """The names in braces. Raises ValueError for what is not a plain name: a position, an attribute, a lone brace."""
    names = [name for _, name, _, _ in string.Formatter().parse(words) if name is not None]
    for name in names:
        if not name.isidentifier():
            raise ValueError(f"{{{name}}} is not a plain name")
    return frozenset(names)


def _forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def _own_problems(message: Message, catalogue: Catalog) -> Iterator[str]:
    forms = _forms(message)
    if message.fuzzy:
        yield "is marked fuzzy: somebody has to look at it"
    if (
        not any(forms)
        or not all(form.strip() for form in forms)
        or (message.pluralizable and len(forms) < catalogue.num_plurals)
    ):
        yield (
            f"is not translated ({catalogue.num_plurals} plural forms)" if message.pluralizable else "is not translated"
        )
        return
    try:
        named = [placeholders(form) for form in forms]
    except ValueError as error:
        yield f"has a placeholder that cannot be filled: {error}"
        return
    whole = frozenset().union(*named)
    for form, names in zip(forms, named, strict=True):
        if missing := whole - names - {COUNT}:
            yield f"leaves {_list(missing)} out of {form!r}"


def _list(names: frozenset[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))


def _all_placeholders(message: Message) -> frozenset[str]:
    try:
        return frozenset().union(*map(placeholders, _forms(message)))
    except ValueError:
        return frozenset()  # reported as the message's own problem


def _repeated(file: Path) -> Iterator[str]:
    """The keys that stand twice: gettext keeps one of the two and says nothing."""
    keys = re.findall(r'^msgid "(.+)"$', file.read_text(encoding="utf-8"), re.MULTILINE)
    return (key for key, times in Counter(keys).items() if times > 1)


def _read(file: Path) -> Catalog:
    with file.open("rb") as opened:
        return read_po(opened, locale=file.parent.parent.name, abort_invalid=True)


def problems_of(locales: Path) -> list[str]:
    """Every problem of the catalogues below `locales`, as "language: key: what"."""
    files = sorted(locales.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
    if not files:
        return [f"{locales.name}: no catalogue {DOMAIN}.po"]
    found: list[str] = []
    messages: dict[str, dict[str, Message]] = {}
    for file in files:
        language = file.parent.parent.name
        try:
            catalogue = _read(file)
        except PoFileError as error:
            return [f"{language}: {error}"]
        found.extend(f"{language}: {key}: stands there twice" for key in _repeated(file))
        messages[language] = {_key(message): message for message in catalogue if message.id}
        for key, message in messages[language].items():
            found.extend(f"{language}: {key}: {problem}" for problem in _own_problems(message, catalogue))
    found.extend(_differences(messages))
    return found


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _differences(messages: dict[str, dict[str, Message]]) -> Iterator[str]:
    everything = sorted(set().union(*messages.values()))
    for key in everything:
        present = {language: known[key] for language, known in messages.items() if key in known}
        for language in sorted(messages.keys() - present.keys()):
            yield f"{language}: {key}: is missing; {', '.join(sorted(present))} has it"
        named = {language: _all_placeholders(message) for language, message in present.items()}
        whole = frozenset().union(*named.values())
        for language, names in sorted(named.items()):
            if names != whole:
                yield f"{language}: {key}: lacks {_list(whole - names)}, which another language has"
        if len({message.pluralizable for message in present.values()}) > 1:
            yield f"{', '.join(sorted(present))}: {key}: has plural forms in one language and none in another"


def main(arguments: list[str]) -> int:
    """Check a folder of catalogues. Returns the exit status."""
    problems = problems_of(Path(arguments[0]) if arguments else LOCALES)
    for problem in problems:
        print(problem)
    return 1 if problems else os.EX_OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
