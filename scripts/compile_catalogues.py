"""Compile one gettext catalogue: compile_catalogues.py SOURCE.po TARGET.mo. Make calls it for those that changed."""

import os
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_catalogue(source: Path, target: Path) -> None:
    """Write `target` as a whole or not at all, so that a running process never reads half a catalogue."""
    with source.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    unfinished = target.with_suffix(".mo.new")
    with unfinished.open("wb") as file:
        write_mo(file, catalogue)
    unfinished.replace(target)


def main(arguments: list[str]) -> int:
    """Compile what the command line names."""
    source, target = arguments
    compile_catalogue(Path(source), Path(target))
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
