"""kill -9 while receipts are read: each photo becomes one expense, and no worker outlives its bot."""

import asyncio
import io
import sys
import time
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from bot.playground.telegram.people import Person
from tests.faults.bot_process import KillableBot, Plan, killed_by_plan
from tests.faults.deployment import deploy
from tests.fixtures.databases import Template
from tests.fixtures.telegram_emulator import TOKEN, running_telegram

AMOUNTS = range(11, 21)
WAIT_S = 90.0
WORKERS_END_S_MAX = 10.0
LOOK_EVERY_S = 0.05
PLANS = (
    Plan(point="reading-before-download", hits=1),
    Plan(point="reading-before-worker", hits=1),
    Plan(point="reading-before-worker", hits=3),  # while the worker reads the second one
    Plan(point="reading-before-booking", hits=1),
    Plan(point="reading-before-commit", hits=1),
    Plan(point="reading-after-commit", hits=1),
    Plan(point="reading-before-commit", hits=2),
    Plan(point="reading-before-download", hits=3),  # while the worker reads the first two
)


def photo(amount: int) -> bytes:
    """Draw a small receipt as a JPEG."""
    picture = Image.new("RGB", (420, 260), "white")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=26)
    for row, line in enumerate(("CAFE CENTRAL", "11.03.2026 12:41", f"1 Menu {amount},00", f"SUMME EUR {amount},00")):
        draw.text((20, 20 + row * 56), line, fill="black", font=font)
    content = io.BytesIO()
    picture.save(content, "JPEG")
    return content.getvalue()


def programs_at_home_in(folder: Path) -> list[str]:
    """Return the command lines of the processes whose home is this folder: of a bot's workers, and of what they start."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
            if f"HOME={folder}".encode() in environment:
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # it has ended meanwhile, or is somebody else's
    return found


async def until_nobody_is_at_home_in(folder: Path) -> None:
    async with asyncio.timeout(WORKERS_END_S_MAX):
        while programs_at_home_in(folder):  # noqa: ASYNC110 - the end of a stranger's child sets no event
            await asyncio.sleep(LOOK_EVERY_S)


async def carded(person: Person, amount: int) -> None:
    await person.wait_for_message(lambda message: f"€{amount}.00" in message.text, timeout_s=WAIT_S)


async def test_each_photo_is_one_expense_and_no_worker_is_left(
    tmp_path: Path, template: Template, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    home = tmp_path / "home"
    home.mkdir()
    async with running_telegram() as server:
        environment = {
            "EXPENSEFLOW_TELEGRAM_TOKEN": TOKEN,
            "EXPENSEFLOW_TELEGRAM_API_URL": f"{server.url}/telegram",
            "HOME": str(home),
        }
        deployment = await deploy(tmp_path / "data", template, environment, employees=1)
        mia = server.telegram.add_person("Mia")
        bot = KillableBot(deployment.environment, deployment.folder)
        async with killed_by_plan(bot, PLANS):
            await mia.start(deployment.employee_codes[0])
            await mia.wait_for_message(lambda message: "Acme" in message.text, timeout_s=WAIT_S)
            for amount in AMOUNTS:
                await mia.send_photo(photo(amount))
            seen: set[str] = set()
            for amount in AMOUNTS:
                await carded(mia, amount)
                seen |= set(programs_at_home_in(home))
            await server.telegram.wait_idle(timeout_s=WAIT_S)
        assert any("jobs.worker_main" in program for program in seen), (
            "the workers were not looked for in the right place"
        )
        await until_nobody_is_at_home_in(home)

        books = deployment.books
        assert books.left_over() == []
        assert books.untraced() == []
        amounts = books.rows("SELECT amount_minor, state FROM expenses ORDER BY amount_minor")
        assert amounts == [{"amount_minor": amount * 100, "state": "draft"} for amount in AMOUNTS]
        receipts = books.rows("SELECT state, expense_id, file_id FROM receipts")
        assert {row["state"] for row in receipts} == {"read"}
        assert len({row["expense_id"] for row in receipts}) == len(AMOUNTS)
        assert len({row["file_id"] for row in receipts}) == len(AMOUNTS)

        shown = [message.text for message in mia.messages() if message.from_bot]
        in_flight = sum(killed.sending for killed in bot.killed)
        assert sum("Reading your receipt" in text for text in shown) <= in_flight, "somebody waits for ever"
        assert len(shown) <= 1 + len(AMOUNTS) + in_flight
        with capsys.disabled():
            sys.stdout.write(
                f"\n{len(AMOUNTS)} photos, {len(bot.killed)} kills in {time.monotonic() - started:.0f} s:"
                f" {dict(bot.hits())}; {in_flight} messages in flight at the kills\n"
            )
