"""Reads a Dockerfile: its stages, and of each its instructions in order, with continuation lines joined."""

import json
import shlex
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction; `rest` is what follows its name, on one line, with its flags."""

    name: str
    rest: str

    @property
    def flags(self) -> dict[str, str]:
        """The flags that stand first: --from=build, --interval=30s."""
        found = {}
        for word in self.rest.split():
            if not word.startswith("--"):
                break
            name, _, value = word.removeprefix("--").partition("=")
            found[name] = value
        return found

    @property
    def words(self) -> list[str]:
        """The arguments without flags; of the exec form, what its JSON says."""
        rest = self.rest
        while rest.startswith("--"):
            rest = rest.partition(" ")[2].lstrip()
        rest = rest.removeprefix("CMD ") if self.name == "HEALTHCHECK" else rest
        return [str(word) for word in json.loads(rest)] if rest.startswith("[") else shlex.split(rest)

    @property
    def pairs(self) -> dict[str, str]:
        """The arguments of ENV and LABEL, which must stand as NAME=value."""
        return dict(word.split("=", 1) for word in self.words)


@dataclass(slots=True)
class Stage:
    """A stage from its FROM on."""

    image: str
    name: str | None
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, name: str) -> list[Instruction]:
        """Its instructions of a name, in order."""
        return [each for each in self.instructions if each.name == name]

    def only(self, name: str) -> Instruction:
        """The one instruction of a name."""
        (found,) = self.all(name)
        return found

    @property
    def environment(self) -> dict[str, str]:
        """All that its ENV instructions set."""
        return {name: value for each in self.all("ENV") for name, value in each.pairs.items()}


def read_dockerfile(path: Path) -> list[Stage]:
    """Return the stages of a file. Raises ValueError for an instruction before the first FROM."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    stages: list[Stage] = []
    joined = ""
    for line in lines:
        joined += line.strip()
        if joined.endswith("\\"):
            joined = joined[:-1].rstrip() + " "
            continue
        if joined:
            _add(stages, joined)
        joined = ""
    return stages


def _add(stages: list[Stage], line: str) -> None:
    name, _, rest = line.partition(" ")
    if name == "FROM":
        image, _, stage = rest.partition(" AS ")
        stages.append(Stage(image, stage or None))
    elif stages:
        stages[-1].instructions.append(Instruction(name, rest.strip()))
    else:
        raise ValueError(f"{line!r} stands before the first FROM")
