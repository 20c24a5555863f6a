"""What stands at the top of a transcript: its people, their groups and papers, and how the bot is set up for them."""

import re
from dataclasses import dataclass, field

from tests.conversations.actions import Casting, Code, Group
from tests.conversations.papers import FILES, TYPES, Paper, other_file, receipt

PLATFORM_NAMES = {"Telegram": "telegram", "Slack": "slack", "both": None}
ROLES = ("employee", "manager", "finance", "admin")
LANGUAGES = {"English": "en", "German": "de"}
KINDS = {
    r"(?:an? )?(employee|manager|finance|admin)": None,
    r"a stranger": "stranger",
    r"a guest of the team": "guest",
    r"from another team": "elsewhere",
    r"a colleague who never wrote": "colleague",
}
_CAST = re.compile(
    r"- (\w+) (?:is (.+?)|holds an? (\w+) code \{(\w+)\})(?: on (Telegram|Slack))?(?: and speaks (\w+))?\."
)
_CODE = re.compile(r"- \{(\w+)\} is an? (\w+) code of \*(.+?)\*\.")
_REPORTS = re.compile(r"- (\w+) reports to (\w+)\.")
_GROUP = re.compile(r"- ([\w, ]+) are in the group \*(.+?)\*\.")
_RECEIPT = re.compile(rf"- The ({'|'.join(TYPES)}) \*(.+?)\* says: (.+)\.")
_FILE = re.compile(rf"- The file \*(.+?)\* is ({'|'.join(FILES)})\.")


class NotUnderstood(Exception):
    """A line that says something which there is not."""


@dataclass(slots=True, kw_only=True)
class Head:
    """The list at the top. `reports`: who reports to whom; `slow`: reading waits until the transcript says that it is done.

    `tesseract`: receipts are read in earnest; else what is read is what the list says of them.
    """

    cast: list[Casting] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    reports: dict[str, str] = field(default_factory=dict)
    codes: list[Code] = field(default_factory=list)
    papers: dict[str, Paper] = field(default_factory=dict)
    tesseract: bool = False
    slow: bool = False

    @property
    def across(self) -> bool:
        """Tell whether its people are on several platforms."""
        return any(each.platform is not None for each in self.cast)

    def take(self, line: str) -> bool:
        """Take a line of the list in; False for what is none. Raises NotUnderstood."""
        if found := _GROUP.fullmatch(line):
            members = tuple(re.split(r", | and ", found[1]))
            self.groups.append(Group(name=found[2], members=members))
        elif found := _REPORTS.fullmatch(line):
            self.reports[found[1]] = found[2]
        elif found := _CODE.fullmatch(line):
            self.codes.append(Code(name=found[1], role=_role(found[2]), workspace=found[3]))
        elif found := _RECEIPT.fullmatch(line):
            self.papers[found[2]] = receipt(found[2], found[1], found[3])
        elif found := _FILE.fullmatch(line):
            self.papers[found[1]] = other_file(found[1], found[2])
        elif line == "- Receipts are read by Tesseract.":
            self.tesseract = True
        elif line == "- Reading takes a while.":
            self.slow = True
        elif found := _CAST.fullmatch(line):
            self.cast.append(_casting(found))
        else:
            return False
        return True


def _role(name: str) -> str:
    if name not in ROLES:
        raise NotUnderstood(f"{name!r} is no role")
    return name


def _casting(found: re.Match[str]) -> Casting:
    name, described, code_role, code, where, speaks = found.groups()
    platform = PLATFORM_NAMES[where] if where else None
    language = LANGUAGES.get(speaks or "English")
    if language is None:
        raise NotUnderstood(f"nobody here speaks {speaks}")
    if code is not None:
        role = _role(code_role)
        return Casting(name=name, kind="holder", language=language, code=code, code_role=role, platform=platform)
    for pattern, kind in KINDS.items():
        if which := re.fullmatch(pattern, described):
            return Casting(name=name, kind=kind or which[1], language=language, platform=platform)
    raise NotUnderstood(f"nobody is {described!r} here")
