"""Worker subprocesses: served in turn, killed as a whole group, replaced by the next."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from core.kernel.guards import SlowWorkInTransactionError, write_transaction_marked
from jobs.worker_frames import FRAME_BYTES_MAX, MalformedFrameError
from jobs.workers import MEBIBYTE, KilledFor, PoolClosedError, WorkerFault, WorkerKilled, WorkerKind, WorkerPool

ROOT = Path(__file__).resolve().parent.parent.parent
ANSWERING = WorkerKind(name="tests", entry_point="tests.jobs.worker_kinds:answering", setup={"words": ["a", "ß"]})
PATIENCE_S = 30

Pools = Callable[..., WorkerPool]


def obeying(**bounds: float) -> WorkerKind:
    return WorkerKind(name="tests", entry_point="tests.jobs.worker_kinds:obeying", **bounds)  # type: ignore[arg-type]


@pytest.fixture
async def pools() -> AsyncIterator[Pools]:
    """Make pools, and close them."""
    made: list[WorkerPool] = []

    def make(kind: WorkerKind, size: int = 1) -> WorkerPool:
        made.append(WorkerPool(kind, size))
        return made[-1]

    yield make
    for pool in made:
        await pool.close()


def is_running(pid: int) -> bool:
    """Whether a process does anything still: a dead one may wait to be reaped by the machine's init."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def gone(*pids: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while any(map(is_running, pids)):  # noqa: ASYNC110 - the end of another's child is no event here
            await asyncio.sleep(0.01)


async def told_through(pipe: Path) -> list[int]:
    """The numbers that a worker writes into a named pipe when it is in the middle of its work."""
    text = await asyncio.to_thread(pipe.read_text, "ascii")
    return [int(number) for number in text.split()]


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


async def test_a_worker_answers_with_content_and_stays_for_the_next_request(pools: Pools) -> None:
    pool = pools(ANSWERING)
    first, reversed_content = await pool.request({"question": "é"}, b"\x00\xffabc" * 100_000)
    second, _ = await pool.request({})
    assert reversed_content == b"cba\xff\x00" * 100_000
    assert (first["asked"], first["setup"], first["served"]) == ({"question": "é"}, {"words": ["a", "ß"]}, 1)
    assert (second["pid"], second["served"]) == (first["pid"], 2)


async def test_requests_run_side_by_side_up_to_the_size_of_the_pool(pools: Pools) -> None:
    pool = pools(ANSWERING, size=2)
    answers = await asyncio.gather(*(pool.request({"number": number}) for number in range(6)))
    assert [answer["asked"]["number"] for answer, _ in answers] == list(range(6))
    assert len({answer["pid"] for answer, _ in answers}) == 2


async def test_a_request_that_takes_too_long_is_killed_with_what_it_started_and_the_next_one_is_served(
    pools: Pools, pipe: Path
) -> None:
    pool = pools(obeying(request_s_max=1))
    waiting = asyncio.create_task(pool.request({"do": "wait", "tell": str(pipe)}))
    worker, program = await told_through(pipe)
    assert os.getpgid(program) == worker
    with pytest.raises(WorkerKilled) as killed:
        await waiting
    assert killed.value.reason is KilledFor.TIME
    await gone(worker, program)
    answer, _ = await pool.request({"do": "nothing"})
    assert answer["pid"] != worker


@pytest.mark.parametrize("what", ["grow", "child-grows"])
async def test_a_group_that_takes_too_much_memory_is_killed(pools: Pools, what: str) -> None:
    pool = pools(obeying(memory_bytes_max=120 * MEBIBYTE))
    with pytest.raises(WorkerKilled) as killed:
        await pool.request({"do": what})
    assert killed.value.reason is KilledFor.MEMORY
    assert (await pool.request({"do": "nothing"}))[0]["pid"]


async def test_the_address_space_is_bounded_too(pools: Pools) -> None:
    pool = pools(obeying(address_space_bytes_max=400 * MEBIBYTE, memory_bytes_max=100_000 * MEBIBYTE))
    with pytest.raises(WorkerFault, match="MemoryError"):
        await pool.request({"do": "grow"})


async def test_a_worker_that_dies_says_its_last_words_and_the_next_one_serves(pools: Pools) -> None:
    pool = pools(obeying())
    with pytest.raises(WorkerKilled, match="about to die") as killed:
        await pool.request({"do": "die"})
    assert killed.value.reason is KilledFor.CRASH
    assert (await pool.request({"do": "nothing"}))[0]["pid"]


async def test_a_worker_killed_from_outside_takes_its_program_with_it(pools: Pools, pipe: Path) -> None:
    pool = pools(obeying())
    waiting = asyncio.create_task(pool.request({"do": "wait", "tell": str(pipe)}))
    worker, program = await told_through(pipe)
    os.kill(worker, signal.SIGKILL)
    with pytest.raises(WorkerKilled) as killed:
        await waiting
    assert killed.value.reason is KilledFor.CRASH
    await gone(worker, program)


async def test_a_worker_that_died_while_idle_is_replaced(pools: Pools) -> None:
    pool = pools(ANSWERING)
    first, _ = await pool.request({})
    os.kill(first["pid"], signal.SIGKILL)
    await gone(first["pid"])
    with contextlib.suppress(WorkerKilled):  # the death may be noticed only by the request that meets it
        await pool.request({})
    assert (await pool.request({}))[0]["pid"] != first["pid"]


async def test_a_fault_of_the_workers_code_is_reported_and_the_worker_replaced(pools: Pools) -> None:
    pool = pools(obeying())
    before, _ = await pool.request({"do": "nothing"})
    with pytest.raises(WorkerFault, match="the request is odd"):
        await pool.request({"do": "raise"})
    await gone(before["pid"])
    with pytest.raises(WorkerFault, match="no object"):
        await pool.request({"do": "answer-no-object"})
    assert (await pool.request({"do": "nothing"}))[0] != before


async def test_a_worker_whose_temporary_folder_has_vanished_fails_once(pools: Pools) -> None:
    pool = pools(WorkerKind(name="tests", entry_point="tests.jobs.worker_kinds:writing"))
    first, _ = await pool.request({})
    shutil.rmtree(first["folder"])  # as a machine does that clears away what is old
    with pytest.raises(WorkerFault, match="FileNotFoundError"):
        await pool.request({})
    assert (await pool.request({}))[0] != first


async def test_an_entry_point_that_cannot_load_says_why(pools: Pools) -> None:
    pool = pools(WorkerKind(name="tests", entry_point="tests.jobs.worker_kinds:missing_something"))
    with pytest.raises(WorkerKilled, match="no model here"):
        await pool.request({})


async def test_a_cancelled_request_is_killed(pools: Pools, pipe: Path) -> None:
    pool = pools(obeying())
    waiting = asyncio.create_task(pool.request({"do": "wait", "tell": str(pipe)}))
    worker, program = await told_through(pipe)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await gone(worker, program)
    assert (await pool.request({"do": "nothing"}))[0]["pid"] != worker


async def test_closing_the_pool_kills_who_is_at_work_and_refuses_who_waits(pools: Pools, pipe: Path) -> None:
    pool = pools(obeying())
    working = asyncio.create_task(pool.request({"do": "wait", "tell": str(pipe)}))
    worker, program = await told_through(pipe)
    waiting = asyncio.create_task(pool.request({"do": "nothing"}))
    await pool.close()
    await gone(worker, program)
    with pytest.raises(WorkerKilled):
        await working
    with pytest.raises(PoolClosedError):
        await waiting


async def test_an_idle_worker_leaves(pools: Pools) -> None:
    pool = pools(WorkerKind(name="tests", entry_point=ANSWERING.entry_point, idle_s_max=0.05))
    answer, _ = await pool.request({})
    await gone(answer["pid"])
    assert (await pool.request({}))[0]["pid"] != answer["pid"]


async def test_a_parent_killed_in_the_middle_takes_its_workers_and_their_programs_along(pipe: Path) -> None:
    parent = subprocess.Popen(  # noqa: ASYNC220 - it only starts one, and kills it
        [sys.executable, "-P", "-c", PARENT, str(pipe)], env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    try:
        worker, program = await told_through(pipe)
    finally:
        parent.kill()
        parent.wait()
    await gone(worker, program)


PARENT = """
import asyncio, sys
from jobs.workers import WorkerKind, WorkerPool

async def main():
    pool = WorkerPool(WorkerKind(name="tests", entry_point="tests.jobs.worker_kinds:obeying"))
    await pool.request({"do": "wait", "tell": sys.argv[1]})

asyncio.run(main())
"""


async def test_no_token_reaches_a_worker(pools: Pools, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPENSEFLOW_TELEGRAM_TOKEN", "1:secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    environment, _ = await pools(obeying()).request({"do": "environment"})
    assert "secret" not in str(environment)
    assert environment["OMP_THREAD_LIMIT"] == "1"


async def test_a_frame_that_is_too_long_is_refused_before_it_is_sent(pools: Pools) -> None:
    with pytest.raises(MalformedFrameError):
        await pools(ANSWERING).request({}, bytes(FRAME_BYTES_MAX + 1))


async def test_no_worker_is_asked_inside_a_write_transaction(pools: Pools) -> None:
    with write_transaction_marked(), pytest.raises(SlowWorkInTransactionError):
        await pools(ANSWERING).request({})


async def test_a_warm_worker_answers_within_milliseconds(pools: Pools) -> None:
    pool = pools(ANSWERING)
    await pool.request({})
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        await pool.request({}, b"x" * 1_000_000)
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.25
