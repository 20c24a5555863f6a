"""The rules that pick a receipt's fields from words with places, without any picture."""

import datetime
import random
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.receipts.amounts import amounts_of
from core.receipts.layout import Page, Word, rows_of
from core.receipts.picking import ReceiptRules
from core.receipts.port import Hints, Reading
from core.receipts.words import Phrases, ReceiptWords, Role, is_similar
from tests.core.receipts import drawn_receipts as drawn

CHARACTER_PX, LINE_PX = 12.0, 30.0
TODAY = datetime.date(2026, 3, 20)
HINTS = Hints(today=TODAY)

AMOUNTS = st.integers(min_value=1, max_value=99_999_999).map(lambda cents: Decimal(cents) / 100)


def page_of(text: str, *, slope: float = 0.0, confidence: float = 0.9) -> Page:
    """Words where a printer with one width of letters puts them; `slope`: pixels a pixel."""
    words = []
    for number, line in enumerate(text.strip("\n").splitlines()):
        column = 0
        for part in line.split(" "):
            if part:
                left, top = column * CHARACTER_PX, number * LINE_PX
                top += slope * left
                words.append(
                    Word(
                        text=part,
                        left=left,
                        top=top,
                        right=left + len(part) * CHARACTER_PX,
                        bottom=top + 20,
                        confidence=confidence,
                        line=number,
                    )
                )
            column += len(part) + 1
    width = max((word.right for word in words), default=1.0)
    return Page(number=0, width=width, height=LINE_PX * (len(text.splitlines()) + 1), words=tuple(words))


def read(rules: ReceiptRules, text: str, hints: Hints = HINTS) -> Reading:
    return rules.reading([rules.findings([page_of(text)], hints)], hints)


def texts(pages: Sequence[Page]) -> list[str]:
    return [row.text for row in rows_of(pages)]


def written(amount: Decimal, *, decimal: str, group: str) -> str:
    whole, _, cents = f"{amount:,.2f}".partition(".")
    return whole.replace(",", group) + decimal + cents


# Layout


@given(seed=st.integers(), slope=st.floats(min_value=-0.08, max_value=0.08))
def test_rows_do_not_depend_on_the_order_of_reading_nor_on_a_paper_askew(seed: int, slope: float) -> None:
    page = page_of(drawn.AMERICAN, slope=slope)
    mixed = list(page.words)
    random.Random(seed).shuffle(mixed)  # noqa: S311 - no secret
    shuffled = Page(number=0, width=page.width, height=page.height, words=tuple(mixed))
    assert texts([shuffled]) == [" ".join(line.split()) for line in drawn.AMERICAN.splitlines() if line.strip()]


def test_columns_that_were_read_apart_are_rows_again() -> None:
    page = page_of(drawn.AMERICAN)
    apart = [
        Word(
            text=word.text,
            left=word.left,
            top=word.top,
            right=word.right,
            bottom=word.bottom,
            confidence=word.confidence,
            line=word.line + 1000 * (word.left > 300),
        )
        for word in page.words
    ]
    columns = Page(number=0, width=page.width, height=page.height, words=tuple(apart))
    assert "Subtotal $38.75" in texts([columns])


# Amounts


@given(
    amount=AMOUNTS,
    marks=st.sampled_from([(".", ","), (",", "."), (",", "'"), (".", "'"), (",", " ")]),
    around=st.sampled_from(["{}", "${}", "RM{}", "{}EUR", "€ {}", "{} A", "*{}", "Total {}", "{} €"]),
)
def test_an_amount_is_read_in_every_way_of_writing(amount: Decimal, marks: tuple[str, str], around: str) -> None:
    line = around.format(written(amount, decimal=marks[0], group=marks[1]))
    found = amounts_of(rows_of([page_of(line)])[0])
    assert [each.value for each in found if each.has_decimals] == [amount]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("8 .40", ["8.40"]),
        ("8. 40", ["8.40"]),
        ("1O.5O", ["10.50"]),
        ("l2.3S", ["12.35"]),
        ("-5.00", ["-5.00"]),
        ("5.00-", ["-5.00"]),
        ("(5.00)", ["-5.00"]),
        ("2 x 3,80   7,60 B", ["3.80", "7.60"]),
        ("6.00 %", []),
        ("19,00%", []),
        ("05.03.2018", []),
        ("14:32:10", []),
        ("12.30.45.60", []),
        ("No. 03-3271 9872", []),
    ],
)
def test_what_is_an_amount_and_what_is_not(line: str, values: list[str]) -> None:
    found = amounts_of(rows_of([page_of(line)])[0])
    shown = [str(each.value) for each in found if each.has_decimals]
    assert shown == values


# Words


def test_every_phrase_has_one_meaning_in_all_languages_but_for_words_that_languages_share(words: ReceiptWords) -> None:
    phrases = Phrases(words.roles)
    for role, of_role in words.roles.items():
        assert Role(role)
        for phrase in of_role:
            found = phrases.find(phrase)
            assert found, phrase
            assert (found[0].start, found[-1].end) == (0, len(phrase)), phrase


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        ("TOTAL", ["total"]),
        ("T0TAL", ["total"]),
        ("TOTAI", ["total"]),
        ("Sub-Total", ["subtotal"]),
        ("SUB TOTAL", ["subtotal"]),
        ("Total Qty", ["not_total"]),
        ("Grand Total", ["total_final"]),
        ("ACME SON BHD", ["company"]),
        ("Rückgeld", ["change"]),
        ("RUCKGELD", ["change"]),
        ("Service charge", ["service"]),
        ("taxi ride", []),
    ],
)
def test_words_are_found_in_spite_of_misreadings(words: ReceiptWords, text: str, meanings: list[str]) -> None:
    assert [found.meaning for found in Phrases(words.roles).find(text)] == meanings


@given(st.text(alphabet="abc", max_size=6), st.text(alphabet="abc", max_size=6))
def test_similarity_is_one_letter_and_the_same_both_ways(one: str, other: str) -> None:
    assert is_similar(one, other) == is_similar(other, one) == (_distance(one, other) <= 1)


def _distance(one: str, other: str) -> int:
    if not one or not other:
        return len(one) + len(other)
    return min(
        _distance(one[1:], other) + 1,
        _distance(one, other[1:]) + 1,
        _distance(one[1:], other[1:]) + (one[0] != other[0]),
    )


# Dates

DATES = st.dates(min_value=datetime.date(2010, 1, 1), max_value=TODAY)


@given(
    day=DATES,
    pattern=st.sampled_from(
        ["%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m-%d", "%d %b %Y", "%B %d, %Y", "%d-%b-%y", "%d/%m/%y", "%d.%m.%y"]
    ),
    around=st.sampled_from(["{}", "Date: {}", "{} 14:05", "14:05 {}", "Datum {} 08:41:10 Kasse 2", "Invoice 0012 {}"]),
)
def test_a_date_is_read_in_every_way_of_writing(
    rules: ReceiptRules, day: datetime.date, pattern: str, around: str
) -> None:
    assert read(rules, f"Corner Shop\n{around.format(day.strftime(pattern))}\nTotal 5.00").date.value == day


@given(day=DATES, pattern=st.sampled_from(["%d-%m-%Y%H:%M", "%Y-%m-%d%H:%M:%S", "%d/%m/%Y%H:%M"]))
def test_a_time_that_is_glued_to_a_date_does_not_hide_it(rules: ReceiptRules, day: datetime.date, pattern: str) -> None:
    glued = datetime.datetime.combine(day, datetime.time(19, 2, 33)).strftime(pattern)
    assert read(rules, f"Corner Shop\n{glued}\nTotal 5.00").date.value == day


def test_other_dates_of_a_receipt_are_not_its_date(rules: ReceiptRules) -> None:
    text = (
        "Corner Shop\nValid until 31/01/2026\nExp. 01/02/2026\nDate 05/03/2026 10:10\nTotal 5.00\nReturn by 10/03/2026"
    )
    assert read(rules, text).date.value == datetime.date(2026, 3, 5)


@pytest.mark.parametrize("line", ["Date 05/03/2031", "Date 35/13/2025", "Date 1/1/1901", "Tel 03.12.44", "12,30,15"])
def test_what_cannot_be_the_day_of_a_purchase_is_none(rules: ReceiptRules, line: str) -> None:
    assert read(rules, f"Corner Shop\n{line}\nTotal 5.00").date.value is None


def test_a_date_that_reads_both_ways_is_doubted_unless_the_receipt_tells_its_country(rules: ReceiptRules) -> None:
    open_text = "Corner Shop\nDate 03/04/2025\nTotal 5.00"
    told = "Kedai Mawar Sdn Bhd\nJalan Melati, Selangor\nDate 03/04/2025\nTotal 5.00"
    doubted, sure = read(rules, open_text).date, read(rules, told).date
    assert doubted.value == sure.value == datetime.date(2025, 4, 3)
    assert doubted.confidence < sure.confidence
    american = Hints(today=TODAY, locales=("en-US",))
    assert read(rules, open_text, american).date.value == datetime.date(2025, 3, 4)


# Totals


@st.composite
def bills(draw: st.DrawFn) -> tuple[str, Decimal]:
    """A bill whose figures are right, in one of several wordings, and its total."""
    prices = draw(st.lists(st.integers(min_value=50, max_value=90_000), min_size=1, max_size=6))
    subtotal = Decimal(sum(prices)) / 100
    tax = (subtotal * Decimal("0.1")).quantize(Decimal("0.01"))
    total = subtotal + tax
    cash = total + draw(st.integers(min_value=0, max_value=5000)) * Decimal("0.01")
    words = draw(
        st.sampled_from(
            [
                ("Subtotal", "Sales Tax", "Total", "Cash", "Change"),
                ("Zwischensumme", "MwSt", "Summe EUR", "Bar", "Rückgeld"),
                ("Sous-total", "TVA", "Total TTC", "Espèces", "Rendu"),
                ("Subtotal", "IVA", "Total a pagar", "Efectivo", "Cambio"),
                ("Imponibile", "IVA", "Totale complessivo", "Contanti", "Resto"),
                ("Subtotaal", "BTW", "Te betalen", "Contant", "Wisselgeld"),
            ]
        )
    )
    rows = [("Article", Decimal(price) / 100) for price in prices]
    rows += zip(words, (subtotal, tax, total, cash, cash - total), strict=True)
    return "Corner Shop\n" + "\n".join(f"{name:<24}{amount:>12.2f}" for name, amount in rows), total


@settings(max_examples=150)
@given(bills())
def test_the_total_of_a_bill_that_adds_up_is_found_and_sure(rules: ReceiptRules, bill: tuple[str, Decimal]) -> None:
    text, total = bill
    reading = read(rules, text)
    assert reading.total.value == total
    assert reading.total.confidence > 0.6


@given(st.lists(st.text(alphabet="total cashTx:.,0123456789-%$€\n", max_size=30), max_size=25))
def test_a_total_is_never_made_up(rules: ReceiptRules, lines: list[str]) -> None:
    page = page_of("\n".join(lines))
    value = read(rules, "\n".join(lines)).total.value
    printed = {amount.value for row in rows_of([page]) for amount in amounts_of(row)}
    differences = {one - abs(other) for one in printed for other in printed}
    assert value is None or (value > 0 and value in printed | differences)


@given(st.text(max_size=300))
def test_any_text_is_answered_and_confidences_are_probabilities(rules: ReceiptRules, text: str) -> None:
    reading = read(rules, text)
    for field in (reading.merchant, reading.date, reading.total, reading.currency, reading.tax):
        assert 0 <= field.confidence <= 1
        assert (field.value is not None) == (field.confidence > 0)


def test_cash_and_change_help_where_the_total_was_misread(rules: ReceiptRules) -> None:
    text = "Corner Shop\nSubtotal 10.00\nTax 1.00\nTotal 17.00\nCash 20.00\nChange 9.00"
    assert read(rules, text).total.value == Decimal("11.00")


def test_two_readings_that_agree_outvote_the_third(rules: ReceiptRules) -> None:
    passes = [
        rules.findings([page_of(f"Corner Shop\nTotal {amount}")], HINTS) for amount in ("119.76", "119.70", "119.70")
    ]
    assert rules.reading(passes, HINTS).total.value == Decimal("119.70")


def test_the_rounded_total_is_what_was_paid(rules: ReceiptRules) -> None:
    text = "Kedai Mawar\nTotal RM 27.52\nRounding -0.02\nTotal RM 27.50\nCash RM 50.00\nChange RM 22.50"
    assert read(rules, text).total.value == Decimal("27.50")


def test_totals_of_other_things_are_none(rules: ReceiptRules) -> None:
    text = "Corner Shop\nTotal Qty 12.00\nYou saved 99.00\nTotal discount 45.00\nPoints 300.00\nAmount due 8.50"
    assert read(rules, text).total.value == Decimal("8.50")


def test_a_currency_without_hundredths_has_its_own_amounts(rules: ReceiptRules) -> None:
    text = "Cửa hàng Sen\nHóa đơn bán hàng\nTrà chanh 20.000\nCà phê 50.000\nTổng cộng 70.000\nTiền mặt 100.000\nTiền thừa 30.000"
    reading = read(rules, text)
    assert (reading.total.value, reading.currency.value) == (Decimal(70000), "VND")


# Currencies


@pytest.mark.parametrize(
    ("text", "hint", "code"),
    [
        ("Shop\nTotal 5.00 EUR", None, "EUR"),
        ("Shop\nTotal £5.00", None, "GBP"),
        ("Shop\nTotal $5.00", None, "USD"),
        ("Shop\nTotal $5.00", "CAD", "CAD"),
        ("Shop\nTotal €5.00", "USD", "EUR"),
        ("Shop Sdn Bhd\nJalan Mawar, Selangor\nTotal 5.00", None, "MYR"),
        ("Shop Sdn Bhd\nJalan Mawar, Selangor\nTotal $5.00", "USD", "MYR"),
        ("Shop\nTotal 5,00 zł", None, "PLN"),
        ("Shop\nTotal CHF 5.00", "EUR", "CHF"),
        ("Shop\nTotal 5.00", None, None),
    ],
)
def test_signs_then_countries_then_what_is_expected(
    rules: ReceiptRules, text: str, hint: str | None, code: str | None
) -> None:
    assert read(rules, text, Hints(today=TODAY, currency=hint)).currency.value == code


# Merchants


@pytest.mark.parametrize(
    ("top", "merchant"),
    [
        ("TAX INVOICE\nACME TRADING SON BHD (123456-X)\nNo 5 Jalan 3", "ACME TRADING SDN BHD"),
        ("D.1.Y. HARDWARE SDN BHD\nTel 03-123456", "D.I.Y. HARDWARE SDN BHD"),
        ("GOLDEN LOTUS\nSDN BHD\n12 Main Street", "GOLDEN LOTUS SDN BHD"),
        ("Welcome to\nRiverside Books\n99 Main Street", "Riverside Books"),
        ("~ . -\nCafé Zentral\n03/03/2026 10:00", "Café Zentral"),
    ],
)
def test_the_merchant_is_the_name_at_the_top(rules: ReceiptRules, top: str, merchant: str) -> None:
    assert read(rules, f"{top}\nTea 5.00\nTotal 5.00").merchant.value == merchant
