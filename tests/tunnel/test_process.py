"""A run of a tunnel program: what it gets, how much it may print, and that nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.base.errors import InspectorError
from inspector.tunnel.kind import TunnelFailed
from inspector.tunnel.program import MAX_SHOWN
from tests.tunnel import recordings
from tests.tunnel.conftest import Runs
from tests.tunnel.programs import FakeProgram
from tests.waiting import until, wait_until

Install = Callable[[str], FakeProgram]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs the parent-death signal of Linux")


def is_alive(pid: int) -> bool:
    """Whether a process runs. One that has ended and was not reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def parent_of(pid: int) -> int:
    """The id of the parent process."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def written_by(pid: int) -> int | None:
    """The number of bytes that a process has written, or None if this system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    except OSError:
        return None
    return int(next(line for line in lines if line.startswith("wchar:")).split()[1])


async def test_the_program_gets_a_small_environment_a_private_folder_and_no_input(
    program: Install, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "BLITZ_WEBHOOK_SECRET",
        "AWS_SECRET_ACCESS_KEY",
        "TUNNEL_URL",
        "NGROK_AUTHTOKEN",
        "PYTHONPATH",
    ):
        monkeypatch.setenv(name, "a secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    fake = program("cloudflared")
    fake.plays(recordings.CLOUDFLARED, recordings.CLOUDFLARED_PAGES)
    process = await runs.start("cloudflared")
    await process.url()
    environment = fake.report["environment"]
    assert "a secret" not in environment.values()
    assert environment["HOME"] == os.environ["HOME"]
    assert environment["HTTPS_PROXY"] == "http://proxy.example:3128"
    assert fake.report["input"] == ""
    assert fake.report["folder mode"] == 0o700
    await process.stop()
    assert not os.path.exists(fake.report["folder"])  # noqa: ASYNC240


async def test_ngrok_gets_its_own_token(
    program: Install, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NGROK_AUTHTOKEN", "its own")
    fake = program("ngrok")
    fake.plays(recordings.NGROK, recordings.NGROK_PAGES)
    await (await runs.start("ngrok")).url()
    assert fake.report["environment"]["NGROK_AUTHTOKEN"] == "its own"


async def test_lines_of_both_streams_are_visible_and_bounded(program: Install, runs: Runs) -> None:
    program("noisy").plays(
        [
            ("stdout", "one \x1b[2J\u202e two"),
            ("stderr", "bad \udcff byte"),
            ("stdout", "windows\r"),
            ("stdout", "x" * 5000),
            ("stdout", "\x07" * 5000),
            ("stdout", "x" * 100_000 + "end"),
            ("stderr", "last"),
        ]
    )
    await runs.start("command", command="noisy")
    await until(lambda: ("stderr", "last") in runs.lines and len(runs.lines) == 7)
    assert ("stdout", r"one \x1b[2J\u202e two") in runs.lines
    assert ("stderr", r"bad \xff byte") in runs.lines
    assert ("stdout", "windows") in runs.lines
    assert all(len(line) <= MAX_SHOWN for _, line in runs.lines)
    assert sum(line.endswith("…") for _, line in runs.lines) == 3
    assert runs.text.replace("\n", "").isprintable()


@pytest.mark.parametrize("way", ["flood", "endless"])
async def test_a_flood_does_not_stall_the_loop_and_is_bounded(program: Install, runs: Runs, way: str) -> None:
    fake = program("noisy")
    fake.plays([("stdout", "https://a.example.com"), (way, "line " * 20)])
    started = asyncio.get_running_loop().time()
    process = await runs.start("command", command="noisy")
    assert await process.url() == "https://a.example.com"
    for _ in range(500):  # the loop still turns
        await asyncio.sleep(0.001)
    if way == "flood":
        await until(lambda: "more lines were not shown" in runs.text)
    written = written_by(fake.report["pid"])
    await process.stop()
    elapsed_s = asyncio.get_running_loop().time() - started
    assert len(runs.lines) < 510 + 220 * elapsed_s
    assert written is None or written < 2 * 1024 * 1024 + 5 * 1024 * 1024 * elapsed_s  # it has to wait


async def test_a_flood_leaves_the_url_after_it_to_be_found(program: Install, runs: Runs) -> None:
    """A banner may be long. Some hundred lines come at once and are all read."""
    banner = [("stdout", f"line {number}") for number in range(400)]
    program("noisy").plays([*banner, ("stdout", "https://a.example.com")])
    process = await runs.start("command", command="noisy")
    assert await process.url() == "https://a.example.com"
    assert [line for _, line in runs.lines][:400] == [line for _, line in banner]


async def test_reading_continues_after_more_than_is_read_at_a_time(program: Install, runs: Runs) -> None:
    program("noisy").plays([("long", str(5 * 1024 * 1024)), ("stdout", "https://a.example.com")])
    process = await runs.start("command", command="noisy")
    assert await process.url() == "https://a.example.com"
    assert [len(line) for _, line in runs.lines][:1] == [MAX_SHOWN]


async def test_what_a_program_prints_at_its_end_is_read(program: Install, runs: Runs) -> None:
    lines = [("stderr", f"line {number}") for number in range(300)]
    program("short").plays([*lines, ("stdout", "the last"), ("exit", "3")])
    process = await runs.start("command", command="short")
    failed = await process.ended()
    assert str(failed).startswith("The command ended with exit status 3. Its last line was: ")
    assert {line for _, line in runs.lines} >= {"line 0", "line 299", "the last"}


async def test_a_program_without_a_url_is_not_awaited_for_ever(
    program: Install, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspector.tunnel.process.START_S", 0.05)
    program("silent")
    process = await runs.start("command", command="silent")
    with pytest.raises(TunnelFailed, match=r"The command gave no URL within 0 s\. See the log"):
        await process.url()


async def test_a_program_that_ignores_requests_to_end_is_killed_with_all_that_it_started(
    program: Install, runs: Runs
) -> None:
    fake = program("stubborn")
    fake.plays([("ignore", ""), ("fork", ""), ("stdout", "https://a.example.com")])
    process = await runs.start("command", command="stubborn")
    await process.url()
    pids = [fake.report["pid"], fake.report["forked"]]
    assert all(map(is_alive, pids))
    await process.stop()
    assert not any(map(is_alive, pids))
    failed = await process.ended()
    assert (failed.reason, failed.retry_after) == ("stopped", None)


async def test_what_a_program_leaves_at_its_own_end_is_killed(program: Install, runs: Runs) -> None:
    fake = program("daemon")
    fake.plays([("fork", ""), ("exit", "0")])
    process = await runs.start("command", command="daemon")
    assert str(await process.ended()) == "The command ended."
    assert not is_alive(fake.report["forked"])


async def test_a_program_that_is_killed_is_noticed(program: Install, runs: Runs) -> None:
    fake = program("victim")
    fake.plays([("stdout", "https://a.example.com")])
    process = await runs.start("command", command="victim")
    await process.url()
    os.kill(fake.report["pid"], signal.SIGKILL)
    assert str(await process.ended()).startswith("The command ended by signal 9.")
    with pytest.raises(TunnelFailed):
        await process.url(other_than="https://a.example.com")


@linux_only
async def test_a_killed_wrapper_takes_the_program_with_it(program: Install, runs: Runs) -> None:
    fake = program("victim")
    fake.plays([("stdout", "https://a.example.com")])
    process = await runs.start("command", command="victim")
    await process.url()
    pid = fake.report["pid"]
    os.kill(parent_of(pid), signal.SIGKILL)
    await process.ended()
    await until(lambda: not is_alive(pid))


async def test_a_stop_before_the_first_line_and_a_second_one_do_no_harm(program: Install, runs: Runs) -> None:
    program("silent")
    process = await runs.start("command", command="silent")
    await asyncio.gather(process.stop(), process.stop())
    await process.stop()
    with pytest.raises(TunnelFailed, match="The tunnel was stopped"):
        await process.url()


async def test_a_cancelled_stop_still_ends_the_program(program: Install, runs: Runs) -> None:
    fake = program("stubborn")
    fake.plays([("ignore", ""), ("stdout", "https://a.example.com")])
    process = await runs.start("command", command="stubborn")
    await process.url()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await process.stop()
    await process.ended()
    assert not is_alive(fake.report["pid"])


async def test_a_cancelled_start_leaves_nothing(program: Install, runs: Runs) -> None:
    """It is cancelled after each number of turns of the loop, until it is no longer in time."""
    fake = program("victim")
    fake.plays([("stdout", "https://a.example.com")])
    turns, has_started = 0, False
    while not has_started:
        fake.forget()
        starting = asyncio.ensure_future(runs.start("command", command="victim"))
        for _ in range(turns):
            await asyncio.sleep(0.0005)
        turns += 1
        starting.cancel()
        await asyncio.wait([starting])
        has_started = not starting.cancelled()
        if has_started:
            await starting.result().stop()
        await until(lambda: not is_alive(fake.report.get("pid", 0)))
        assert not list(runs.folder.glob("*"))
    assert turns > 1


async def test_a_file_that_is_no_program_is_a_sentence(program: Install, runs: Runs) -> None:
    fake = program("broken")
    fake.path.write_bytes(b"\x7fELF nonsense")
    process = await runs.start("command", command="broken")
    failed = await process.ended()
    assert str(failed) == f"Cannot start {fake.path}: Exec format error."
    assert (failed.reason, failed.retry_after) == ("cannot start", None)


async def test_a_folder_that_cannot_be_created_is_a_sentence(
    program: Install, runs: Runs, tmp_path: Path
) -> None:
    program("silent")
    (tmp_path / "file").touch()
    with pytest.raises(InspectorError, match=r"Cannot start .*: not a directory"):
        await runs.start("command", command="silent", scratch=tmp_path / "file" / "scratch")


OWNER = """
import asyncio, sys
from pathlib import Path
from inspector.tunnel.kinds import Launch, kind
from inspector.tunnel.process import TunnelProcess

async def main():
    launch = Launch(port=8787, scratch=Path(sys.argv[1]), command="victim")
    process = TunnelProcess(kind("command"), launch, lambda *line: None)
    await process.start()
    print(await process.url(), flush=True)
    await process.ended()

asyncio.run(main())
"""


@linux_only
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_survives_the_death_of_its_owner(program: Install, tmp_path: Path, number: int) -> None:
    """The owner is a process of its own that gets no chance to stop anything."""
    fake = program("victim")
    fake.plays([("ignore", ""), ("fork", ""), ("stdout", "https://a.example.com")])
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path / "scratch")], stdout=subprocess.PIPE, cwd=root
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"https://a.example.com\n"
        pids = [fake.report["pid"], fake.report["forked"]]
        assert all(map(is_alive, pids))
        owner.send_signal(number)
        owner.wait()
    wait_until(lambda: not any(map(is_alive, pids)))
    wait_until(lambda: not list((tmp_path / "scratch").iterdir()))


@pytest.mark.gui
def test_a_run_works_on_the_loop_of_the_window(program: Install, tmp_path: Path) -> None:
    """In a process of its own, because a test session has one application."""
    fake = program("victim")
    fake.plays([("ignore", ""), ("stdout", "https://a.example.com")])
    code = OWNER.replace(
        "import asyncio, sys",
        "import asyncio, sys\nfrom PySide6.QtWidgets import QApplication\nfrom qasync import QEventLoop",
    ).replace("await process.ended()", "await process.stop()")
    code = code.replace(
        "asyncio.run(main())",
        "app = QApplication([])\nwith asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:\n"
        "    runner.run(main())",
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "scratch")],
        capture_output=True,
        cwd=Path(__file__).parents[2],
        timeout=120,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"https://a.example.com\n", b"")
    assert not is_alive(fake.report["pid"])
