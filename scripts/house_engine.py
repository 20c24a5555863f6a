"""What the house's rules are written with: a parsed file, a register of rules, exemptions with a reason."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path

CHECKED = ("bot", "handlers", "core", "jobs", "scripts", "tests")
EXEMPTION = re.compile(r"#\s*house:\s*(.*)")
REASON_CHARACTERS_MIN = 10

Found = Iterator[tuple[int, str]]


@dataclass(frozen=True)
class Module:
    """A parsed file. `path` is relative to the tree, with forward slashes."""

    path: str
    source: str
    tree: ast.Module = field(repr=False)

    @cached_property
    def imported(self) -> dict[str, str]:
        """What each imported name stands for: {"dt": "datetime", "now": "time.time"}."""
        names = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    names[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        return names

    def dotted(self, node: ast.AST) -> str:
        """The full name that an expression refers to ("datetime.datetime.now"); empty where it is more than a name."""
        if isinstance(node, ast.Name):
            return self.imported.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            before = self.dotted(node.value)
            return f"{before}.{node.attr}" if before else ""
        return ""

    @cached_property
    def exemptions(self) -> dict[int, str]:
        """The reason given on each line that breaks a rule on purpose."""
        reasons = {}
        for token in tokenize.generate_tokens(io.StringIO(self.source).readline):
            if token.type == tokenize.COMMENT and (match := EXEMPTION.match(token.string)):
                reasons[token.start[0]] = match[1].strip()
        return reasons


@dataclass(frozen=True)
class Rule:
    """A check, and the files that it is for. `where` and `but_not` are patterns of paths; `*` also crosses folders."""

    check: Callable[[Module], Found]
    where: tuple[str, ...]
    but_not: tuple[str, ...] = ()

    def concerns(self, path: str) -> bool:
        return any(fnmatch(path, each) for each in self.where) and not any(fnmatch(path, each) for each in self.but_not)


RULES: dict[str, Rule] = {}
CODE = ("bot/*", "handlers/*", "core/*", "jobs/*")
BELOW_THE_EDGES = ("handlers/*", "core/*", "jobs/*")
PLAYGROUND = "bot/playground/*"


def rule(where: tuple[str, ...], but_not: tuple[str, ...] = ()) -> Callable[[Callable[[Module], Found]], Rule]:
    """Register a check under its name, with dashes for underscores."""

    def register(check: Callable[[Module], Found]) -> Rule:
        made = Rule(check, where, but_not)
        RULES[check.__name__.replace("_", "-")] = made
        return made

    return register


def check(module: Module) -> Iterator[str]:
    """Every finding of a file, as "path:line: rule: what". An exemption without a reason is a finding too."""
    for line, reason in module.exemptions.items():
        if len(reason) < REASON_CHARACTERS_MIN:
            yield f"{module.path}:{line}: exemptions: `# house:` needs a reason"
    for name, each in RULES.items():
        if each.concerns(module.path):
            for line, problem in each.check(module):
                if line not in module.exemptions:
                    yield f"{module.path}:{line}: {name}: {problem}"


def check_tree(root: Path) -> list[str]:
    """Every finding in the tree below `root`, in the order of files and lines."""
    findings: list[str] = []
    for folder in CHECKED:
        for file in sorted((root / folder).rglob("*.py")):
            source = file.read_text(encoding="utf-8")
            path = file.relative_to(root).as_posix()
            findings.extend(dict.fromkeys(check(Module(path, source, ast.parse(source, path)))))
    return findings
