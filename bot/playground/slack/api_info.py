"""Who is who and what is where: auth, apps, team, users, conversations.

Source: the page of each method under https://docs.slack.dev/reference/methods.
"""

import base64
from typing import TypeVar

from bot.playground.slack import limits
from bot.playground.slack.api import Method, flag, missing_scope, required_text
from bot.playground.slack.errors import SlackError
from bot.playground.slack.scopes import READ_SCOPE_OF_KIND
from bot.playground.slack.settings import SlackSettings
from bot.playground.slack.socket import SocketHub
from bot.playground.slack.state import Channel, SlackState
from bot.playground.state import Json

Item = TypeVar("Item")

_KIND_OF_TYPE = {"public_channel": "channel", "private_channel": "group", "im": "im"}


def page(everything: list[Item], arguments: Json, *, limit_default: int) -> tuple[list[Item], Json]:
    """Return the page that `limit` and `cursor` name, and the metadata that tell where the next one begins.

    A limit of 0 is none. Raises SlackError invalid_limit, invalid_cursor.
    Source: https://docs.slack.dev/apis/web-api/pagination
    """
    limit_text = str(arguments.get("limit") or limit_default)
    if not limit_text.isdecimal():
        raise SlackError("invalid_limit")
    limit = min(int(limit_text), limits.PAGE_MAX) or len(everything)
    begin, cursor = 0, str(arguments.get("cursor") or "")
    if cursor:
        told = next((at for at in range(1, len(everything)) if _cursor(at) == cursor), None)
        if told is None:
            raise SlackError("invalid_cursor")
        begin = told
    end = begin + limit
    return everything[begin:end], {"next_cursor": _cursor(end) if end < len(everything) else ""}


def _cursor(position: int) -> str:
    return base64.b64encode(f"next:{position}".encode()).decode()


class InfoMethods:
    """What the app may look up, and how it opens its socket."""

    def __init__(self, settings: SlackSettings, state: SlackState, hub: SocketHub) -> None:
        self.settings = settings
        self.state = state
        self.hub = hub

    def table(self) -> dict[str, Method]:
        return {
            "apps.connections.open": self.open_connection,
            "auth.test": self.auth_test,
            "bots.info": self.bot_info,
            "conversations.info": self.conversation_info,
            "conversations.list": self.conversation_list,
            "conversations.members": self.conversation_members,
            "conversations.open": self.open_conversation,
            "team.info": self.team_info,
            "users.info": self.user_info,
            "users.list": self.user_list,
        }

    def open_connection(self, _arguments: Json) -> Json:
        address = self.state.base_url.replace("http", "ws", 1)
        return {"url": f"{address}/slack/socket/{self.hub.open_ticket()}"}

    def auth_test(self, _arguments: Json) -> Json:
        return {
            "url": f"https://{self.settings.team_domain}.slack.com/",
            "team": self.settings.team_name,
            "user": self.settings.bot_name,
            "team_id": self.settings.team_id,
            "user_id": self.settings.bot_user_id,
            "bot_id": self.settings.bot_id,
            "is_enterprise_install": False,
        }

    def bot_info(self, arguments: Json) -> Json:
        """Without a bot's id, of nobody: the real Slack answers so."""
        if arguments.get("bot") != self.settings.bot_id:
            raise SlackError("bot_not_found")
        bot = {
            "id": self.settings.bot_id,
            "deleted": False,
            "name": self.settings.bot_name,
            "updated": int(self.state.clock()),
            "app_id": self.settings.app_id,
            "user_id": self.settings.bot_user_id,
        }
        return {"bot": bot}

    def team_info(self, _arguments: Json) -> Json:
        team = {
            "id": self.settings.team_id,
            "name": self.settings.team_name,
            "domain": self.settings.team_domain,
            "email_domain": "",
            "icon": {"image_default": True},
        }
        return {"team": team}

    def user_info(self, arguments: Json) -> Json:
        user = self.state.users.get(str(arguments.get("user")))
        if user is None:
            raise SlackError("user_not_found")
        with_locale = flag(arguments, "include_locale")
        shape = user.as_json(home_team_id=self.settings.team_id, at=self.state.clock(), with_locale=with_locale)
        return {"user": shape}

    def user_list(self, arguments: Json) -> Json:
        """The team's own people: all of them, unless a limit is given."""
        members = [
            user.as_json(
                home_team_id=self.settings.team_id,
                at=self.state.clock(),
                with_locale=flag(arguments, "include_locale"),
            )
            for user in self.state.users.values()
            if user.team_id == self.settings.team_id
        ]
        shown, metadata = page(members, arguments, limit_default=0)
        return {"members": shown, "cache_ts": int(self.state.clock()), "response_metadata": metadata}

    def open_conversation(self, arguments: Json) -> Json:
        """Direct messages with one person; groups of several people are not emulated."""
        if arguments.get("channel"):
            channel = self._visible(str(arguments["channel"]))
            return {"no_op": True, "already_open": True, "channel": {"id": channel.id}}
        users = arguments.get("users") or ""
        wanted = users if isinstance(users, list) else [part for part in str(users).split(",") if part]
        if not wanted:
            raise SlackError("users_list_not_supplied")
        if len(wanted) > 1:
            raise SlackError("method_not_supported_for_channel_type")
        if wanted[0] not in self.state.users:
            raise SlackError("user_not_found")
        if self.state.users[wanted[0]].is_deleted:
            raise SlackError("user_disabled")
        if self.state.users[wanted[0]].is_bot:
            raise SlackError("cannot_dm_bot")
        if self.settings.scopes.isdisjoint({"im:write"}):
            raise missing_scope(self.settings, ("im:write",))
        known = set(self.state.channels)
        channel = self.state.direct_channel(wanted[0])
        shape = channel.as_json(created=self.state.clock()) if flag(arguments, "return_im") else {"id": channel.id}
        answer: Json = {"channel": shape}
        if channel.id in known:
            answer |= {"no_op": True, "already_open": True}
        return answer

    def conversation_info(self, arguments: Json) -> Json:
        channel = self._readable(required_text(arguments, "channel"))
        shape = channel.as_json(created=self.state.clock())
        if not channel.is_direct:
            shape["is_member"] = self.settings.bot_user_id in channel.members
        return {"channel": shape}

    def conversation_members(self, arguments: Json) -> Json:
        channel = self._readable(required_text(arguments, "channel"))
        shown, metadata = page(list(channel.members), arguments, limit_default=limits.CONVERSATIONS_PAGE_DEFAULT)
        return {"members": shown, "response_metadata": metadata}

    def conversation_list(self, arguments: Json) -> Json:
        wanted = str(arguments.get("types") or "public_channel").split(",")
        unknown = [name for name in wanted if name not in _KIND_OF_TYPE]
        if unknown:
            raise SlackError("invalid_types")
        kinds = {_KIND_OF_TYPE[name] for name in wanted}
        needed = tuple(sorted(READ_SCOPE_OF_KIND[kind] for kind in kinds))
        if not self.settings.scopes.issuperset(needed):
            raise missing_scope(self.settings, needed)
        channels = [
            channel.as_json(created=self.state.clock())
            for channel in self.state.channels.values()
            if channel.kind in kinds and self._is_visible(channel)
        ]
        shown, metadata = page(channels, arguments, limit_default=limits.CONVERSATIONS_PAGE_DEFAULT)
        return {"channels": shown, "response_metadata": metadata}

    def _is_visible(self, channel: Channel) -> bool:
        return channel.kind == "channel" or self.settings.bot_user_id in channel.members

    def _visible(self, channel_id: str) -> Channel:
        channel = self.state.channels.get(channel_id)
        if channel is None or not self._is_visible(channel):
            raise SlackError("channel_not_found")
        return channel

    def _readable(self, channel_id: str) -> Channel:
        """A visible conversation whose kind the app's scopes let it look at."""
        channel = self._visible(channel_id)
        needed = READ_SCOPE_OF_KIND[channel.kind]
        if needed not in self.settings.scopes:
            raise missing_scope(self.settings, (needed,))
        return channel
