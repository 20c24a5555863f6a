"""What the Bot API answers when it refuses, and what a person is told who tries what their app does not allow."""

from bot.playground.state import Json


class BotApiError(Exception):
    """A refused call: `{"ok": false, "error_code": …, "description": …, "parameters": …}`.

    Source of the form: https://core.telegram.org/bots/api#making-requests. The wordings are those of Telegram's own
    server where it is known to have one, since client libraries tell errors apart by them.
    """

    def __init__(self, status: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters

    def as_json(self) -> Json:
        answer: Json = {"ok": False, "error_code": self.status, "description": self.description}
        if self.parameters:
            answer["parameters"] = self.parameters
        return answer


def bad_request(description: str) -> BotApiError:
    """400, with a description that tells what is wrong."""
    return BotApiError(400, f"Bad Request: {description}")


def migrated(chat_id: int) -> BotApiError:
    """400 for a group that has become a supergroup, with its id as Telegram tells it."""
    return BotApiError(
        400, "Bad Request: group chat was upgraded to a supergroup chat", {"migrate_to_chat_id": chat_id}
    )


def forbidden(description: str) -> BotApiError:
    """403: the bot may not write there."""
    return BotApiError(403, f"Forbidden: {description}")


def conflict(description: str) -> BotApiError:
    """409: updates go to somebody else."""
    return BotApiError(409, f"Conflict: {description}")


def too_many_requests(retry_after_s: int) -> BotApiError:
    """429, with the seconds to wait as Telegram tells them."""
    return BotApiError(429, f"Too Many Requests: retry after {retry_after_s}", {"retry_after": retry_after_s})


class EmulatorBug(Exception):
    """The emulator was about to send what the Bot API's schema does not know. Never the bot's fault."""


class PersonError(Exception):
    """A person tried what Telegram's app would not let them do. The message is a sentence for the page."""
