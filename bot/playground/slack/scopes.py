"""Which token and which scope each Web API method needs.

Source: the page of each method under https://docs.slack.dev/reference/methods. Where a method works on several kinds of
conversation, any one of the scopes lets the call in; the method itself then looks at the kind.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodRule:
    """`scopes`: any of these; empty: none is needed. `takes_json`: whether the method reads a JSON body."""

    scopes: tuple[str, ...] = ()
    app_level: bool = False
    takes_json: bool = True


METHOD_RULES: dict[str, MethodRule] = {
    "apps.connections.open": MethodRule(scopes=("connections:write",), app_level=True),
    "auth.test": MethodRule(),
    "bots.info": MethodRule(scopes=("users:read",), takes_json=False),
    "chat.delete": MethodRule(scopes=("chat:write",)),
    "chat.postEphemeral": MethodRule(scopes=("chat:write",)),
    "chat.postMessage": MethodRule(scopes=("chat:write",)),
    "chat.update": MethodRule(scopes=("chat:write",)),
    "conversations.info": MethodRule(scopes=("channels:read", "groups:read", "im:read", "mpim:read"), takes_json=False),
    "conversations.list": MethodRule(scopes=("channels:read", "groups:read", "im:read", "mpim:read"), takes_json=False),
    "conversations.members": MethodRule(
        scopes=("channels:read", "groups:read", "im:read", "mpim:read"), takes_json=False
    ),
    "conversations.open": MethodRule(scopes=("channels:manage", "groups:write", "im:write", "mpim:write")),
    "files.completeUploadExternal": MethodRule(scopes=("files:write",)),
    "files.getUploadURLExternal": MethodRule(scopes=("files:write",), takes_json=False),
    "files.info": MethodRule(scopes=("files:read",), takes_json=False),
    "reactions.add": MethodRule(scopes=("reactions:write",)),
    "team.info": MethodRule(scopes=("team:read",), takes_json=False),
    "users.info": MethodRule(scopes=("users:read",), takes_json=False),
    "users.list": MethodRule(scopes=("users:read",), takes_json=False),
    "views.open": MethodRule(),
    "views.publish": MethodRule(),
    "views.push": MethodRule(),
    "views.update": MethodRule(),
}

READ_SCOPE_OF_KIND = {"channel": "channels:read", "group": "groups:read", "im": "im:read"}
