"""One-time codes: made, compared by a keyed digest, never stored as they are. Pure but for the random source."""

import hashlib
import hmac
import secrets
from datetime import timedelta

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 characters that nobody confuses: without 0, O, 1, I and L."""
CODE_LENGTH = 12
"""12 characters of 31: 59 bits, out of reach of guessing at five a quarter of an hour."""
CODE_VALID = timedelta(days=7)
LINK_CODE_VALID = timedelta(minutes=10)
"""A code that links one's own accounts is carried from one window to the next, and opens somebody's books."""
ATTEMPTS_MAX = 5
"""Wrong codes of one account within the window."""
ALL_ATTEMPTS_MAX = 1000
"""Wrong codes of all accounts together within the window: two hundred accounts that do nothing else. From then on everybody
waits who comes with a code; who is in already notices nothing.
"""
ATTEMPTS_WINDOW = timedelta(minutes=15)


def code_key(secret_key: str) -> bytes:
    """Return the key that codes are digested with, derived from the deployment's secret key for this purpose alone."""
    return hmac.new(secret_key.encode(), b"expenseflow one-time codes", hashlib.sha256).digest()


def new_code() -> str:
    """Return a new code, such as "K7QM2XRA94TD": fit for a link and for typing."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def code_digest(code: str, key: bytes) -> str:
    """Return the keyed digest of a code as a person may type it: small letters, spaces and hyphens do not matter."""
    plain = "".join(character for character in code.upper() if character.isalnum())
    return hmac.new(key, plain.encode(), hashlib.sha256).hexdigest()
