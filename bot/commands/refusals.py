"""How a command says no: sentences on standard error and exit status 2, never a traceback."""


class CommandRefused(Exception):
    """A command cannot do what it was asked. `problems`: for each what is wrong and how it would be right."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def sentences_of(error: Exception) -> tuple[str, ...] | None:
    """Return what to tell the person about an error that a person can mend; None for a fault, which needs its traceback."""
    from bot.settings import SettingsError
    from core.kernel.errors import DomainError

    if isinstance(error, CommandRefused | SettingsError):
        return error.problems
    if isinstance(error, DomainError):
        from bot.translation import FALLBACK_LANGUAGE, default_catalogues
        from handlers.text import Text

        translator = default_catalogues().translator(FALLBACK_LANGUAGE)
        return (translator.translate(Text(error.key(), error.arguments())),)
    return None
