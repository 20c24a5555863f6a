"""The log: JSON lines on standard error, from our code and from every library, with no secret in them.

Modules take their logger by `structlog.get_logger()`. What is logged while an event is handled carries its trace id,
from the edge to the last reply; the lines of libraries do too, since the id is a context variable.
"""

import json
import logging
import re
import sys
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# httpx prints URLs at INFO, and Telegram's URLs hold the token. httpcore and Slack's client describe every byte that they
# move; alembic lists its plugins at every start, and APScheduler says twice of each job that it was added.
QUIET_LIBRARIES = (
    "httpx",
    "httpcore",
    "slack_sdk.web.async_base_client",
    "alembic.runtime.plugins",
    "apscheduler.scheduler",
)

# A shorter secret (a weak database password) is masked where its URL shows it; replaced everywhere it would eat words.
MASKED_VERBATIM_CHARACTERS_MIN = 8

# Each leaves what tells one from another, and is not secret: a Telegram bot's id, the kind of a Slack token, a user.
_SECRETS = (
    (re.compile(r"(\d+)(?::|%3A)[A-Za-z0-9_-]{30,}"), r"\1:***"),
    (re.compile(r"\b(xox[a-z]|xapp)-[A-Za-z0-9-]+"), r"\1-***"),
    (re.compile(r"(://[^\s/:@\"]*:)[^\s/@\"]+@"), r"\1***@"),
    (re.compile(r"(secret_token\W{1,6})[A-Za-z0-9_-]+"), r"\1***"),
)


def masker(known: Iterable[str] = ()) -> Callable[[str], str]:
    """A function that masks bot tokens, Slack tokens and passwords in URLs in a text, and the `known` secrets.

    A known secret is found as it is and as JSON writes it.
    """
    spelled = {form for secret in known for form in (secret, json.dumps(secret, ensure_ascii=False)[1:-1])}
    # Longest first, so that a secret which contains another one is replaced as a whole.
    verbatim = sorted((form for form in spelled if len(form) >= MASKED_VERBATIM_CHARACTERS_MIN), key=len, reverse=True)

    def mask(text: str) -> str:
        for secret in verbatim:
            text = text.replace(secret, "***")
        for pattern, replacement in _SECRETS:
            text = pattern.sub(replacement, text)
        return text

    return mask


def configure_logging(level: str, known_secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Send every log line of this process to `stream` (default: standard error) as JSON, masked.

    `level` is a name of the logging module's. Uncaught exceptions become a line as well: Python would print them as
    they are, and an exception of an HTTP client may hold a URL with a token.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _MaskedJson(masker(known_secrets))],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda failure: _log_uncaught(
        failure.exc_type, failure.exc_value or failure.exc_type(), failure.exc_traceback
    )


class _MaskedJson:
    """Renders a line and masks it then, as a whole: no nesting, no traceback and no object's repr escapes that."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        self._mask = mask
        self._render = structlog.processors.JSONRenderer(ensure_ascii=False)

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> str:
        return self._mask(str(self._render(logger, name, event)))


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    logging.getLogger("uncaught").critical("uncaught exception", exc_info=(kind, error, traceback))
