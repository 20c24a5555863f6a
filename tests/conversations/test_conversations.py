"""Each transcript of this folder, on each platform: the real client libraries, the emulators, a store of its own.

One whose people are on several platforms is played once, on all of them together.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conversations.faces import Wrong
from tests.conversations.player import Player
from tests.conversations.transcript import TranscriptError, read
from tests.fixtures.clock import FakeClock
from tests.fixtures.service import PLATFORMS, running_service

HERE = Path(__file__).parent
TRANSCRIPTS = sorted(HERE.glob("*.md"))


def stages() -> Iterator[Any]:
    """Yield each transcript with the platforms that it is played on; a broken one is played, and fails there."""
    for path in TRANSCRIPTS:
        try:
            across = read(path).across
        except TranscriptError:
            across = False
        for platforms in [PLATFORMS] if across else [(platform,) for platform in PLATFORMS]:
            yield pytest.param(path, platforms, id=f"{path.stem}-{'-'.join(platforms)}")


@pytest.mark.parametrize(("path", "platforms"), list(stages()))
async def test_conversation(
    path: Path, platforms: tuple[str, ...], tmp_path: Path, migrated_sqlite_file: Path, clock: FakeClock
) -> None:
    problem = None
    try:
        transcript = read(path)
        async with running_service(tmp_path / "bot", migrated_sqlite_file, platforms, clock) as bot:
            await Player(transcript, platforms[0], bot, clock).play()
    except (Wrong, TranscriptError) as wrong:
        problem = str(wrong)
    if problem is not None:
        pytest.fail(problem, pytrace=False)
