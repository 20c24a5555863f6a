"""What the reading of receipts needs of the platforms: contents fetched, and the sign that something is being done."""

import asyncio

from bot.platform import Destination, Platform, PlatformError, Refused
from core.identity import queries as identity
from core.identity.rules import Account
from core.receipts.source import ContentGone, ContentLater
from core.store.database import Database
from core.store.unit_of_work import Actor
from handlers.events import IncomingFile

SERVED_WITHIN_S = 5.0
"""How long a content waits for its platform to be served, in seconds: at a start, jobs begin before platforms are up."""


class PlatformFiles:
    """AttachmentSource and Activity over the platforms that are served."""

    def __init__(self, database: Database, served_within_s: float = SERVED_WITHIN_S) -> None:
        """Take the store, where accounts are found."""
        self._database = database
        self._served_within_s = served_within_s
        self._platforms: dict[str, Platform] = {}
        self._came_up = asyncio.Event()

    def serve(self, installation_id: str, platform: Platform) -> None:
        """Know which platform speaks for an installation."""
        self._platforms[installation_id] = platform
        self._came_up.set()
        self._came_up = asyncio.Event()

    async def fetch(self, account_id: str, reference: dict[str, str], size_bytes_max: int) -> bytes:
        """Return a content. Raises ContentGone, ContentLater."""
        account = await self._account(account_id)
        platform = None if account is None else await self._served(account.installation_id)
        if platform is None:
            raise ContentLater("its platform is not served now")
        file = IncomingFile(name="", media_type=None, size_bytes=None, reference=reference)
        try:
            return await platform.download(file, size_bytes_max)
        except Refused as refused:
            raise ContentGone(str(refused)) from refused
        except PlatformError as later:
            raise ContentLater(str(later)) from later

    async def _served(self, installation_id: str) -> Platform | None:
        """Return who speaks for an installation, as soon as somebody does; None where that takes too long."""
        try:
            async with asyncio.timeout(self._served_within_s):
                while installation_id not in self._platforms:
                    await self._came_up.wait()
        except TimeoutError:
            return None
        return self._platforms[installation_id]

    async def show(self, account_id: str) -> None:
        """Show a typing sign, where the platform has one."""
        account = await self._account(account_id)
        platform = None if account is None else self._platforms.get(account.installation_id)
        if account is not None and platform is not None:
            await platform.show_activity(Destination(channel=account.channel, user=account.user))

    async def _account(self, account_id: str) -> Account | None:
        async with self._database.read(Actor(platform="system", operation="files")) as uow:
            return await identity.account(uow, account_id)
