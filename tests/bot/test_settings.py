"""Settings: what is wrong is refused by name with an example, a typo is not ignored, and no secret is repeated."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.settings import Settings, SettingsError, load_or_create_secret_key, load_settings

TOKEN = "123456789:AAE-very-secret-token"


def load(folder: Path, **variables: str) -> Settings:
    return load_settings({f"EXPENSEFLOW_{name}": value for name, value in variables.items()}, folder)


def refusal(folder: Path, **variables: str) -> str:
    with pytest.raises(SettingsError) as refused:
        load(folder, **variables)
    assert str(refused.value) == "\n".join(refused.value.problems)
    assert all("\n" not in problem for problem in refused.value.problems)
    return str(refused.value)


def test_nothing_set_is_a_working_deployment(tmp_path: Path) -> None:
    settings = load_settings({"PATH": "/usr/bin", "UNRELATED": "1"}, tmp_path)
    assert settings.data_dir == Path("var").absolute()
    assert settings.database_url == f"sqlite:///{Path('var').absolute()}/expenseflow.db"
    assert settings.telegram_token is None
    assert settings.slack_bot_token is None
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert settings.slack_api_url == "https://slack.com/api/"
    assert (settings.http_host, settings.http_port, settings.log_level) == ("127.0.0.1", 8080, "INFO")


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://a:b@db/books", "postgresql+psycopg://a:b@db/books"),
        ("postgres://a:b@db:5433/books?sslmode=require", "postgresql+psycopg://a:b@db:5433/books?sslmode=require"),
        ("postgresql+psycopg:///books?host=/run/postgresql", "postgresql+psycopg:///books?host=/run/postgresql"),
        ("sqlite:////srv/books.db", "sqlite:////srv/books.db"),
    ],
)
def test_a_database_url_gets_its_driver(tmp_path: Path, given: str, used: str) -> None:
    assert load(tmp_path, DATABASE_URL=given).database_url == used


def test_a_full_deployment(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        DATA_DIR=str(tmp_path),
        TELEGRAM_TOKEN=TOKEN,
        TELEGRAM_API_URL="http://localhost:8081/",
        SLACK_BOT_TOKEN="xoxb-1-a",
        SLACK_APP_TOKEN="xapp-1-b",
        SLACK_API_URL="http://localhost:8082/api/",
        HTTP_HOST="0.0.0.0",  # noqa: S104 - nothing listens here
        HTTP_PORT="0",
        LOG_LEVEL="debug",
    )
    assert settings.telegram_token == SecretStr(TOKEN)
    assert settings.telegram_api_url == "http://localhost:8081"
    assert settings.database_url == f"sqlite:///{tmp_path}/expenseflow.db"
    assert (settings.http_port, settings.log_level) == (0, "DEBUG")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/webhooks/telegram",
        "https://example.org:8443/behind/a/proxy/webhooks/telegram",
        "http://localhost:8080/webhooks/telegram",
        "http://127.0.0.1:8080/webhooks/telegram",
        "http://[::1]:8080/webhooks/telegram",
    ],
)
def test_telegram_posts_to_a_public_address_or_on_this_machine(tmp_path: Path, url: str) -> None:
    assert load(tmp_path, TELEGRAM_WEBHOOK_URL=url).telegram_webhook_url == url


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("DATABASE_URL", "mysql://u:hidden@h/x", "must be a PostgreSQL database or an SQLite file. Example: "),
        ("DATABASE_URL", "hidden", "must be a PostgreSQL database or an SQLite file. Example: "),
        ("DATABASE_URL", "postgresql://u:hidden@h", "must be a PostgreSQL database or an SQLite file. Example: "),
        ("DATABASE_URL", "sqlite://", "must name an SQLite file after three slashes. Example: "),
        ("DATABASE_URL", "sqlite:///:memory:", "must name an SQLite file after three slashes. Example: "),
        ("DATA_DIR", "/a?b", "must not contain a question mark"),
        ("SECRET_KEY", "hidden", "needs at least 32 characters. Example: "),
        ("TELEGRAM_TOKEN", "hidden", "is not a bot token (digits, a colon, letters and digits). Example: "),
        ("TELEGRAM_TOKEN", "١٢:hidden", "is not a bot token"),
        ("TELEGRAM_API_URL", "localhost:8081", "must begin with https:// or http:// and name a host"),
        ("TELEGRAM_API_URL", "http://localhost:port", "must begin with https:// or http:// and name a host"),
        ("TELEGRAM_API_URL", "https://api.telegram.org/bot", "must stop before /bot"),
        ("TELEGRAM_WEBHOOK_URL", "https://example.org", "must end in /webhooks/telegram, and name no user. Example: "),
        (
            "TELEGRAM_WEBHOOK_URL",
            "https://hidden@a.org/webhooks/telegram",
            "must end in /webhooks/telegram, and name no",
        ),
        ("TELEGRAM_WEBHOOK_URL", "http://example.org/webhooks/telegram", "must begin with https:// (http:// only on"),
        ("TELEGRAM_WEBHOOK_URL", "https://a.org/webhooks/telegram?x=1", "must begin with https:// or http:// and name"),
        ("SLACK_SIGNING_SECRET", "hidden", "is not a signing secret (32 digits and letters from a to f). Example: "),
        ("SLACK_API_URL", "https://slack.com/", "must end in /api/. Example: "),
        ("HTTP_PORT", "70000", "must be less than or equal to 65535. Example: EXPENSEFLOW_HTTP_PORT=8080"),
        ("HTTP_PORT", "http", "must be a valid integer"),
        ("LOG_LEVEL", "loud", "must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_not_repeated(
    tmp_path: Path, variable: str, value: str, problem: str
) -> None:
    said = refusal(tmp_path, **{variable: value})
    assert f"EXPENSEFLOW_{variable}: {problem}" in said
    assert "hidden" not in said


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    said = refusal(tmp_path, HTTP_PORT="x", TELEGRAM_TOKEN="x", LOG_LEVEL="x", NONSENSE="x")
    assert [line.partition(":")[0].removeprefix("EXPENSEFLOW_") for line in said.splitlines()] == [
        "NONSENSE",
        "TELEGRAM_TOKEN",
        "HTTP_PORT",
        "LOG_LEVEL",
    ]


SLACK = {"SLACK_BOT_TOKEN": "xoxb-hidden", "SLACK_APP_TOKEN": "xapp-hidden", "SLACK_SIGNING_SECRET": "c0ffee00" * 4}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (("SLACK_BOT_TOKEN",), "SLACK_APP_TOKEN: is missing, or EXPENSEFLOW_SLACK_SIGNING_SECRET for HTTP"),
        (("SLACK_APP_TOKEN",), "SLACK_BOT_TOKEN: is missing, and EXPENSEFLOW_SLACK_APP_TOKEN is of no use"),
        (("SLACK_SIGNING_SECRET",), "SLACK_BOT_TOKEN: is missing, and EXPENSEFLOW_SLACK_SIGNING_SECRET is of no use"),
        (tuple(SLACK), "SLACK_APP_TOKEN: is set together with EXPENSEFLOW_SLACK_SIGNING_SECRET"),
    ],
)
def test_slack_needs_a_token_and_one_way_in(tmp_path: Path, given: tuple[str, ...], problem: str) -> None:
    said = refusal(tmp_path, **{name: SLACK[name] for name in given})
    assert f"EXPENSEFLOW_{problem}" in said
    assert "hidden" not in said
    assert "c0ffee" not in said


@pytest.mark.parametrize("way_in", ["SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"])
def test_slack_is_served_by_one_of_two_ways_in(tmp_path: Path, way_in: str) -> None:
    settings = load(tmp_path, **{name: SLACK[name] for name in ("SLACK_BOT_TOKEN", way_in)})
    assert [getattr(settings, name.lower()) is not None for name in SLACK] == [
        name in ("SLACK_BOT_TOKEN", way_in) for name in SLACK
    ]


def test_swapped_slack_tokens_are_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, SLACK_BOT_TOKEN="xapp-hidden", SLACK_APP_TOKEN="xoxb-hidden")
    assert "EXPENSEFLOW_SLACK_BOT_TOKEN: must begin with xoxb-" in said
    assert "EXPENSEFLOW_SLACK_APP_TOKEN: must begin with xapp-" in said
    assert "hidden" not in said


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("TELEGRAM_TOKN", "Did you mean EXPENSEFLOW_TELEGRAM_TOKEN?"),
        ("SLACK_APP_TOKEN_FIEL", "Did you mean EXPENSEFLOW_SLACK_APP_TOKEN_FILE?"),
        ("QQQQQQQQQQQQQQQQ", "The settings are listed in .env.example."),
    ],
)
def test_a_misspelt_variable_is_refused(tmp_path: Path, name: str, hint: str) -> None:
    assert refusal(tmp_path, **{name: "hidden"}) == f"EXPENSEFLOW_{name}: is not a setting. {hint}"


def test_a_variable_in_lower_case_is_refused_rather_than_ignored(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Did you mean EXPENSEFLOW_HTTP_PORT"):
        load_settings({"expenseflow_http_port": "1"}, tmp_path)


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    assert load(tmp_path, TELEGRAM_TOKEN="", SLACK_APP_TOKEN="", HTTP_PORT="").http_port == 8080


def test_a_value_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"\n  {TOKEN}\n", encoding="utf-8")
    assert load(tmp_path, TELEGRAM_TOKEN_FILE=str(file)).telegram_token == SecretStr(TOKEN)


def test_a_value_and_its_file_are_refused_together(tmp_path: Path) -> None:
    said = refusal(tmp_path, TELEGRAM_TOKEN=TOKEN, TELEGRAM_TOKEN_FILE="/run/secrets/token")
    assert said == (
        "EXPENSEFLOW_TELEGRAM_TOKEN_FILE: is set together with EXPENSEFLOW_TELEGRAM_TOKEN. Keep one of the two."
    )


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    said = refusal(tmp_path, TELEGRAM_TOKEN_FILE=str(tmp_path / "nothing"))
    assert said.startswith("EXPENSEFLOW_TELEGRAM_TOKEN_FILE: its file cannot be read (No such file or directory)")
    (tmp_path / "picture").write_bytes(b"\xff\xfe")
    assert "(it is not text)" in refusal(tmp_path, TELEGRAM_TOKEN_FILE=str(tmp_path / "picture"))


def test_a_wrong_value_in_a_file_is_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hidden", encoding="utf-8")
    assert "hidden" not in refusal(tmp_path, TELEGRAM_TOKEN_FILE=str(tmp_path / "token"))


def test_dotenv_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("9001", encoding="utf-8")
    (tmp_path / ".env").write_text(
        f"# ours\nEXPENSEFLOW_LOG_LEVEL=WARNING\nEXPENSEFLOW_HTTP_PORT_FILE={tmp_path / 'port'}\n"
        f"EXPENSEFLOW_SECRET_KEY='a $HOME {'x' * 32}'\nOTHER=1\nEXPENSEFLOW_TELEGRAM_TOKEN=\n",
        encoding="utf-8",
    )
    settings = load(tmp_path)
    assert (settings.log_level, settings.http_port) == ("WARNING", 9001)
    assert settings.secret_key == SecretStr(f"a $HOME {'x' * 32}")
    assert load(tmp_path, HTTP_PORT="9002").http_port == 9002
    (tmp_path / ".env").write_text("EXPENSEFLOW_HTTP_PROT=1\n", encoding="utf-8")
    assert "Did you mean EXPENSEFLOW_HTTP_PORT?" in refusal(tmp_path)


def test_the_process_is_read_when_nothing_is_handed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXPENSEFLOW_HTTP_PORT", "9003")
    assert load_settings().http_port == 9003
    assert Settings().http_port == 8080  # the class by itself reads nothing


def test_secrets_are_in_no_repr_and_known_to_the_log(tmp_path: Path) -> None:
    key = "k" * 40
    settings = load(
        tmp_path,
        DATABASE_URL="postgresql://u:p%40ssword-hidden@h/x",
        SECRET_KEY=key,
        TELEGRAM_TOKEN=TOKEN,
        SLACK_BOT_TOKEN="xoxb-hidden",
        SLACK_APP_TOKEN="xapp-hidden",
    )
    for shown in (repr(settings), str(settings)):
        assert "hidden" not in shown
        assert TOKEN not in shown
        assert key not in shown
    assert set(settings.secret_values()) == {
        key,
        TOKEN,
        "xoxb-hidden",
        "xapp-hidden",
        "p%40ssword-hidden",
        "p@ssword-hidden",
    }


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load(tmp_path).http_port = 1  # type: ignore[misc]


def test_a_given_secret_key_is_used_and_none_is_written(tmp_path: Path) -> None:
    settings = load(tmp_path, DATA_DIR=str(tmp_path / "data"), SECRET_KEY="s" * 32)
    assert load_or_create_secret_key(settings).get_secret_value() == "s" * 32
    assert not (tmp_path / "data").exists()


def test_the_secret_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = load(tmp_path, DATA_DIR=str(tmp_path / "data"))
    key = load_or_create_secret_key(settings)
    assert len(key.get_secret_value()) >= 32
    assert load_or_create_secret_key(settings) == key
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["secret_key"]
    other = load_or_create_secret_key(load(tmp_path, DATA_DIR=str(tmp_path / "other")))
    assert other != key


def test_processes_that_start_together_agree_on_the_secret_key(tmp_path: Path) -> None:
    settings = load(tmp_path, DATA_DIR=str(tmp_path / "data"))
    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(lambda _: load_or_create_secret_key(settings).get_secret_value(), range(64)))
    assert len(set(keys)) == 1
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["secret_key"]


def test_a_damaged_secret_key_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("short\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"EXPENSEFLOW_SECRET_KEY: is not set, and .* restore that file"):
        load_or_create_secret_key(load(tmp_path, DATA_DIR=str(tmp_path)))
    assert (tmp_path / "secret_key").read_text(encoding="utf-8") == "short\n"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"EXPENSEFLOW_DATA_DIR: cannot hold the secret key .* Example: "):
        load_or_create_secret_key(load(tmp_path, DATA_DIR=str(tmp_path / "file")))
