"""What `expenseflow doctor` finds: for each check how it stands, what was found, and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum

CLOCK_WARNING_S = 5.0
"""Beyond this, times that people read differ visibly, and short waits are off. Dates in HTTP have whole seconds."""
CLOCK_FAILING_S = 60.0
"""Beyond this, signatures and certificates are at risk: Slack's requests are refused at five minutes, leases end too early."""


class State(StrEnum):
    """How a check stands. SKIPPED: it could not be made, since something that it needs fails."""

    OK = "ok"
    WARNING = "warning"
    FAILING = "failing"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check. `found` and `mend` are sentences without their full stop; `details`: a line each."""

    check: str
    state: State
    found: str
    mend: str | None = None
    details: tuple[str, ...] = ()


def ok(check: str, found: str, *details: str) -> Finding:
    """Return a check that is well."""
    return Finding(check=check, state=State.OK, found=found, details=details)


def warning(check: str, found: str, mend: str, *details: str) -> Finding:
    """Return a check that somebody should look at."""
    return Finding(check=check, state=State.WARNING, found=found, mend=mend, details=details)


def failing(check: str, found: str, mend: str, *details: str) -> Finding:
    """Return a check that keeps the bot, or part of it, from its work."""
    return Finding(check=check, state=State.FAILING, found=found, mend=mend, details=details)


def skipped(check: str, why: str) -> Finding:
    """Return a check that could not be made."""
    return Finding(check=check, state=State.SKIPPED, found=why)


def clock_finding(check: str, whose: str, ahead_s: float) -> Finding:
    """Judge this machine's clock by another one; `ahead_s`: how far this one is ahead of it."""
    off_s = abs(ahead_s)
    if off_s <= CLOCK_WARNING_S:
        return ok(check, f"this machine's clock and {whose} differ by {off_s:.1f} s")
    way = "ahead of" if ahead_s > 0 else "behind"
    found = f"this machine's clock is {off_s:.0f} s {way} {whose}"
    mend = "set the clock by NTP: `timedatectl set-ntp true`, or chrony; in a container the host's clock counts"
    return (failing if off_s > CLOCK_FAILING_S else warning)(check, found, mend)
