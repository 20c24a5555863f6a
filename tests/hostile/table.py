"""Everything that the bot can be asked to do, by hand: who may, with what it is fired, and whether an attempt is noted.

The registry is compared with this table: an action that stands here no longer, or not yet, fails a test of its own.
"""

from dataclasses import dataclass, field

from core.identity.rules import Role
from handlers.events import FilesReceived, HomeOpened, MessageEdited, TextReceived

EVERYBODY = frozenset(Role)
DECIDERS = frozenset({Role.MANAGER, Role.FINANCE, Role.ADMIN})
OVERSEERS = frozenset({Role.FINANCE, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
MONTH = "2026-03"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One action. `who`: the roles that may; `strangers`: whether those who are no members may as well.

    `choice`: what a tap carries besides its subject. `about`: the kind of thing that it does something to, None where it is
    about the one who acts alone. `noted`: whether naming somebody else's thing stands in the audit.
    """

    who: frozenset[Role] = EVERYBODY
    strangers: bool = False
    choice: str | None = None
    about: str | None = None
    noted: bool = False


def on(about: str, who: frozenset[Role] = EVERYBODY, choice: str | None = None) -> Case:
    """Return an action on somebody's data: naming another's is noted."""
    return Case(who=who, choice=choice, about=about, noted=True)


def listed(about: str, who: frozenset[Role] = EVERYBODY, choice: str | None = None) -> Case:
    """Return an action on a list that holds no data itself: another's is as one that is gone."""
    return Case(who=who, choice=choice, about=about)


BUTTONS: dict[str, Case] = {
    "approval.approve": on("approval", DECIDERS),
    "approval.reject": on("approval", DECIDERS),
    "approval.ask": on("approval", DECIDERS),
    "approval.receipts": on("approval", DECIDERS),
    "approval.open": on("approval", DECIDERS),
    "approval.answer": on("approval-question"),
    "approvals.page": listed("approval-list", DECIDERS, "0"),
    "expense.submit": on("expense"),
    "expense.take-back": on("expense"),
    "expense.delete": on("expense"),
    "expense.restore": on("expense"),
    "expense.category": on("expense"),
    "expense.set": on("expense", choice="travel"),
    "expense.show": on("expense"),
    "expense.edit": on("expense"),
    "expense.open": on("expense"),
    "expense.receipts": on("expense"),
    "expenses.list": Case(),
    "expenses.page": listed("expense-list", choice="0"),
    "expenses.back": listed("expense-list"),
    "expenses.filter": listed("expense-list"),
    "expenses.categories": listed("expense-list"),
    "expenses.choose": listed("expense-list", choice="status:draft"),
    "expenses.all": listed("expense-list"),
    "home.new": Case(),
    "home.open": Case(),
    "home.approvals": Case(who=DECIDERS),
    "members.page": listed("member-list", OVERSEERS, "0"),
    "member.open": on("member", OVERSEERS),
    "member.remove": on("member", ADMINS),
    "member.restore": on("member", ADMINS),
    "member.edit": on("member", ADMINS),
    "invite.role": Case(who=ADMINS, choice="employee"),
    "album.together": on("album"),
    "album.separate": on("album"),
    "receipt.fill-in": on("receipt"),
    "report.show": Case(choice=f"own:{MONTH}"),
    "report.chart": Case(choice=f"own:{MONTH}"),
    "report.export": Case(choice=f"own:{MONTH}"),
    "language.set": Case(strangers=True, choice="en"),
    "settings.edit": Case(),
    "workspace.choose": on("workspace"),
}

COMMANDS: dict[str, Case] = {
    "approvals": Case(who=DECIDERS),
    "new": Case(),
    "expenses": Case(),
    "help": Case(strangers=True),
    "members": Case(who=OVERSEERS),
    "start": Case(strangers=True),
    "invite": Case(who=ADMINS),
    "link": Case(strangers=True),
    "report": Case(),
    "export": Case(),
    "language": Case(strangers=True),
    "settings": Case(),
    "workspace": Case(),
}

SHORTCUTS: dict[str, Case] = {"expense.add": Case()}

LISTENERS: dict[type, Case] = {
    TextReceived: Case(),
    MessageEdited: Case(),
    FilesReceived: Case(),
    HomeOpened: Case(strangers=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FormCase:
    """One form. `arguments`: what it is opened with, "@kind" standing for the id of something of that kind."""

    who: frozenset[Role] = EVERYBODY
    arguments: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)


EXPENSE = {"amount": "64 eur", "date": "2026-03-11", "description": "forged", "merchant": "", "category": "travel"}
FORMS: dict[str, FormCase] = {
    "approval.reject": FormCase(
        who=DECIDERS, arguments={"approval": "@approval", "version": "1"}, values={"words": "forged"}
    ),
    "approval.ask": FormCase(
        who=DECIDERS, arguments={"approval": "@approval", "version": "1"}, values={"words": "forged"}
    ),
    "approval.answer": FormCase(arguments={"question": "@approval-question"}, values={"words": "forged"}),
    "expense.new": FormCase(values=EXPENSE),
    "expense.edit": FormCase(arguments={"expense": "@expense", "version": "1"}, values=EXPENSE),
    "member.edit": FormCase(
        who=ADMINS,
        arguments={"member": "@member", "version": "1"},
        values={"role": "admin", "manager": "nobody", "department": "forged"},
    ),
    "settings": FormCase(
        values={"language": "en", "time_zone": "Berlin", "hours": "Mon-Fri 9-17", "notifications": "all"}
    ),
}

SHOWS = frozenset(
    {
        "approval",
        "approval-question",
        "approval-list",
        "expense",
        "expense-list",
        "home",
        "member-list",
        "member",
        "receipt",
        "album",
        "settings",
    }
)
"""What can be shown to somebody by its id."""

STEPS = ("form.choose", "form.keep", "form.finish", "form.back", "form.cancel", "form.reopen")
"""The buttons of questions, which are no part of the registry: their subject is a form that is open."""
