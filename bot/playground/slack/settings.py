"""What an operator of the emulated Slack decides: the team, the app and its tokens, scopes, and times."""

from dataclasses import dataclass, field

from bot.playground.slack import limits

DEFAULT_SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "im:history",
        "im:write",
        "mpim:history",
        "users:read",
    }
)

# The scope without which Slack does not let an app subscribe. Source: the page of each event under
# https://docs.slack.dev/reference/events. None: no scope is needed.
SCOPE_OF_EVENT: dict[str, str | None] = {
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "member_joined_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSettings:
    """Times are in seconds; tests make them small. Tokens are made up: they open nothing but this emulator."""

    bot_token: str = "xoxb-playground-bot"  # noqa: S105 - made up, as the docstring says
    app_token: str = "xapp-playground-app"  # noqa: S105 - made up
    signing_secret: str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"  # noqa: S105 - made up
    verification_token: str = "playground-verification"  # noqa: S105 - made up
    team_id: str = "T0PLAYGROUND"
    team_name: str = "Playground"
    team_domain: str = "playground"
    app_id: str = "A0PLAYGROUND"
    bot_user_id: str = "U0BOT"
    bot_id: str = "B0BOT"
    bot_name: str = "expenseflow"
    scopes: frozenset[str] = DEFAULT_SCOPES
    subscriptions: frozenset[str] | None = None
    """The events that the app asked for; None: every emulated one that its scopes allow."""
    commands: tuple[str, ...] = ("/expense",)
    commands_are_escaped: bool = True
    """`should_escape` of the app's manifest: people and channels arrive with their ids."""
    acknowledge_timeout_s: float = limits.ACKNOWLEDGE_TIMEOUT_S
    trigger_life_s: float = limits.TRIGGER_LIFE_S
    retry_delays_s: tuple[float, ...] = field(default=limits.EVENT_RETRY_DELAYS_S)
    ping_interval_s: float = 10.0
    enforces_rate_limits: bool = False
    """Whether calls beyond what Slack promises are refused; Slack itself is more generous, in ways that it does not tell."""
    rate_window_s: float = 60.0
    file_processing_s: float = 0.0
    """How long after its upload a picture cannot be shown in blocks. About a second in life:
    https://github.com/slackapi/python-slack-sdk/issues/1521"""

    def __post_init__(self) -> None:
        """Raises ValueError for a subscription that Slack would not accept with these scopes."""
        for event in self.subscriptions or ():
            if event not in SCOPE_OF_EVENT:
                raise ValueError(f"the event {event} is not emulated")
            scope = SCOPE_OF_EVENT[event]
            if scope is not None and scope not in self.scopes:
                raise ValueError(f"a subscription to {event} needs the scope {scope}")

    def is_subscribed(self, event: str) -> bool:
        """Whether the app gets this event, by its name in the app's configuration (such as "message.im")."""
        if self.subscriptions is not None:
            return event in self.subscriptions
        scope = SCOPE_OF_EVENT[event]
        return scope is None or scope in self.scopes
