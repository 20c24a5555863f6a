"""Slack as the wiring connects it."""

from bot.connections import Identified
from bot.intake import Accepts
from bot.platform import Refused
from bot.settings import Settings
from bot.slack.driver import SlackDriver, SlackSettingsError
from bot.translation import Catalogues


class SlackConnector:
    """One Slack app in one team."""

    def __init__(self, settings: Settings, accepts: Accepts, catalogues: Catalogues) -> None:
        """Take the tokens from the settings; nobody is called yet."""
        if settings.slack_bot_token is None or settings.slack_app_token is None:
            raise ValueError("Slack needs both its tokens")
        self._driver = SlackDriver(
            bot_token=settings.slack_bot_token.get_secret_value(),
            app_token=settings.slack_app_token.get_secret_value(),
            api_url=settings.slack_api_url,
            accepts=accepts,
            catalogues=catalogues,
        )
        self.platform = self._driver.platform

    async def identify(self) -> Identified:
        """Ask Slack whose token it is."""
        try:
            identity = await self._driver.identify()
        except SlackSettingsError as error:
            raise Refused(str(error)) from error
        return Identified(
            external_id=identity.enterprise_id or identity.team_id,
            name=identity.team_name,
            is_team=True,
            reuses_keys=False,
        )

    async def start(self, installation_id: str) -> None:
        """Open the socket."""
        try:
            await self._driver.start(installation_id)
        except SlackSettingsError as error:
            raise Refused(str(error)) from error

    def trouble(self) -> str | None:
        """Return what is wrong with the socket, or None."""
        return self._driver.healthy()

    async def stop(self) -> None:
        """Take no more deliveries."""
        await self._driver.stop()

    async def close(self) -> None:
        """Close all connections."""
        await self._driver.close()
