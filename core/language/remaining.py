"""What is left of a message while it is being understood."""

from dataclasses import dataclass

from core.language.text import MASK, fold


@dataclass(slots=True)
class Remaining:
    """A message, cleaned, in three layers of equal length.

    Attributes:
        original: as written, unchanged.
        folded: for the grammars; what is understood or must not be read is masked.
        cut: for the description; what is understood is masked.
    """

    original: str
    folded: str
    cut: str

    @classmethod
    def of(cls, original: str) -> "Remaining":
        """All of a cleaned text is still to be understood."""
        return cls(original=original, folded=fold(original), cut=original)

    def take(self, start: int, end: int) -> None:
        """This part is understood: it is neither read again nor part of the description."""
        self.hide(start, end)
        self.cut = self.cut[:start] + MASK * (end - start) + self.cut[end:]

    def hide(self, start: int, end: int) -> None:
        """This part belongs to the description and must not be read as anything else."""
        self.folded = self.folded[:start] + MASK * (end - start) + self.folded[end:]

    def copy(self) -> "Remaining":
        """An independent copy, for a reading that may be dropped."""
        return Remaining(original=self.original, folded=self.folded, cut=self.cut)

    def is_spent(self) -> bool:
        """Whether no letter and no digit is left."""
        return not any(map(str.isalnum, self.cut))
