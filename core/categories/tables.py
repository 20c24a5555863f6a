"""The categories of a workspace."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.store.base import Audited, Base, Tenant, strict
from core.store.types import Count, Id, Words


class CategoryRow(Audited, Tenant, Base):
    """A category. `key` is stable; `name` None: the translated name of a default category. `colour` is "#rrggbb"."""

    __tablename__ = "categories"
    __table_args__ = strict(UniqueConstraint("workspace_id", "key"))

    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"), index=True)
    key: Mapped[str] = mapped_column(Words)
    name: Mapped[str | None] = mapped_column(Words)
    icon: Mapped[str] = mapped_column(Words)
    colour: Mapped[str] = mapped_column(Words)
    position: Mapped[int] = mapped_column(Count)
