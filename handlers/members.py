"""Those who look after members: a list of them, and each one's card with role, manager, department, and the way out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.conversations.lists import find_list, set_page, store_list
from core.conversations.outgoing import show
from core.conversations.subjects import Notice, Private, Subject
from core.flows import manage_members as flows
from core.flows.manage_members import MEMBER, ROLE_CHANGED, Place
from core.identity import queries
from core.identity.errors import ManagerNotFound, MemberNotFound
from core.identity.rules import DEPARTMENT_LENGTH_MAX, Permission, Role
from handlers.forms import Choice, Field, Form, FormStart, Input, Reading, as_typed
from handlers.registry import Where, button, command, form, shows, tells
from handlers.replies import Card, OpenForm, Replies, Toast, say
from handlers.text import Text, Verbatim, text
from handlers.turn import Asker, Reader, Turn
from handlers.views import members as views

LIST = "member-list"
READ, MANAGE = Permission.MEMBERS_READ, Permission.MEMBERS_MANAGE
MANAGERS_MAX = 90
"""How many managers a form offers: a keyboard takes 100 buttons (Telegram), a menu 100 options (Slack)."""
NOBODY = "nobody"
CHOICE_KEY_LENGTH = 16
"""The end of a member's id that a choice carries: the 80 random bits of a ULID. All of it would not fit into a button."""

# ---- the list ----


@command("members", needs=READ, where=Where.PRIVATE)
async def list_members(turn: Turn[None]) -> Replies:
    """List the members by name."""
    list_id = await store_list(turn.uow, account_id=turn.who.account.id, kind=LIST)
    await show(turn.uow, Subject(LIST, list_id), Private(turn.who.account.id), fresh=True)
    return ()


@button("members.page", needs=READ, subject=LIST)
async def turn_page(turn: Turn[None]) -> Replies:
    """Go to another page."""
    tap = turn.tap
    page = int(tap.choice) if tap.choice and tap.choice.isdecimal() else 0
    if not await set_page(turn.uow, tap.subject_id or "", turn.who.account.id, page):
        return (Toast(text("button.unknown")),)
    await show(turn.uow, Subject(LIST, tap.subject_id or ""), Private(turn.who.account.id))
    return ()


@shows(LIST)
async def show_list(asker: Asker, list_id: str) -> Card | None:
    """Show a page of the members to somebody who may see them."""
    stored = await find_list(asker.uow, list_id, asker.who.account.id)
    if stored is None or not _may(asker, READ):
        return None
    found, count = await queries.colleagues(asker.uow, offset=stored.page * views.PAGE_SIZE, limit=views.PAGE_SIZE)
    return views.member_list_card(list_id, found, count, stored.page)


@button("member.open", needs=READ)
async def open_member(turn: Turn[None]) -> Replies:
    """Show a member as a new message."""
    member_id = await _known(turn)
    await show(turn.uow, Subject(MEMBER, member_id), Private(turn.who.account.id), fresh=True)
    return ()


# ---- a member's card ----


@shows(MEMBER)
async def show_member(asker: Asker, member_id: str) -> Card | None:
    """Show a member to somebody who may see them; the buttons are for those who may change them."""
    found = await queries.colleague(asker.uow, member_id)
    member = asker.who.member
    if found is None or member is None or not _may(asker, READ):
        return None
    return views.member_card(found, may_change=member.may(MANAGE), oneself=member.id == member_id)


@button("member.remove", needs=MANAGE, subject=MEMBER)
async def remove(turn: Turn[None]) -> Replies:
    """Remove a member; the card offers to undo it."""
    tap = turn.tap
    await flows.remove_member(turn.uow, turn.by, tap.subject_id or "", tap.version)
    return (Toast(text("member.removed-toast")),)


@button("member.restore", needs=MANAGE, subject=MEMBER)
async def restore(turn: Turn[None]) -> Replies:
    """Undo the removal."""
    tap = turn.tap
    await flows.restore_member(turn.uow, turn.by, tap.subject_id or "", tap.version)
    return (Toast(text("member.restored")),)


@tells(ROLE_CHANGED)
def tell_role(notice: Notice) -> Card:
    """Tell somebody which role they have now."""
    return say(text("member.role-changed", role=Text(f"role.{notice.arguments['role']}")))


# ---- its form ----


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the form says. `manager`: the key of a choice."""

    role: Role
    manager: str
    department: str | None


def _role(key: str, _reading: Reading) -> Role:
    return Role(key)


EDIT = Form(
    key="member.edit",
    title=text("member.edit-title"),
    submit=text("form.save"),
    fields=(
        Field(name="role", label=text("member.role"), parse=_role, input=Input.CHOICE),
        Field(name="manager", label=text("member.manager"), parse=as_typed, input=Input.CHOICE),
        Field(
            name="department",
            label=text("member.department"),
            parse=as_typed,
            optional=True,
            length_max=DEPARTMENT_LENGTH_MAX,
        ),
    ),
    build=lambda values: Wanted(**values),
)


async def start_edit(reader: Reader, arguments: Mapping[str, str]) -> FormStart:
    """Start with what stands. Raises MemberNotFound."""
    found = await queries.colleague(reader.uow, arguments["member"])
    if found is None or found.removed:
        raise MemberNotFound
    managers = await queries.possible_managers(reader.uow, found.id, limit=MANAGERS_MAX)
    offered = tuple(Choice(_key(manager_id), Verbatim(name)) for manager_id, name in managers)
    current = found.manager_id if found.manager is not None else None
    initial = {
        "role": found.role.value,
        "manager": NOBODY if current is None else _key(current),
        "department": found.department or "",
    }
    roles = tuple(Choice(role.value, Text(f"role.{role}")) for role in Role)
    choices = {"role": roles, "manager": (Choice(NOBODY, text("member.no-manager")), *offered)}
    return FormStart(initial=initial, choices=choices, about=(Verbatim(found.name),))


@button("member.edit", needs=MANAGE, subject=MEMBER, opens_form=True)
async def edit(turn: Turn[None]) -> Replies:
    """Open the form of a member."""
    member_id = await _known(turn)
    return (OpenForm(EDIT.key, {"member": member_id, "version": str(turn.tap.version or 0)}),)


@form(EDIT, start=start_edit, needs=MANAGE)
async def change(turn: Turn[Wanted]) -> Replies:
    """Take what the form says in the place of what stood when it was opened."""
    opened, wanted = turn.dialog_arguments, turn.arguments
    place = Place(
        role=wanted.role, manager_id=await _chosen_manager(turn, wanted.manager), department=wanted.department
    )
    await flows.change_member(turn.uow, turn.by, opened["member"], int(opened["version"]), place, fresh=turn.fresh)
    return ()


async def _chosen_manager(turn: Turn[Wanted], key: str) -> str | None:
    """Return the member that a choice's key stands for. Raises ManagerNotFound for one who has been removed since."""
    if key == NOBODY:
        return None
    found = [member_id for member_id in await queries.reporting_lines(turn.uow) if _key(member_id) == key]
    if not found:
        raise ManagerNotFound
    return found[0]


def _key(member_id: str) -> str:
    """Return the key of a choice, in small letters as typed answers are compared."""
    return member_id[-CHOICE_KEY_LENGTH:].casefold()


def _may(asker: Asker, permission: Permission) -> bool:
    return asker.who.member is not None and asker.who.member.may(permission)


async def _known(turn: Turn[Any]) -> str:
    found = await queries.colleague(turn.uow, turn.tap.subject_id or "")
    if found is None:
        raise MemberNotFound
    return found.id
