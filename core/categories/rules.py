"""The categories that every workspace starts with. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A category. `name` None: its default name, translated by its key. `colour`: "#rrggbb"."""

    id: str
    key: str
    name: str | None
    icon: str
    colour: str


DEFAULTS: tuple[tuple[str, str, str], ...] = (
    ("dining", "🍽️", "#e07a5f"),
    ("groceries", "🛒", "#81b29a"),
    ("transport", "🚕", "#f2b134"),
    ("travel", "✈️", "#3d85c6"),
    ("lodging", "🛏️", "#6a5acd"),
    ("entertainment", "🎬", "#c2569b"),
    ("health", "💊", "#d64545"),
    ("shopping", "🛍️", "#b5838d"),
    ("utilities", "💡", "#8d99ae"),
    ("office", "📎", "#457b9d"),
    ("education", "🎓", "#2a9d8f"),
    ("gifts", "🎁", "#e76f51"),
    ("fees", "🏦", "#6c757d"),
    ("other", "📦", "#a0a0a0"),
)
"""Key, icon, colour; in the order in which people see them."""

FALLBACK = "other"
