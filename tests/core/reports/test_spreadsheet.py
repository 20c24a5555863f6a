"""The CSV opens where accountants work, says what was booked, and runs nothing."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reports.spreadsheet import safe_cell, spreadsheet

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =cmd|'/c calc'!A0", "＝1", "＋1")


def rows_of(content: bytes, *, decimal_comma: bool) -> list[list[str]]:
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if decimal_comma else ","))


@pytest.mark.parametrize("formula", FORMULAS)
def test_what_could_be_a_formula_is_text(formula: str) -> None:
    assert safe_cell(formula).startswith("'")
    [_, [cell]] = rows_of(spreadsheet(["What"], [[formula]], decimal_comma=False), decimal_comma=False)
    assert cell == f"'{formula}"


@given(words=st.text(), decimal_comma=st.booleans())
def test_whatever_was_typed_comes_back_and_never_begins_a_formula(words: str, decimal_comma: bool) -> None:
    words = words.replace("\ud800", "")
    content = spreadsheet(["What"], [[words, Decimal("-12.50")]], decimal_comma=decimal_comma)
    [_, [cell, amount]] = rows_of(content, decimal_comma=decimal_comma)
    assert cell in (words, f"'{words}")
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert Decimal(amount.replace(",", ".")) == Decimal("-12.50")


def test_it_begins_with_what_makes_excel_read_utf_8() -> None:
    assert spreadsheet(["Größe"], [], decimal_comma=False).startswith(b"\xef\xbb\xbf")


def test_where_a_comma_divides_decimals_a_semicolon_divides_cells() -> None:
    content = spreadsheet(["Betrag", "Währung"], [[Decimal("1234.50"), "EUR"]], decimal_comma=True)
    assert content.decode("utf-8-sig") == "Betrag;Währung\r\n1234,50;EUR\r\n"
