"""Each transcript of this folder, on each platform: the real client libraries, the emulators, a store of its own.

One whose people are on several platforms is played once, on all of them together.
"""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.work import LateReader
from tests.conversations.faces import Wrong
from tests.conversations.papers import ToldReader
from tests.conversations.player import Player
from tests.conversations.transcript import Transcript, TranscriptError, read
from tests.fixtures.clock import FakeClock
from tests.fixtures.databases import Template
from tests.fixtures.readers import HeldReader
from tests.fixtures.service import PLATFORMS, running_service

HERE = Path(__file__).parent
TRANSCRIPTS = sorted(HERE.glob("*.md"))


def stages() -> Iterator[Any]:
    """Yield each transcript with the platforms that it is played on; a broken one is played, and fails there."""
    for path in TRANSCRIPTS:
        try:
            across = read(path).head.across
        except TranscriptError:
            across = False
        for platforms in [PLATFORMS] if across else [(platform,) for platform in PLATFORMS]:
            yield pytest.param(path, platforms, id=f"{path.stem}-{'-'.join(platforms)}")


@asynccontextmanager
async def reader_of(transcript: Transcript) -> AsyncIterator[HeldReader]:
    """Yield who reads the receipts: Tesseract in worker processes, or what the transcript says of them."""
    late = LateReader()
    try:
        yield HeldReader(late if transcript.head.tesseract else ToldReader(transcript.head.papers))
    finally:
        await late.close()


@pytest.mark.parametrize(("path", "platforms"), list(stages()))
async def test_conversation(
    path: Path, platforms: tuple[str, ...], tmp_path: Path, template: Template, clock: FakeClock
) -> None:
    problem = None
    try:
        transcript = read(path)
        if transcript.head.tesseract and shutil.which("tesseract") is None:
            pytest.skip("needs Tesseract (scripts/system_packages.sh installs it)")
        async with (
            reader_of(transcript) as reader,
            running_service(tmp_path / "bot", template, platforms, clock, reader=reader) as bot,
        ):
            await Player(transcript, platforms[0], bot, clock).play()
    except (Wrong, TranscriptError) as wrong:
        problem = str(wrong)
    if problem is not None:
        pytest.fail(problem, pytrace=False)
