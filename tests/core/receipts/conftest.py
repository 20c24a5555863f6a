"""What the tests of receipts share: the words, the rules, and a reader in this process."""

import datetime
import shutil
from collections.abc import Iterator

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
def local_reader(words: ReceiptWords) -> Iterator[LocalReader]:
    """A reader in this process, with the environment of a worker: with more threads Tesseract takes many times as long."""
    if shutil.which("tesseract") is None:
        pytest.skip("needs Tesseract (scripts/system_packages.sh installs it)")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("OMP_THREAD_LIMIT", "1")
        yield LocalReader(words)


@pytest.fixture
def hints() -> Hints:
    """Nothing is known but the day."""
    return Hints(today=TODAY)
