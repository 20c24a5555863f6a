"""Slack as the wiring connects it."""

from bot.connections import Identified
from bot.intake import Accepts
from bot.platform import Receiver, Refused
from bot.settings import Settings
from bot.slack.driver import SlackDriver
from bot.slack.http_mode import HttpMode
from bot.slack.transport import SlackSettingsError, Transport
from bot.translation import Catalogues


class SlackConnector:
    """One Slack app in one team."""

    def __init__(self, settings: Settings, accepts: Accepts, catalogues: Catalogues) -> None:
        """Take the tokens from the settings; nobody is called yet.

        `receiver`: what the web application hands on, where deliveries come over HTTP.
        """
        if settings.slack_bot_token is None:
            raise ValueError("Slack needs its bot token")
        http_mode = _http_mode(settings)
        self.receiver: Receiver | None = None if http_mode is None else http_mode.receive
        self._driver = SlackDriver(
            bot_token=settings.slack_bot_token.get_secret_value(),
            transport=http_mode or _socket_mode(settings),
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
        """Open the socket, or the door."""
        try:
            await self._driver.start(installation_id)
        except SlackSettingsError as error:
            raise Refused(str(error)) from error

    def trouble(self) -> str | None:
        """Return what is wrong with the intake, or None."""
        return self._driver.healthy()

    async def stop(self) -> None:
        """Take no more deliveries."""
        await self._driver.stop()

    async def close(self) -> None:
        """Close all connections."""
        await self._driver.close()


def _http_mode(settings: Settings) -> HttpMode | None:
    secret = settings.slack_signing_secret
    return None if secret is None else HttpMode(signing_secret=secret.get_secret_value())


def _socket_mode(settings: Settings) -> Transport:
    if settings.slack_app_token is None:
        raise ValueError("Slack needs an app-level token or a signing secret")
    from bot.slack.socket_mode import SocketMode  # the socket's client is of no use to whoever is posted to

    return SocketMode(app_token=settings.slack_app_token.get_secret_value(), api_url=settings.slack_api_url)
