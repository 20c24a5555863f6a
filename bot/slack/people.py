"""Slack's user objects -> who somebody is. Pure. Source: https://docs.slack.dev/reference/objects/user-object"""

from collections.abc import Mapping
from typing import Any

from bot.platform import AccountKind, Profile
from bot.slack.incoming import Home

SLACKBOT = "USLACKBOT"  # Slack's own bot, whose user object does not say is_bot


def profile_of(user: Mapping[str, Any], home: Home) -> Profile:
    """Return a person's profile. Only full members of the installed team, or of its enterprise, are TEAM_MEMBER."""
    details = user.get("profile") or {}
    names = (details.get("real_name"), user.get("real_name"), details.get("display_name"), user.get("name"))
    return Profile(
        name=next((name for name in names if name), user["id"]),
        kind=AccountKind.TEAM_MEMBER if _is_full_member(user, home) else AccountKind.OUTSIDER,
        language=user.get("locale"),
        time_zone=user.get("tz"),
    )


def unknown_person(user_id: str) -> Profile:
    """Return the profile of somebody whom Slack does not tell us about: people of other teams, deleted ones."""
    return Profile(name=user_id, kind=AccountKind.OUTSIDER)


def _is_full_member(user: Mapping[str, Any], home: Home) -> bool:
    marks = ("deleted", "is_bot", "is_app_user", "is_restricted", "is_ultra_restricted", "is_stranger")
    if user["id"] == SLACKBOT or any(user.get(mark) for mark in marks):
        return False
    enterprise_id = (user.get("enterprise_user") or {}).get("enterprise_id")
    same_enterprise = home.enterprise_id is not None and enterprise_id == home.enterprise_id
    return same_enterprise or user.get("team_id") == home.team_id
