"""Imports every module of handlers that declares something, so that the registry is complete; and names all its texts."""

# Commands stand in menus and in the help in the order in which they are declared.
# isort: off
import handlers.approvals
import handlers.expenses
import handlers.lists
import handlers.help
import handlers.home
import handlers.members
import handlers.onboarding
import handlers.receipts
import handlers.reports
import handlers.settings
import handlers.shortcuts  # noqa: F401 - imported for what they declare

# isort: on
from core.kernel.errors import DomainError
from handlers.registry import registry

__all__ = ["declared_keys", "registry"]


def declared_keys() -> frozenset[str]:
    """Return the keys of texts that follow from declarations: errors, notices, commands, forms and their fields."""
    keys = {error.key() for error in DomainError.all_classes if error.__module__.startswith(("core.", "handlers."))}
    keys |= {spec.summary.key for spec in registry.commands.values()}
    keys |= {key for each in registry.shortcuts.values() for key in (each.title.key, each.summary.key)}
    for spec in registry.forms.values():
        keys |= {spec.form.title.key, spec.form.submit.key}
        for field in spec.form.fields:
            keys |= {field.label.key} | ({field.hint.key} if field.hint else set())
    return frozenset(keys)
