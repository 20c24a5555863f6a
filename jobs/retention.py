"""Forgets what nobody needs any more."""

from core.conversations.retention import forget_old_deliveries
from core.store.database import Database
from core.store.unit_of_work import Actor


async def forget_old(database: Database) -> None:
    """Forget what people sent more than a month ago, once it has been handled."""
    async with database.write(Actor(platform="system", operation="retention")) as uow:
        await forget_old_deliveries(uow)
