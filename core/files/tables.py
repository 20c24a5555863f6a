"""The record of stored files; their bytes are in the file store."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.store.base import Base, Tenant, strict
from core.store.types import Count, Id, Instant, Words


class FileRow(Tenant, Base):
    """A file, once per workspace and content. `content_hash` is keyed, so that it tells nobody what others have.

    `key_id` names the key that it is encrypted with (None: not encrypted); `references` counts who needs it.
    """

    __tablename__ = "files"
    __table_args__ = strict(UniqueConstraint("workspace_id", "content_hash"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace_id: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"), index=True)
    content_hash: Mapped[str] = mapped_column(Words)
    media_type: Mapped[str] = mapped_column(Words)
    size_bytes: Mapped[int] = mapped_column(Count)
    key_id: Mapped[str | None] = mapped_column(Words)
    references: Mapped[int] = mapped_column("reference_count", Count)
    created_at: Mapped[datetime] = mapped_column(Instant)
