"""The house's own rules, which no linter knows. Each rule is a function, and its docstring tells why it exists.

    house_rules.py          check the repository; exit status 1 when something is found
    house_rules.py FOLDER   check another tree of the same shape

A line that must break a rule says so, with the reason: `# house: the page is served without a store`. The comment
stands on the line that is reported; for the length of a file that is line 1. Those on money are in house_money.py.
"""

import ast
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import scripts.house_money  # noqa: F401 - it registers its rules
from scripts.house_engine import BELOW_THE_EDGES, CODE, PLAYGROUND, Found, Module, check_tree, rule

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70

Function = ast.FunctionDef | ast.AsyncFunctionDef

TRANSACTION_METHODS = frozenset({"commit", "rollback", "begin", "begin_nested"})


@rule(
    CODE, but_not=(*(f"core/store/{name}.py" for name in ("unit_of_work", "database", "migrate", "sqlite")), PLAYGROUND)
)
def one_event_one_transaction(module: Module) -> Found:
    """Transactions begin and end in the unit of work alone.

    A service that commits splits its caller's event in two: what follows may fail, and half of it stands. Migrations
    run before there are events, the driver of SQLite does as it is told, and the playground is a program of its own,
    without our store.
    """
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in TRANSACTION_METHODS
        ):
            yield node.lineno, f"{node.func.attr}() belongs to core/store/unit_of_work.py"


CLOCKS = frozenset(
    {f"datetime.datetime.{method}" for method in ("now", "utcnow", "today")}
    | {"datetime.date.today", "sqlalchemy.func.now", "sqlalchemy.func.current_timestamp"}
    | {f"time.{function}" for function in ("time", "time_ns", "localtime", "gmtime", "ctime")}
)


@rule(CODE, but_not=("core/kernel/clock.py", PLAYGROUND))
def one_clock(module: Module) -> Found:
    """The time comes from the Clock that is handed down, or no test can move it, and deadlines stay untried.

    Durations may be measured (time.monotonic, time.perf_counter). The playground may not import the core: it is what
    stands for the platforms' servers, which have clocks of their own as well.
    """
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute | ast.Name) and (name := module.dotted(node)) in CLOCKS:
            yield node.lineno, f"{name} asks the machine; take the Clock that is handed down"


# What describes a table and is not the type of a column.
TABLE_PARTS = frozenset(
    {
        "CheckConstraint",
        "Column",
        "ForeignKey",
        "ForeignKeyConstraint",
        "Index",
        "MetaData",
        "PrimaryKeyConstraint",
        "Table",
        "UniqueConstraint",
    }
)


@rule(("core/*/tables.py", "core/*tables.py"))
def column_types_from_one_module(module: Module) -> Found:
    """Column types come from core/store/types.py.

    STRICT tables accept three of SQLAlchemy's types, and the others lose zones, minor units or exactness on one of the
    two databases.
    """
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module.startswith(("sqlalchemy.types", "sqlalchemy.dialects", "sqlalchemy.sql")):
                yield node.lineno, f"{node.module} does not belong into a table's declaration"
            elif node.module == "sqlalchemy":
                for alias in node.names:
                    if alias.name[0].isupper() and alias.name not in TABLE_PARTS:
                        yield node.lineno, f"{alias.name} of sqlalchemy; take a type of core/store/types.py"
        elif isinstance(node, ast.Attribute):
            module_name, _, name = module.dotted(node).rpartition(".")
            if module_name == "sqlalchemy" and name[0].isupper() and name not in TABLE_PARTS:
                yield node.lineno, f"{name} of sqlalchemy; take a type of core/store/types.py"


RAW_STATEMENTS = frozenset({"insert", "text", "exec_driver_sql"})


@rule(CODE, but_not=("core/*/queries.py", "core/store/*", PLAYGROUND))
def raw_statements_in_queries(module: Module) -> Found:
    """insert() and text() stand in queries.py and nowhere else.

    They pass by the tenant that the session applies, so they belong where a reviewer looks for that.
    """
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr == "exec_driver_sql":
            yield node.lineno, "exec_driver_sql belongs into a queries.py"
        elif isinstance(node, ast.Attribute | ast.Name):
            name = module.dotted(node)
            last = name.rpartition(".")[2]
            if last in RAW_STATEMENTS and (name.startswith("sqlalchemy.") or "__table__" in name):
                yield node.lineno, f"{name} belongs into a queries.py"


VOCABULARY = frozenset(
    {
        "text",
        "Text",
        "Verbatim",
        "say",
        "Paragraph",
        "Row",
        "Fields",
        "Table",
        "Picture",
        "Button",
        "Card",
        "Toast",
        "Form",
        "Field",
        "Choice",
        "Option",
        "Send",
        "SendFile",
    }
)
KEY = re.compile(r"[a-z0-9_.-]+")
WORDS = re.compile(r"(?=.*\s)(?=.*[^\W\d_]).*", re.DOTALL)


@rule(("handlers/*", "core/*", "jobs/*"))
def no_user_text(module: Module) -> Found:
    """What people read stands in the catalogues, and a Text takes a key.

    A sentence in the code is read in English by everybody, and is missed by whoever translates.
    """
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        name = module.dotted(node.func)
        called = name.rpartition(".")[2]
        if called not in VOCABULARY or name.startswith("sqlalchemy"):
            continue
        for value in [*node.args, *(keyword.value for keyword in node.keywords)]:
            for written in _literals(value):
                if WORDS.fullmatch(written):
                    yield node.lineno, f"{called}() with words of its own: {written!r}"
        keys = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "key")]
        for written in (part for key in keys if called in ("text", "Text") for part in _literals(key)):
            if not KEY.fullmatch(written) and not WORDS.fullmatch(written):
                yield node.lineno, f"{called}() with {written!r}, which is no key"


def _literals(value: ast.expr) -> Iterator[str]:
    """The texts written in an expression, those of a call inside left out: that call is looked at by itself."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif not isinstance(value, ast.Call):
        for part in ast.iter_child_nodes(value):
            if isinstance(part, ast.expr):
                yield from _literals(part)


PLATFORM_WORD = re.compile(r"telegram|slack", re.IGNORECASE)


@rule(BELOW_THE_EDGES)
def no_platform_words(module: Module) -> Found:
    """Below the edges nothing knows of Telegram or Slack; docstrings and comments may speak of them.

    With `if platform == "slack"` in a handler, the third platform means reading every handler again.
    """
    docstrings = {id(node.value) for node in ast.walk(module.tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(module.tree):
        if id(node) in docstrings:
            continue
        for written in _identifiers(node):
            if PLATFORM_WORD.search(written):
                yield getattr(node, "lineno", 1), f"a platform below the edges: {written!r}"


def _identifiers(node: ast.AST) -> Iterator[str]:
    """The names and texts that stand in this node itself."""
    match node:
        case ast.Constant(value=str() as written) | ast.Name(id=written) | ast.Attribute(attr=written):
            yield written
        case ast.arg(arg=written) | ast.keyword(arg=str() as written) | ast.alias(name=written):
            yield written
        case ast.ClassDef(name=written) | ast.FunctionDef(name=written) | ast.AsyncFunctionDef(name=written):
            yield written
        case ast.ImportFrom(module=str() as written):
            yield written
        case _:
            pass


@rule(CODE, but_not=("bot/settings.py",))
def settings_are_read_once(module: Module) -> Found:
    """bot/settings.py alone reads the environment.

    A variable read elsewhere is in no documentation, is checked by nobody, and makes a test depend on the shell that
    started it.
    """
    for node in ast.walk(module.tree):
        name = module.dotted(node)
        if name in ("os.environ", "os.getenv", "os.environb"):
            yield getattr(node, "lineno", 1), f"{name} outside bot/settings.py"


@rule(("*",), but_not=("core/store/migrations/versions/*",))
def small_files_and_functions(module: Module) -> Found:
    """Files have up to 400 lines and functions up to 70, their docstrings not counted.

    Good projects that we learned from have a file of thousands of lines, and each began as one a little too long.
    A migration is a list of tables, and is never read or changed again.
    """
    lines = len(module.source.splitlines())
    if lines > FILE_LINES_MAX:
        yield 1, f"the file has {lines} lines, {FILE_LINES_MAX} are the most"
    for node in ast.walk(module.tree):
        if isinstance(node, Function) and (length := _body_lines(node)) > FUNCTION_LINES_MAX:
            yield node.lineno, f"{node.name} has {length} lines, {FUNCTION_LINES_MAX} are the most"


def _body_lines(function: Function) -> int:
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def main(arguments: list[str]) -> int:
    """Check a tree. Returns the exit status."""
    findings = check_tree(Path(arguments[0]) if arguments else ROOT)
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} against the rules of the house (scripts/house_rules.py says why they exist)")
    return 1 if findings else os.EX_OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
