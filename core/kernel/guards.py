"""Two switches for what tests and reviews cannot see by reading: slow work inside a transaction, and points to crash at."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_in_write_transaction: ContextVar[bool] = ContextVar("in_write_transaction", default=False)


class SlowWorkInTransactionError(RuntimeError):
    """Somebody called the network, a worker or the file store while the one writer was waiting."""


@contextmanager
def write_transaction_marked() -> Iterator[None]:
    """Mark the code inside as holding the writer; opened by the unit of work alone."""
    token = _in_write_transaction.set(True)
    try:
        yield
    finally:
        _in_write_transaction.reset(token)


def refuse_in_write_transaction(what: str) -> None:
    """Raise SlowWorkInTransactionError when a write transaction is open; every network client, file store and worker asks."""
    if _in_write_transaction.get():
        raise SlowWorkInTransactionError(f"{what} inside a write transaction: do it before BEGIN or after COMMIT")


def _nothing(_point: str) -> None:
    """Do nothing: what a point does unless a fault test says otherwise."""


_at_point: Callable[[str], None] = _nothing


def on_points(act: Callable[[str], None]) -> None:
    """Have `act` called at every point; fault tests kill the process there."""
    global _at_point  # noqa: PLW0603 - one switch per process is what a fault test needs
    _at_point = act


def point(name: str) -> None:
    """Mark a place between two steps that must survive a crash in between. It costs one call of an empty function."""
    _at_point(name)
