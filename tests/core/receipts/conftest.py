"""What the tests of receipts share: the words, the rules, and a reader in this process."""

import datetime
import shutil

import pytest

from bot.receipt_words import receipt_words
from core.receipts.local_reader import LocalReader
from core.receipts.picking import ReceiptRules
from core.receipts.port import Hints
from core.receipts.words import ReceiptWords

TODAY = datetime.date(2026, 3, 20)


@pytest.fixture(scope="session")
def words() -> ReceiptWords:
    """The words of all languages."""
    return receipt_words()


@pytest.fixture(scope="session")
def rules(words: ReceiptWords) -> ReceiptRules:
    """The rules with all words."""
    return ReceiptRules(words)


@pytest.fixture(scope="session")
def local_reader(words: ReceiptWords) -> LocalReader:
    """A reader in this process."""
    if shutil.which("tesseract") is None:
        pytest.skip("needs Tesseract (scripts/system_packages.sh installs it)")
    return LocalReader(words)


@pytest.fixture
def hints() -> Hints:
    """Nothing is known but the day."""
    return Hints(today=TODAY)
