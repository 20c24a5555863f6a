"""Telegram as the wiring connects it: platform and driver, and the menus that follow who people are."""

import asyncio

import structlog

from bot.connections import Identified
from bot.intake import Accepts
from bot.platform import PlatformError, Receiver, Refused
from bot.settings import Settings, load_or_create_secret_key
from bot.telegram.driver import TelegramDriver
from bot.telegram.menu import default_menus, menu_for_chat
from bot.telegram.platform import TelegramPlatform, TokenRefused
from bot.telegram.webhook import TelegramWebhook, webhook_secret
from bot.translation import Catalogues
from core.flows.meet import enter_current_workspace
from core.identity import queries
from core.identity.rules import Permission
from core.identity.service import MENU
from core.store.database import Database
from core.store.unit_of_work import Actor
from handlers.registry import registry

logger = structlog.get_logger()


class TelegramConnector:
    """One Telegram bot."""

    def __init__(self, settings: Settings, accepts: Accepts, database: Database, catalogues: Catalogues) -> None:
        """Take the token from the settings; nobody is called yet."""
        if settings.telegram_token is None:
            raise ValueError("no Telegram token is set")
        self.platform = TelegramPlatform(settings.telegram_token.get_secret_value(), settings.telegram_api_url)
        self._driver = self._made_driver(settings, accepts)
        self._database = database
        self._catalogues = catalogues
        self._installation_id = ""
        self._menus: set[asyncio.Task[None]] = set()
        database.listen(MENU, self._on_menu)

    def _made_driver(self, settings: Settings, accepts: Accepts) -> TelegramDriver | TelegramWebhook:
        if settings.telegram_webhook_url is None:
            return TelegramDriver(self.platform, accepts)
        secret = webhook_secret(load_or_create_secret_key(settings).get_secret_value())
        return TelegramWebhook(self.platform, accepts, url=settings.telegram_webhook_url, secret=secret)

    @property
    def receiver(self) -> Receiver | None:
        """Return what takes Telegram's posts; None where it is polled."""
        return self._driver.receive if isinstance(self._driver, TelegramWebhook) else None

    async def identify(self) -> Identified:
        """Ask Telegram who the bot is. After a quiet week its update ids may begin anew, at random: keys come again."""
        try:
            identity = await self.platform.identify()
        except TokenRefused as error:
            raise Refused(str(error)) from error
        return Identified(external_id=str(identity.id), name=identity.username, is_team=False, reuses_keys=True)

    async def start(self, installation_id: str) -> None:
        """Put the menus in place, and begin to poll or to be posted to."""
        self._installation_id = installation_id
        await self._driver.start(installation_id)
        self._spawn(self._default_menus())

    def trouble(self) -> str | None:
        """Return what is wrong with the intake, or None."""
        return self._driver.healthy()

    async def stop(self) -> None:
        """Take no more updates."""
        await self._driver.stop()
        for task in self._menus:
            task.cancel()
        await asyncio.gather(*self._menus, return_exceptions=True)

    async def close(self) -> None:
        """Close all connections."""
        await self.platform.close()

    def _on_menu(self, account_id: str) -> None:
        self._spawn(self._menu_of(account_id))

    def _spawn(self, menu: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.create_task(menu)
        self._menus.add(task)
        task.add_done_callback(self._menus.discard)

    async def _default_menus(self) -> None:
        try:
            for menu in default_menus(registry, self._catalogues):
                await self.platform.set_menu(menu)
        except PlatformError as error:
            # A menu is a convenience: commands work without it, and the next start puts it in place.
            logger.warning("the menus are not in place", why=str(error))

    async def _menu_of(self, account_id: str) -> None:
        """Show one person the commands of their role, in their language; to whom was removed, those of strangers."""
        async with self._database.read(Actor(platform="telegram", operation="menu")) as uow:
            account = await queries.account(uow, account_id)
            if account is None or account.installation_id != self._installation_id or account.channel is None:
                return
            member = await enter_current_workspace(uow, account)
        permissions = member.permissions if member else frozenset[Permission]()
        words = self._catalogues.translator(member.language if member else account.language)
        try:
            await self.platform.set_menu(menu_for_chat(registry, account.channel, permissions, words))
        except PlatformError as error:
            logger.warning("a person's menu is not in place", why=str(error))
