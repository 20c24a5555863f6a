"""What may be wrong with categories."""

from dataclasses import dataclass
from typing import ClassVar

from core.kernel.errors import DomainError, Kind


@dataclass(eq=False)
class CategoryUnknown(DomainError):
    """There is no such category in this workspace."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
