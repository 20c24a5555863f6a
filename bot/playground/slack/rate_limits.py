"""How often an app may call each method, enforced where the settings say so.

Source of the tiers: the page of each method under https://docs.slack.dev/reference/methods; of what they mean:
https://docs.slack.dev/apis/web-api/rate-limits. Slack promises at least so many calls a minute, for each method of its
own, and is more generous in ways that it does not tell: whoever stays within these stays within Slack's.
"""

import math
from collections import defaultdict, deque

from bot.playground.slack.settings import SlackSettings
from bot.playground.state import Clock

CALLS_PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
"""By tier."""

TIERS = {
    "apps.connections.open": 1,
    "bots.info": 3,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.update": 3,
    "conversations.info": 3,
    "conversations.list": 2,
    "conversations.members": 4,
    "conversations.open": 3,
    "files.completeUploadExternal": 4,
    "files.getUploadURLExternal": 4,
    "files.info": 4,
    "reactions.add": 3,
    "team.info": 3,
    "users.info": 4,
    "users.list": 2,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}
WITHOUT_TIER = {
    "auth.test": "hundreds of calls a minute",
    "chat.postMessage": "one a second in each channel, and short bursts",
}
"""Methods of the special tier, and what their pages say; the first one's bound is out of any app's reach here."""

POSTS_BURST_MAX = 3
"""How many messages may come at once in a channel. "Short bursts": Slack gives no number."""
POST_INTERVAL_S = 1.0


class RateLimits:
    """Counts calls. A window slides; what was refused does not count."""

    def __init__(self, settings: SlackSettings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self._calls: dict[str, deque[float]] = defaultdict(deque)
        self._posts: dict[str, float] = defaultdict(float)
        """When each channel's messages of so far would have come, one a second."""

    def refusal(self, method: str, channel: str | None) -> int | None:
        """Count a call, and return None; or after how many whole seconds to come back, and count nothing."""
        if not self.settings.enforces_rate_limits:
            return None
        if method == "chat.postMessage":
            return self._refusal_of_post(channel or "")
        tier = TIERS.get(method)
        return None if tier is None else self._refusal_of_call(method, CALLS_PER_MINUTE[tier])

    def _refusal_of_call(self, method: str, most: int) -> int | None:
        now, calls = self.clock(), self._calls[method]
        while calls and calls[0] <= now - self.settings.rate_window_s:
            calls.popleft()
        if len(calls) < most:
            calls.append(now)
            return None
        return _whole(calls[0] + self.settings.rate_window_s - now)

    def _refusal_of_post(self, channel: str) -> int | None:
        now = self.clock()
        due = max(self._posts[channel], now - POSTS_BURST_MAX * POST_INTERVAL_S) + POST_INTERVAL_S
        if due <= now:
            self._posts[channel] = due
            return None
        return _whole(due - now)


def _whole(seconds: float) -> int:
    return max(1, math.ceil(seconds))
