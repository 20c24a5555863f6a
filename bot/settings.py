"""What a deployment may set, read once at the start and handed down. No other module reads the environment.

Every variable begins with EXPENSEFLOW_, and may be given as a file instead: EXPENSEFLOW_TELEGRAM_TOKEN_FILE names a
file whose content, without surrounding white space, is the value. A `.env` file in the current directory is read as
well; the environment wins over it. An empty variable counts as not set.
"""

import difflib
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override

PREFIX = "EXPENSEFLOW_"
FILE_SUFFIX = "_FILE"
SECRET_KEY_CHARACTERS_MIN = 32
SECRET_KEY_FILE_NAME = "secret_key"  # noqa: S105 - the name of a file, not a secret

_POSTGRESQL_SCHEMES = frozenset({"postgresql", "postgres", "postgresql+psycopg"})
_SQLITE_SCHEMES = frozenset({"sqlite"})


class SettingsError(Exception):
    """The settings cannot be used. `problems`: for each variable its name, what is wrong, an example; no secret."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _folder(value: Path) -> Path:
    if "?" in str(value):
        raise ValueError("must not contain a question mark, which ends the path in a database URL")
    return value.expanduser().absolute()


def _database_url(value: str | None, info: ValidationInfo) -> str:
    if value is None:
        folder = info.data.get("data_dir")
        if folder is None:
            raise ValueError("depends on DATA_DIR, which is wrong")
        return f"sqlite:///{folder / 'expenseflow.db'}"
    try:
        parts = urlsplit(value)
    except ValueError:
        raise ValueError("is not a URL") from None
    if parts.scheme in _POSTGRESQL_SCHEMES and len(parts.path) > 1:
        return "postgresql+psycopg" + value[len(parts.scheme) :]
    if parts.scheme in _SQLITE_SCHEMES:
        if parts.netloc or len(parts.path) <= 1 or parts.path == "/:memory:":
            raise ValueError("must name an SQLite file after three slashes")
        return value
    raise ValueError("must be a PostgreSQL database or an SQLite file")


def _http_base(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query and not parts.fragment
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("must begin with https:// or http:// and name a host, without a query")
    return value


def _telegram_api_url(value: str) -> str:
    base = _http_base(value).rstrip("/")
    if base.endswith("/bot"):
        raise ValueError("must stop before /bot, which is added with the token")
    return base


def webhook_path(platform: str) -> str:
    """Return the path at which a platform's webhook is served; what stands before it is the public address's business."""
    return f"/webhooks/{platform}"


def _telegram_webhook_url(value: str | None) -> str | None:
    if value is None:
        return None
    parts = urlsplit(_http_base(value))
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        raise ValueError("must begin with https:// (http:// only on this machine)")
    if parts.username is not None or not parts.path.endswith(webhook_path("telegram")):
        raise ValueError(f"must end in {webhook_path('telegram')}, and name no user")
    return value


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _slack_api_url(value: str) -> str:
    if not _http_base(value).endswith("/api/"):
        raise ValueError("must end in /api/")
    return value


def _matching(pattern: str, problem: str) -> AfterValidator:
    """A validator of secrets: the whole value matches `pattern`, or else `problem` is reported, without the value."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: SecretStr | None) -> SecretStr | None:
        if value is not None and not compiled.fullmatch(value.get_secret_value()):
            raise ValueError(problem)
        return value

    return AfterValidator(check)


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


class Settings(BaseSettings):
    """The settings of one process, checked. Made by `load_settings`; the fields' order is that of .env.example."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True
    )

    data_dir: Annotated[Path, AfterValidator(_folder)] = Field(
        Path("var"),
        description="The folder for what must be kept: the SQLite file, received files, the generated secret key.",
        examples=["/var/lib/expenseflow"],
    )
    database_url: Annotated[str, BeforeValidator(_database_url)] = Field(
        None,  # type: ignore[assignment]  # its validator makes the SQLite file's URL of it
        description="The database: PostgreSQL, or an SQLite file. Default: expenseflow.db in DATA_DIR.",
        examples=[
            "postgresql://expenseflow:password@localhost/expenseflow",
            "sqlite:////var/lib/expenseflow/expenseflow.db",
        ],
        repr=False,
    )
    secret_key: Annotated[
        SecretStr | None,
        _matching(
            rf"\S.{{{SECRET_KEY_CHARACTERS_MIN - 2},}}\S", f"needs at least {SECRET_KEY_CHARACTERS_MIN} characters"
        ),
    ] = Field(
        None,
        description="What signs and hashes. Default: made once, in DATA_DIR/secret_key. Replicas must share one.",
        examples=["the output of: openssl rand -hex 32"],
    )
    telegram_token: Annotated[
        SecretStr | None,
        _matching(r"[0-9]+:[A-Za-z0-9_-]+", "is not a bot token (digits, a colon, letters and digits)"),
    ] = Field(
        None,
        description="The bot's token, from @BotFather. Telegram is served when it is set.",
        examples=["123456789:AAE-example"],
    )
    telegram_api_url: Annotated[str, AfterValidator(_telegram_api_url)] = Field(
        "https://api.telegram.org",
        description="A self-hosted Bot API server: the part before /bot<token>/ and /file/bot<token>/.",
        examples=["http://localhost:8081"],
    )
    telegram_webhook_url: Annotated[str | None, AfterValidator(_telegram_webhook_url)] = Field(
        None,
        description="The public address of /webhooks/telegram on HTTP_PORT. Without it Telegram is polled.",
        examples=["https://expenses.example.com/webhooks/telegram"],
    )
    slack_bot_token: Annotated[SecretStr | None, _matching(r"xoxb-[A-Za-z0-9-]+", "must begin with xoxb-")] = Field(
        None,
        description="The Slack app's bot token. Slack is served when it is set, with one of the next two.",
        examples=["xoxb-example"],
    )
    slack_app_token: Annotated[SecretStr | None, _matching(r"xapp-[A-Za-z0-9-]+", "must begin with xapp-")] = Field(
        None,
        description="The Slack app's app-level token, with the scope connections:write: Socket Mode, no public address.",
        examples=["xapp-example"],
    )
    slack_signing_secret: Annotated[
        SecretStr | None,
        _matching(r"[0-9a-f]{32}", "is not a signing secret (32 digits and letters from a to f)"),
    ] = Field(
        None,
        description="The Slack app's signing secret, in place of SLACK_APP_TOKEN: Slack posts to /webhooks/slack over HTTPS.",
        examples=["0123456789abcdef0123456789abcdef"],
    )
    slack_api_url: Annotated[str, AfterValidator(_slack_api_url)] = Field(
        "https://slack.com/api/",
        description="Another Slack Web API. Ends in /api/.",
        examples=["http://localhost:8082/api/"],
    )
    http_host: str = Field(
        "127.0.0.1",
        min_length=1,
        description="The address to serve HTTP on: health, metrics, webhooks.",
        examples=["0.0.0.0"],  # noqa: S104 - shown
    )
    http_port: int = Field(
        8080, ge=0, le=65535, description="The port to serve HTTP on; 0 takes a free one.", examples=["8080"]
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = Field(
        "INFO", description="DEBUG, INFO, WARNING or ERROR; the log is JSON lines on standard error.", examples=["INFO"]
    )

    @model_validator(mode="after")
    def _slack_needs_a_token_and_one_way_in(self) -> "Settings":
        given = [name for name in ("slack_app_token", "slack_signing_secret") if getattr(self, name) is not None]
        if len(given) == 2:
            problem = (
                "is set together with EXPENSEFLOW_SLACK_SIGNING_SECRET. Keep it for Socket Mode, the other for HTTP"
            )
            raise ValueError(_line("slack_app_token", problem))
        if given and self.slack_bot_token is None:
            raise ValueError(
                _line("slack_bot_token", f"is missing, and {variable_of(given[0])} is of no use without it")
            )
        if self.slack_bot_token is not None and not given:
            problem = "is missing, or EXPENSEFLOW_SLACK_SIGNING_SECRET for HTTP: EXPENSEFLOW_SLACK_BOT_TOKEN needs one"
            raise ValueError(_line("slack_app_token", problem))
        return self

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is handed in and nothing else: `load_settings` gathers it, and knows files and misspelt names."""
        return (init_settings,)

    def secret_values(self) -> tuple[str, ...]:
        """Every secret that these settings hold, the database's password included: what a log must never show."""
        held = [value.get_secret_value() for _, value in self if isinstance(value, SecretStr)]
        password = urlsplit(self.database_url).password
        return (*held, password, unquote(password)) if password else tuple(held)


def variable_of(field: str) -> str:
    """The environment variable of a field of Settings."""
    return PREFIX + field.upper()


def load_settings(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Read the settings from `environment` (default: the process's) and from `folder`/.env (default: the current one).

    Raises SettingsError, naming every variable that is wrong, unknown, set twice, or whose file cannot be read.
    """
    given = _own(os.environ if environment is None else environment)
    kept = _own(dotenv_values((folder or Path()) / ".env", interpolate=False))
    # A variable and its file are one setting: whichever of the two the environment names, it replaces both of .env.
    overridden = {_setting_of(name) for name in given}
    merged = given | {name: value for name, value in kept.items() if _setting_of(name) not in overridden}

    values, problems = _read(merged)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError((*problems, *_explain(error))) from None
    if problems:
        raise SettingsError(tuple(problems))
    return settings


def environment_for(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program that is started with these settings alone, by field name.

    It is this process's, without any setting of it in any spelling.
    """
    others = {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}
    return others | {variable_of(field): value for field, value in settings.items()}


def load_or_create_secret_key(settings: Settings) -> SecretStr:
    """The secret key that is set, or else the one in DATA_DIR, which the first caller makes, with mode 0600.

    Raises SettingsError when the folder cannot be written, or the file holds no key.
    """
    found = kept_secret_key(settings)
    if found is not None:
        return found
    try:
        _create_once(settings.data_dir / SECRET_KEY_FILE_NAME, secrets.token_hex(SECRET_KEY_CHARACTERS_MIN))
    except OSError as error:
        path = settings.data_dir / SECRET_KEY_FILE_NAME
        raise SettingsError((_line("data_dir", f"cannot hold the secret key ({path}: {error.strerror})"),)) from None
    return load_or_create_secret_key(settings)


def kept_secret_key(settings: Settings) -> SecretStr | None:
    """The secret key that is set, or else the one in DATA_DIR; None where none was made yet.

    Raises SettingsError when the file cannot be read, or holds no key.
    """
    if settings.secret_key is not None:
        return settings.secret_key
    path = settings.data_dir / SECRET_KEY_FILE_NAME
    try:
        if not path.exists():
            return None
        key = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise SettingsError((_line("data_dir", f"cannot hold the secret key ({path}: {reason})"),)) from None
    if len(key) < SECRET_KEY_CHARACTERS_MIN:
        problem = f"is not set, and {path} holds no key of {SECRET_KEY_CHARACTERS_MIN} characters; restore that file"
        raise SettingsError((_line("secret_key", problem),))
    return SecretStr(key)


def _create_once(path: Path, content: str) -> None:
    """Write a file that only its owner reads. When two processes start at once, the first one's file stands."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, fails when the name is taken, and never shows a half-written key.
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        Path(temporary).unlink()


def _own(variables: Mapping[str, str | None]) -> dict[str, str]:
    """The variables that are meant for us and set, in whichever case they are written."""
    return {name: value for name, value in variables.items() if name.upper().startswith(PREFIX) and value}


def _setting_of(name: str) -> str:
    return name.removesuffix(FILE_SUFFIX)


def _read(variables: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The value of each field, its file read where one is named, and what is wrong with the names and the files."""
    values: dict[str, str] = {}
    problems: list[str] = []
    fields = {variable_of(field): field for field in Settings.model_fields}
    for name in sorted(variables):
        field = fields.get(_setting_of(name))
        if field is None:
            problems.append(_unknown(name, [*fields, *(variable + FILE_SUFFIX for variable in fields)]))
        elif name in fields:
            values[field] = variables[name].strip()
        elif _setting_of(name) in variables:
            problems.append(f"{name}: is set together with {_setting_of(name)}. Keep one of the two.")
        else:
            try:
                values[field] = Path(variables[name]).expanduser().read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or "it is not text"
                problems.append(f"{name}: its file cannot be read ({reason}). Example: {name}=/run/secrets/{field}")
    return values, problems


def _unknown(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name.upper(), known, n=1)
    hint = f"Did you mean {close[0]}?" if close else "The settings are listed in .env.example."
    return f"{name}: is not a setting. {hint}"


def _line(field: str, problem: str) -> str:
    examples = Settings.model_fields[field].examples
    example = f" Example: {variable_of(field)}={examples[0]}" if examples else ""
    return f"{variable_of(field)}: {problem}.{example}"


def _explain(error: ValidationError) -> list[str]:
    """A line for each error. What was given is never repeated: it may be a secret in the wrong variable."""
    lines = []
    for detail in error.errors(include_input=False, include_url=False):
        cause = detail.get("ctx", {}).get("error")
        problem = str(cause) if cause is not None else detail["msg"].replace("Input should", "must")
        field = str(detail["loc"][0]) if detail["loc"] else None
        lines.append(_line(field, problem) if field else problem)  # a rule over several fields writes its own line
    return lines
