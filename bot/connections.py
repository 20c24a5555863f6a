"""Connections: each platform whose tokens are set is brought up, kept up, and taken down; one that is away holds up no other."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from bot.platform import Platform, PlatformError, Refused
from core.store.database import Database
from core.store.unit_of_work import Actor
from core.tenancy.service import ensure_installation

RETRY_S = 5.0

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """Who the bot is on a platform: the id that makes the installation unique, and its name.

    `is_team`: all its people belong to one company. `reuses_keys`: old events' keys may come again for new ones.
    """

    external_id: str
    name: str
    is_team: bool
    reuses_keys: bool


class Connector(Protocol):
    """One platform as the wiring hands it over: who it is, how it is started, stopped and asked how it feels."""

    @property
    def platform(self) -> Platform:
        """Return what sends."""
        ...

    async def identify(self) -> Identified:
        """Ask the platform who the bot is. Raises PlatformError."""
        ...

    async def start(self, installation_id: str) -> None:
        """Begin to take deliveries. Raises PlatformError."""
        ...

    def trouble(self) -> str | None:
        """Return what is wrong with the intake, or None."""
        ...

    async def stop(self) -> None:
        """Take no more deliveries; sending goes on."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class Connection:
    """Brings one connector up, trying again while the platform is away."""

    def __init__(
        self, connector: Connector, database: Database, serve: Callable[[str, Platform], Awaitable[None]]
    ) -> None:
        """Take the connector, and what is to know of its platform once the installation is known.

        `refused` is set to a sentence when the platform refuses the token for good.
        """
        self._connector = connector
        self._database = database
        self._serve = serve
        self._task: asyncio.Task[None] | None = None
        self._up = False
        self._trouble: str | None = f"{connector.platform.name}: not connected yet"
        self.refused: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def bring_up(self) -> None:
        """Start to bring it up, in a task of its own."""
        self._task = asyncio.create_task(self._try_until_up(), name=f"connect:{self._connector.platform.name}")

    async def trouble(self) -> str | None:
        """Return what is wrong, or None when deliveries come in."""
        return self._connector.trouble() if self._up else self._trouble

    async def stop(self) -> None:
        """Take no more deliveries, also where the platform was only half up: whatever was opened is closed."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._connector.stop()

    async def close(self) -> None:
        """Close all connections, when nothing is sent any more."""
        await self._connector.close()

    async def _try_until_up(self) -> None:
        name = self._connector.platform.name
        while True:
            try:
                identified = await self._connector.identify()
                async with self._database.write(Actor(platform="system", operation="connect")) as uow:
                    installation = await ensure_installation(
                        uow,
                        platform=name,
                        external_id=identified.external_id,
                        name=identified.name,
                        is_team=identified.is_team,
                        reuses_keys=identified.reuses_keys,
                    )
                await self._serve(installation.id, self._connector.platform)
                await self._connector.start(installation.id)
            except Refused as refused:
                self._trouble = f"{name}: {refused}"
                self.refused.set_result(str(refused))
                return
            except PlatformError as away:
                self._trouble = f"{name}: {away}"
                logger.warning("a platform is not up", platform=name, why=str(away), again_in_s=RETRY_S)
                await asyncio.sleep(RETRY_S)
            except Exception as fault:
                # The store is away, most likely; nobody waits for this task, so that what it meets must be said here.
                self._trouble = f"{name}: it could not be connected ({type(fault).__name__})"
                logger.exception("a platform is not up", platform=name, again_in_s=RETRY_S)
                await asyncio.sleep(RETRY_S)
            else:
                self._up = True
                logger.info("a platform is up", platform=name, name=identified.name)
                return
