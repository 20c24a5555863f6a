"""What a file is called that people are sent: its ending tells what it is, whatever its sender called it."""

import pytest

from bot.outgoing import file_name_of


@pytest.mark.parametrize(
    ("name", "media_type", "called"),
    [
        ("receipt.jpg", "image/jpeg", "receipt.jpg"),
        ("IMG_2041.JPEG", "image/jpeg", "IMG_2041.JPEG"),
        ("photo", "image/jpeg", "photo.jpg"),  # Telegram's photos have no name
        ("Rechnung Nr. 12", "application/pdf", "Rechnung Nr. 12.pdf"),
        ("expenses-2026-03.csv", "text/csv", "expenses-2026-03.csv"),
        ("receipt.html", "image/jpeg", "receipt.html.jpg"),  # a picture that is a page as well opens as a picture
        ("receipt.jpg", "application/octet-stream", "receipt.jpg.bin"),
        ("", "image/png", "receipt.png"),
        (".pdf", "application/pdf", "receipt.pdf"),
    ],
)
def test_the_ending_is_that_of_the_content(name: str, media_type: str, called: str) -> None:
    assert file_name_of(name, media_type) == called
