"""The emulated Slack as a whole: one team, one app, and everybody in it."""

import asyncio
import time

from aiohttp import web

from bot.playground.slack.api import WebApi
from bot.playground.slack.api_chat import ChatMethods
from bot.playground.slack.api_files import FileMethods
from bot.playground.slack.api_info import InfoMethods
from bot.playground.slack.api_views import ViewMethods
from bot.playground.slack.chat import Chat
from bot.playground.slack.deliveries import Deliveries
from bot.playground.slack.errors import ControlError
from bot.playground.slack.events import EventFeed
from bot.playground.slack.interactions import Interactions
from bot.playground.slack.people import Person
from bot.playground.slack.rate_limits import RateLimits
from bot.playground.slack.request_url import RequestUrl
from bot.playground.slack.responses import ResponseUrls
from bot.playground.slack.settings import SlackSettings
from bot.playground.slack.socket import SocketHub
from bot.playground.slack.state import Channel, ChannelKind, SlackState, User
from bot.playground.slack.views import OpenView, Views
from bot.playground.state import Bus, Clock, Json, Misbehaviour
from bot.playground.wire import WireLog


class SlackEmulator:
    """Holds every part together. Everything happens in one event loop."""

    def __init__(
        self,
        settings: SlackSettings | None = None,
        *,
        wire: WireLog | None = None,
        bus: Bus | None = None,
        misbehaviour: Misbehaviour | None = None,
        clock: Clock = time.time,
    ) -> None:
        self.settings = settings or SlackSettings()
        self.clock = clock
        self.wire = wire or WireLog(clock=clock)
        self.bus = bus or Bus()
        self.misbehaviour = misbehaviour or Misbehaviour()
        self.state = SlackState(self.settings, clock=clock)
        self.hub = SocketHub(self.settings, wire=self.wire, bus=self.bus, clock=clock)
        self.request_url = RequestUrl(self.settings, wire=self.wire, bus=self.bus, clock=clock)
        self.deliveries = Deliveries(
            self.settings, self.hub, wire=self.wire, bus=self.bus, misbehaviour=self.misbehaviour, clock=clock
        )
        self.feed = EventFeed(self.settings, self.state, self.deliveries)
        self.chat = Chat(self.settings, self.state, self.feed, self.bus)
        self.views = Views(self.settings, self.state, self.chat, self.bus, self.misbehaviour)
        self.urls = ResponseUrls(self.state, self.chat, self.wire)
        self.interactions = Interactions(self.settings, self.state, self.deliveries, self.chat, self.views, self.urls)
        self.files = FileMethods(self.settings, self.state, self.chat, self.wire, self.misbehaviour)
        self.api = WebApi(
            self.settings,
            self.state,
            wire=self.wire,
            misbehaviour=self.misbehaviour,
            methods={
                **ChatMethods(self.settings, self.state, self.chat).table(),
                **InfoMethods(self.settings, self.state, self.hub).table(),
                **ViewMethods(self.state, self.views).table(),
                **self.files.table(),
            },
            activity=self.deliveries.activity,
            rate_limits=RateLimits(self.settings, clock),
        )
        self.chosen: dict[tuple[str, str, str], dict[str, dict[str, Json]]] = {}
        """What people have chosen in messages: by person, channel and message, then block_id and action_id."""
        self._unsent: list[Json] = []
        for token in (self.settings.bot_token, self.settings.app_token, self.settings.signing_secret):
            self.wire.add_secret(token)

    # --- people and channels ---

    def add_person(
        self,
        user_id: str,
        name: str,
        real_name: str,
        *,
        team_id: str | None = None,
        locale: str = "en-US",
        timezone: str = "Europe/Berlin",
        is_guest: bool = False,
        is_admin: bool = False,
        is_bot: bool = False,
    ) -> Person:
        """A new user. One of another team (`team_id`) is a stranger. Raises ValueError when the id is taken."""
        self.state.add_user(
            User(
                id=user_id,
                name=name,
                real_name=real_name,
                team_id=team_id or self.settings.team_id,
                locale=locale,
                timezone=timezone,
                is_guest=is_guest,
                is_admin=is_admin,
                is_bot=is_bot,
            )
        )
        return Person(self, user_id)

    def person(self, user_id: str) -> Person:
        """Raises ControlError when there is nobody with this id."""
        if user_id not in self.state.users:
            raise ControlError(f"There is nobody with the id {user_id}.")
        return Person(self, user_id)

    def people(self) -> list[Person]:
        """Everybody but the bots."""
        return [Person(self, user.id) for user in self.state.users.values() if not user.is_bot]

    def add_channel(
        self, name: str, *, members: list[str], kind: ChannelKind = "channel", with_bot: bool = True
    ) -> Channel:
        """A new channel of these people, and of the bot unless it stays out."""
        bot = [self.settings.bot_user_id] if with_bot else []
        channel = self.state.add_channel(name, kind=kind, members=[*members, *bot])
        self.bus.changed("slack", channel.id, "channel")
        return channel

    def add_member(self, channel: Channel, user_id: str, *, inviter: str | None) -> None:
        """Somebody, or the bot, joins or is invited."""
        if user_id not in channel.members:
            channel.members.append(user_id)
            self.bus.changed("slack", channel.id, "member", user=user_id)
            self.feed.member_joined(channel, user_id, inviter=inviter)

    def deactivate(self, user_id: str) -> None:
        """Somebody leaves the team for good."""
        self.person(user_id).user.is_deleted = True
        self.bus.changed("slack", None, "person", user=user_id)

    # --- time and faults ---

    def now_ts(self) -> str:
        return f"{self.clock():.6f}"

    async def retry_now(self) -> None:
        """Every event that waits for its next retry goes out at once."""
        await self.deliveries.retry_now()

    async def wait_idle(self, *, quiet_s: float = 0.3, timeout_s: float = 10.0) -> None:
        """Until nothing is under way to the app, no call of it is in flight, and nothing has happened for `quiet_s`.

        An app may acknowledge long before it has finished: wait for a message where one is expected. What was given
        up counts as done. Raises TimeoutError.
        """
        async with asyncio.timeout(timeout_s):
            with self.deliveries.activity.subscribe() as news:
                while True:
                    if self.deliveries.pending or self.api.calls_in_flight:
                        await anext(news)
                        continue
                    try:
                        async with asyncio.timeout(quiet_s):
                            await anext(news)
                    except TimeoutError:
                        return

    async def wait_connected(self, *, timeout_s: float = 5.0) -> None:
        """Until the app can be reached: it has a socket, or listens at its address. Raises TimeoutError."""
        await self.deliveries.transport.wait_connected(timeout_s=timeout_s)

    # --- transports ---

    async def use_http(self, url: str, *, is_known: bool = False) -> None:
        """The app's operator turns Socket Mode off, and gives an address. Raises ControlError.

        The address is verified, and nothing changes where that fails. `is_known`: it was verified before.
        """
        if is_known:
            self.request_url.set(url)
        else:
            await self.request_url.verify(url)
        self.deliveries.transport = self.request_url
        await self.hub.turn_off()

    def use_socket(self) -> None:
        """The app's operator turns Socket Mode on."""
        self.hub.is_on = True
        self.deliveries.transport = self.hub

    def cut(self) -> None:
        """The network fails under everything that is under way to the app."""
        self.hub.cut()
        self.request_url.cut()

    # --- life ---

    async def start(self) -> None:
        """Delivers again what a snapshot held back as unacknowledged."""
        unsent, self._unsent = self._unsent, []
        for event in unsent:
            self.deliveries.deliver_event(
                event["name"], event["payload"], chat=event["chat"], attempts_made=event["attempts_made"]
            )

    async def close(self) -> None:
        """Ends every connection and delivery at once."""
        await self.deliveries.close()
        await asyncio.gather(self.hub.close(), self.request_url.close())

    def snapshot(self) -> Json:
        """The state, the open forms and the unacknowledged events, as JSON."""
        return {
            "state": self.state.snapshot(),
            "unsettled_events": self.deliveries.unsettled_events() + self._unsent,
            "stacks": {
                user_id: [{"view": each.view, "values": each.values} for each in stack]
                for user_id, stack in self.views.stacks.items()
            },
        }

    def restore(self, snapshot: Json) -> None:
        """Takes the place of the present state. Raises ValueError for an unknown version."""
        self.state.restore(snapshot["state"])
        self._unsent = list(snapshot["unsettled_events"])
        self.views.stacks = {
            user_id: [OpenView(view=each["view"], values=each["values"]) for each in stack]
            for user_id, stack in snapshot["stacks"].items()
        }


def add_routes(app: web.Application, slack: SlackEmulator) -> None:
    """Everything under /slack, and the emulator's start and end with the application's."""
    app.router.add_route("*", "/slack/api/{method}", slack.api.serve)
    app.router.add_get("/slack/socket/{ticket}", slack.hub.serve)
    app.router.add_post("/slack/response/{id}", slack.urls.serve)
    app.router.add_post("/slack/upload/{id}", slack.files.serve_upload)
    app.router.add_get("/slack/files/{id}/{name}", slack.files.serve_download)

    async def start(_app: web.Application) -> None:
        await slack.start()

    async def stop(_app: web.Application) -> None:
        await slack.close()

    app.on_startup.append(start)
    app.on_shutdown.append(stop)
