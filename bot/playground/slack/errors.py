"""The one way in which a Web API method says no."""

from bot.playground.slack.schema import Problems
from bot.playground.state import Json


class SlackError(Exception):
    """An answer with `ok: false`. `details` are further fields of the answer, beside `error`."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details: Json = dict(details)

    def answer(self) -> Json:
        """The answer's body."""
        return {"ok": False, "error": self.code, **self.details}


def refuse(code: str, problems: Problems) -> None:
    """Raises SlackError with every problem in it, as Slack words them. Returns when there is none."""
    if problems:
        raise SlackError(
            code,
            errors=problems.sentences,
            response_metadata={"messages": [f"[ERROR] {sentence}" for sentence in problems.sentences]},
        )


class ControlError(Exception):
    """Something that a person in the playground cannot do, as a sentence for the page."""
