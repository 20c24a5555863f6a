"""Lists in pages, as the real clients turn them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from tests.fixtures.slack_emulator import SlackServer

Call = Callable[..., Awaitable[AsyncSlackResponse]]


async def pages_of(call: Call, key: str, limit: int, **arguments: Any) -> list[list[Any]]:
    """Everything that the SDK turns over until there is no next cursor."""
    return [page[key] async for page in await call(limit=limit, **arguments)]


async def test_lists_are_turned_page_by_page(slack_server: SlackServer) -> None:
    client = slack_server.client()
    whole = (await client.users_list())["members"]
    assert len(whole) > 2
    pages = await pages_of(client.users_list, "members", 2)
    assert {len(page) for page in pages[:-1]} == {2}
    assert [each["id"] for page in pages for each in page] == [each["id"] for each in whole]

    names = await pages_of(client.conversations_list, "channels", 1)
    assert [[each["name"] for each in page] for page in names] == [["expenses"], ["random"]]
    expenses = names[0][0]["id"]
    members = await pages_of(client.conversations_members, "members", 2, channel=expenses)
    assert [sorted(member for page in members for member in page)] == [["U0BOT", "UANN", "UBEN"]]
    assert len(members) == 2


@pytest.mark.parametrize(
    ("arguments", "error"),
    [({"cursor": "made-up"}, "invalid_cursor"), ({"limit": "many"}, "invalid_limit"), ({"limit": -1}, "invalid_limit")],
)
async def test_a_page_that_is_none_is_refused(slack_server: SlackServer, arguments: dict[str, Any], error: str) -> None:
    with pytest.raises(SlackApiError, match=error):
        await slack_server.client().conversations_list(**arguments)
