"""Each transcript of this folder, on each platform: the real client libraries, the emulators, a store of its own."""

from pathlib import Path

import pytest

from tests.conversations.faces import Wrong
from tests.conversations.player import Player
from tests.conversations.transcript import TranscriptError, read
from tests.fixtures.clock import FakeClock
from tests.fixtures.service import PLATFORMS, running_service

HERE = Path(__file__).parent
TRANSCRIPTS = sorted(HERE.glob("*.md"))


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("path", TRANSCRIPTS, ids=[path.stem for path in TRANSCRIPTS])
async def test_conversation(
    path: Path, platform: str, tmp_path: Path, migrated_sqlite_file: Path, clock: FakeClock
) -> None:
    problem = None
    try:
        transcript = read(path)
        async with running_service(tmp_path / "bot", migrated_sqlite_file, (platform,), clock) as bot:
            await Player(transcript, platform, bot, clock).play()
    except (Wrong, TranscriptError) as wrong:
        problem = str(wrong)
    if problem is not None:
        pytest.fail(problem, pytrace=False)
