"""The house's rules on money and floats."""

import ast

from scripts.house_engine import BELOW_THE_EDGES, Found, Module, rule

MONEY_WORDS = frozenset(
    {"amount", "amounts", "minor", "price", "prices", "total", "totals", "subtotal", "rate", "rates"}
)


@rule(("core/money/*",))
def no_float_in_money(module: Module) -> Found:
    """Money is an integer of minor units: 0.1 + 0.2 is not 0.3, and sums of floats go wrong by a cent some day."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno, f"the float {node.value}"
        elif isinstance(node, ast.Name) and node.id == "float":
            yield node.lineno, "float"


@rule(BELOW_THE_EDGES, but_not=("core/money/*",))
def no_float_near_money(module: Module) -> Found:
    """Outside core/money, a name that speaks of money meets no float, and minor units are not divided by `/`.

    A rate is a decimal string, and money is divided by core.money's allocation. Decimals may be divided: only what is
    named as minor units, which are integers, is known to become a float.
    """
    for node in ast.walk(module.tree):
        if problem := _arithmetic(node) or _declaration(node):
            yield getattr(node, "lineno", 1), problem


def _arithmetic(node: ast.AST) -> str | None:
    match node:
        case ast.BinOp(op=ast.Div(), left=left) if "minor" in _words(_name(left)):
            return f"{_name(left)} / … is a float; use core.money's allocation, or //"
        case ast.AugAssign(op=ast.Div(), target=target) if "minor" in _words(_name(target)):
            return f"{_name(target)} /= … is a float; use core.money's allocation, or //="
        case (
            ast.BinOp(left=left, right=right)
            | ast.Compare(left=left, comparators=[right])
            | ast.AugAssign(target=left, value=right)
        ) if (_is_float(left) and _is_money(right)) or (_is_float(right) and _is_money(left)):
            return "arithmetic of money with a float"
        case ast.Call(func=ast.Name(id="float"), args=[argument]) if any(map(_is_money, ast.walk(argument))):
            return "money turned into a float"
        case _:
            return None


def _declaration(node: ast.AST) -> str | None:
    match node:
        case ast.AnnAssign(target=target, annotation=annotation) if _is_money(target) and _says_float(annotation):
            return f"{_name(target)} declared as a float"
        case ast.arg(arg=name, annotation=ast.expr() as annotation) if _speaks(name) and _says_float(annotation):
            return f"{name} declared as a float"
        case ast.Assign(targets=[target], value=value) if _is_money(target) and _is_float(value):
            return f"{_name(target)} set to a float"
        case ast.keyword(arg=str() as name, value=value) if _speaks(name) and _is_float(value):
            return f"{name} set to a float"
        case ast.FunctionDef(name=name, returns=ast.expr() as returned) if _speaks(name) and _says_float(returned):
            return f"{name} returns a float"
        case _:
            return None


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _words(name: str) -> set[str]:
    return set(name.lower().split("_"))


def _speaks(name: str) -> bool:
    return bool(MONEY_WORDS & _words(name))


def _is_money(node: ast.AST) -> bool:
    return _speaks(_name(node))


def _is_float(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return _name(node.func) == "float"
    return isinstance(node, ast.Constant) and isinstance(node.value, float)


def _says_float(annotation: ast.AST) -> bool:
    return any(isinstance(part, ast.Name) and part.id == "float" for part in ast.walk(annotation))
