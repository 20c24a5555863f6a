"""What a bot says of itself: who it is, its commands by scope and language, its names and descriptions."""

import re

from bot.playground.state import Json
from bot.playground.telegram import limits
from bot.playground.telegram.calls import Call, Handler
from bot.playground.telegram.errors import bad_request

_COMMAND_NAME = re.compile(rf"[a-z0-9_]{{{limits.COMMAND_CHARACTERS_MIN},{limits.COMMAND_CHARACTERS_MAX}}}", re.ASCII)
_LANGUAGE_CODE = re.compile(r"(?:[a-z]{2})?")


def _get_me(call: Call) -> Json:
    """The flags are those that the Bot API returns only here."""
    return call.bot.as_user() | {
        "can_join_groups": True,
        "can_read_all_group_messages": not call.bot.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def _scope_key(call: Call) -> str:
    """A command scope as one string: "default", "all_private_chats", "chat:-5001", "chat_member:-5001:1001", …"""
    scope = call.given.get("scope", {"type": "default"})
    parts = [scope["type"]]
    if "chat_id" in scope:
        parts.append(str(call.emulator.chat_for_call(call.bot, _number(scope["chat_id"])).id))
    if "user_id" in scope:
        parts.append(str(scope["user_id"]))
    return ":".join(parts)


def _number(chat_id: int | str) -> int | str:
    return int(chat_id) if isinstance(chat_id, str) and chat_id.removeprefix("-").isdigit() else chat_id


def _language(call: Call) -> str:
    code = str(call.given.get("language_code", ""))
    if not _LANGUAGE_CODE.fullmatch(code):
        raise bad_request("invalid language code specified")
    return code


def _set_my_commands(call: Call) -> bool:
    commands: list[Json] = call.given["commands"]
    if len(commands) > limits.COMMANDS_MAX:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND_NAME.fullmatch(command["command"].removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        length = len(command["description"])
        if not limits.COMMAND_DESCRIPTION_CHARACTERS_MIN <= length <= limits.COMMAND_DESCRIPTION_CHARACTERS_MAX:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    stored = [{**command, "command": command["command"].removeprefix("/")} for command in commands]
    call.bot.commands.setdefault(_scope_key(call), {})[_language(call)] = stored
    call.emulator.changed(None, "commands", bot_id=call.bot.id)
    return True


def _get_my_commands(call: Call) -> list[Json]:
    return call.bot.commands.get(_scope_key(call), {}).get(_language(call), [])


def _delete_my_commands(call: Call) -> bool:
    call.bot.commands.get(_scope_key(call), {}).pop(_language(call), None)
    call.emulator.changed(None, "commands", bot_id=call.bot.id)
    return True


def _set_chat_menu_button(call: Call) -> bool:
    key = str(call.chat().id) if "chat_id" in call.given else ""
    call.bot.menu_buttons[key] = call.given.get("menu_button", {"type": "default"})
    call.emulator.changed(None, "menu-button", bot_id=call.bot.id)
    return True


def _get_chat_menu_button(call: Call) -> Json:
    default = call.bot.menu_buttons.get("", {"type": "commands"})
    if "chat_id" not in call.given:
        return default
    return call.bot.menu_buttons.get(str(call.chat().id), default)


def _set_text(texts: dict[str, str], call: Call, field: str, characters_max: int) -> bool:
    text = call.given.get(field, "")
    if len(text) > characters_max:
        raise bad_request(f"{field} is too long")
    texts[_language(call)] = text
    return True


def _get_text(texts: dict[str, str], call: Call, field: str, default: str = "") -> Json:
    return {field: texts.get(_language(call)) or texts.get("") or default}


def _set_my_name(call: Call) -> bool:
    return _set_text(call.bot.names, call, "name", limits.BOT_NAME_CHARACTERS_MAX)


def _get_my_name(call: Call) -> Json:
    return _get_text(call.bot.names, call, "name", call.bot.first_name)


def _set_my_description(call: Call) -> bool:
    return _set_text(call.bot.descriptions, call, "description", limits.BOT_DESCRIPTION_CHARACTERS_MAX)


def _get_my_description(call: Call) -> Json:
    return _get_text(call.bot.descriptions, call, "description")


def _set_my_short_description(call: Call) -> bool:
    most = limits.BOT_SHORT_DESCRIPTION_CHARACTERS_MAX
    return _set_text(call.bot.short_descriptions, call, "short_description", most)


def _get_my_short_description(call: Call) -> Json:
    return _get_text(call.bot.short_descriptions, call, "short_description")


METHODS: dict[str, Handler] = {
    "getMe": _get_me,
    "setMyCommands": _set_my_commands,
    "getMyCommands": _get_my_commands,
    "deleteMyCommands": _delete_my_commands,
    "setChatMenuButton": _set_chat_menu_button,
    "getChatMenuButton": _get_chat_menu_button,
    "setMyName": _set_my_name,
    "getMyName": _get_my_name,
    "setMyDescription": _set_my_description,
    "getMyDescription": _get_my_description,
    "setMyShortDescription": _set_my_short_description,
    "getMyShortDescription": _get_my_short_description,
}
