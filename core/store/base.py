"""What every table is: of a tenant or of the system, and audited or not. A test holds the list."""

from typing import Any, ClassVar

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from core.store.types import Count, Id

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The root of all tables. STRICT on SQLite: a column takes only what its type says."""

    metadata = MetaData(naming_convention=NAMES)
    __table_args__: Any = {"sqlite_strict": True}  # noqa: RUF012 - a ClassVar is not what SQLAlchemy declares it as


class System:
    """Marks a table that belongs to the deployment. Read by tenancy, identity, conversations and queue alone."""


class Tenant:
    """Marks a table of which each row belongs to one workspace; the session sees to it that no other is reached."""

    __tablename__: str

    tenant_tables: ClassVar[set[str]] = set()

    workspace_id: Mapped[str] = mapped_column(Id, index=True)

    def __init_subclass__(cls, **keywords: Any) -> None:
        """Note the table, so that a statement without classes is known to reach for it."""
        super().__init_subclass__(**keywords)
        Tenant.tenant_tables.add(cls.__tablename__)


class Audited:
    """Marks a table whose every change leaves an audit row. `version` counts the changes and guards against lost ones.

    The ORM adds the version to the WHERE of each UPDATE: who was slower gets StaleDataError, never a silent overwrite.
    """

    audit_hidden: ClassVar[frozenset[str]] = frozenset()

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(Count)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy calls it with the class
        return {"version_id_col": cls.version}


def strict(*constraints: Any) -> tuple[Any, ...]:
    """Return __table_args__ with constraints and indexes, STRICT as all tables are."""
    return (*constraints, {"sqlite_strict": True})
