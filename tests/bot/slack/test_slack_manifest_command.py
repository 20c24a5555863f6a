"""`expenseflow slack-manifest`, as an operator uses it."""

import json

import pytest
import yaml

from bot.slack.manifest import manifest
from bot.translation import default_catalogues
from handlers.catalogue import registry
from tests.fixtures.command_line import CommandLine

ADDRESS = "https://expenses.example.com"


def made(language: str = "en", request_url: str | None = None) -> object:
    return manifest(registry, default_catalogues().translator(language), request_url)


def test_both_formats_say_the_same(command_line: CommandLine) -> None:
    assert yaml.safe_load(command_line.answer("slack-manifest")) == made()
    assert json.loads(command_line.answer("slack-manifest", "--format", "json")) == made()


def test_its_letters_are_those_that_people_read(command_line: CommandLine) -> None:
    for output in ("yaml", "json"):
        answer = command_line.answer("slack-manifest", "--language", "de", "--format", output)
        assert "„Taxi 23,50 € gestern“" in " ".join(answer.split())


@pytest.mark.parametrize("given", [ADDRESS, f"{ADDRESS}/", f"{ADDRESS}/webhooks/slack"])
@pytest.mark.parametrize("transport", [(), ("--transport", "http")])
def test_an_address_means_http(command_line: CommandLine, given: str, transport: tuple[str, ...]) -> None:
    answer = command_line.answer("slack-manifest", "--url", given, *transport)
    assert yaml.safe_load(answer) == made(request_url=f"{ADDRESS}/webhooks/slack")


def test_a_proxy_may_put_something_before_the_path(command_line: CommandLine) -> None:
    answer = yaml.safe_load(command_line.answer("slack-manifest", "--url", f"{ADDRESS}/bot"))
    assert answer["settings"]["interactivity"]["request_url"] == f"{ADDRESS}/bot/webhooks/slack"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--transport", "http"), "--transport http: needs --url"),
        (("--transport", "socket", "--url", ADDRESS), "--url: is for HTTP"),
        (("--url", "http://expenses.example.com"), "--url: must begin with https://"),
        (("--url", "https://[x"), "--url: must begin with https://"),
        (("--url", "https://x:y"), "--url: must begin with https://"),
        (("--url", "https:///webhooks/slack"), "--url: must begin with https://"),
        (("--url", f"{ADDRESS}?a=b"), "--url: must begin with https://"),
        (("--url", f"{ADDRESS}/{'x' * 3_000}"), "--url: must begin with https://"),
        (("--language", "xx"), "--language: there is no xx; there are de, en"),
    ],
)
def test_what_cannot_be_is_said(command_line: CommandLine, arguments: tuple[str, ...], problem: str) -> None:
    (said,) = command_line.refusal("slack-manifest", *arguments)
    assert said.startswith(problem)
