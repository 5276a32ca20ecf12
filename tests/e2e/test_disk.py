"""A disk or a file that cannot be written: the sender is told to come back, the user what and where."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from inspector.base.log import log_file
from tests.builders import ANSWER
from tests.e2e.program import PATIENCE_S, PROGRAM, a_post, finish, listening, records, send_raw
from tests.waiting import wait_until

DEFAULT: tuple[str, ...] = ()
NO_RESERVE = ("--set", "disk_reserve_bytes=0")
is_root = hasattr(os, "geteuid") and os.geteuid() == 0


def post(url: str, body: bytes = ANSWER) -> tuple[int, bytes]:
    """Status and head of the answer."""
    answer = send_raw(url, a_post(body))
    return int(answer.split(b" ", 2)[1]), answer


def is_refused_for_now(url: str, body: bytes = ANSWER) -> bool:
    """Answered 503, with the time to come back."""
    status, answer = post(url, body)
    assert status in (200, 503)
    assert (b"\r\nRetry-After: " in answer) == (status == 503)
    return status == 503


def stored(database: Path, count: int) -> None:
    """Wait until this number of captures is evaluated."""
    wait_until(lambda: listed(database), count.__eq__)


def listed(database: Path) -> int:
    """Return the number of listed captures, though others may wait in the journal."""
    return len(finish("list", "--format", "json", "--database", str(database)).stdout.splitlines())


def children(process: int) -> list[int]:
    """All processes below this one."""
    lists = Path(f"/proc/{process}/task").glob("*/children")  # one for each thread that started some
    found = [int(one) for file in lists for one in file.read_text().split()]
    return found + [below for one in found for below in children(one)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", str(folder)]
    can_mount = is_root and shutil.which("mount") is not None
    mounted = subprocess.run(command, capture_output=True, check=False) if can_mount else None
    if mounted is None or mounted.returncode:
        pytest.skip("a small file system can be mounted by root alone")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Leave no room at all."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))
    return ballast


def test_an_error_that_the_user_saw_is_logged_without_a_traceback(small_disk: Path) -> None:
    database = small_disk / "captures.db"
    with listening(database, *NO_RESERVE) as (program, url):
        assert not is_refused_for_now(url)
        program.record()
        fill(small_disk)
        done = finish("replay", "1", "--to", url, "--database", str(database))
    assert done.returncode == 3
    said = done.stderr.decode().strip()
    assert "is full" in said
    [line] = [line for line in log_file().read_text().splitlines() if "replay to" in line]
    assert line.endswith(f"failed: {said}")
    assert "Traceback" not in log_file().read_text()


@pytest.mark.parametrize("reserve", [DEFAULT, NO_RESERVE], ids=["with the reserve", "with none"])
def test_a_full_disk_is_told_and_capturing_goes_on_once_there_is_room(
    small_disk: Path, reserve: tuple[str, ...]
) -> None:
    database = small_disk / "captures.db"
    with listening(database, *reserve) as (program, url):
        assert not is_refused_for_now(url)
        program.record()
        ballast = fill(small_disk)
        body = b"x" * 20_000
        sent = 0
        while not is_refused_for_now(url, body):  # what SQLite had room for
            sent += 1
            assert sent < 400
        said = program.told(str(database))
        assert "full" in said or "reserve" in said
        assert listed(database) <= 1 + sent, "some wait in the journal"
        assert records("show", "1", "--database", str(database))[0]["bytes"] == len(ANSWER)
        ballast.unlink()
        program.told("again.")
        assert not is_refused_for_now(url, body)
        stored(database, 2 + sent)
        status, errors = program.end()
        assert status == 0
        assert errors.count(said) == 1
        assert "Traceback" not in errors
    assert len(records("list", "--database", str(database))) == 2 + sent


def test_a_burst_leaves_the_reserve(small_disk: Path) -> None:
    """The disk is checked once per second, and the whole burst arrives within one second."""
    database = small_disk / "captures.db"
    with listening(database) as (program, url), ThreadPoolExecutor(16) as senders:
        reserve = shutil.disk_usage(small_disk).total // 10
        assert not is_refused_for_now(url)
        refused = list(senders.map(lambda _: is_refused_for_now(url, b"x" * 400_000), range(32)))
        assert 0 < sum(refused) < 32
        assert shutil.disk_usage(small_disk).free >= reserve
        assert str(database) in program.told("reserve")
        stored(database, 1 + 32 - sum(refused))
        status, errors = program.end()
        assert (status, "Traceback" in errors) == (0, False)
    assert len(records("list", "--database", str(database))) == 1 + 32 - sum(refused)


def test_what_is_stored_can_be_read_from_a_full_disk_that_nobody_captures_to(small_disk: Path) -> None:
    database = small_disk / "captures.db"
    with listening(database) as (program, url):
        assert not is_refused_for_now(url)
        program.record()
        program.end()
    fill(small_disk)
    assert not list(small_disk.glob("*-wal"))
    assert len(records("list", "--database", str(database))) == 1
    assert records("show", "1", "--database", str(database))[0]["bytes"] == len(ANSWER)


def test_a_kill_on_a_full_disk_loses_nothing(small_disk: Path) -> None:
    database = small_disk / "captures.db"
    with listening(database, *NO_RESERVE) as (program, url):
        ballast = fill(small_disk)
        sent = 0
        while not is_refused_for_now(url, b"x" * 20_000):
            sent += 1
        program.process.kill()
    assert listed(database) <= sent, "some wait in the journal"
    ballast.unlink()
    with listening(database) as (program, url):
        assert not is_refused_for_now(url)
        stored(database, sent + 1)
        assert program.end()[0] == 0
    assert len(records("list", "--database", str(database))) == sent + 1


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="only prlimit changes what a process may write")
def test_a_file_that_may_not_grow_is_as_a_full_disk(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with listening(database, through=["prlimit", "--fsize=1000000:unlimited"]) as (program, url):
        sent = 0
        while not is_refused_for_now(url, b"x" * 20_000):
            sent += 1
            assert sent < 400
        assert str(database) in program.told("full or failing")
        for process in (program.process.pid, *children(program.process.pid)):
            subprocess.run(["prlimit", f"--pid={process}", "--fsize=unlimited"], check=True)
        program.told("again.")
        assert not is_refused_for_now(url, b"x" * 20_000)
        stored(database, sent + 1)
        assert program.end()[0] == 0
    assert len(records("list", "--database", str(database))) == sent + 1


def test_a_disk_that_fails_to_sync_has_nothing_acknowledged(tmp_path: Path) -> None:
    strace = shutil.which("strace")
    if strace is None or subprocess.run([strace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no process may be traced here, or strace is not installed")
    database = tmp_path / "captures.db"
    fails = [
        strace,
        "-f",
        "-o",
        "/dev/null",
        "-e",
        "trace=fdatasync",
        "-e",
        "inject=fdatasync:error=EIO:when=40+",
    ]
    with listening(database, through=fails) as (program, url):
        sent = 0
        while not is_refused_for_now(url):
            sent += 1
            assert sent < 40
        assert str(database) in program.told("full or failing")
        assert all(is_refused_for_now(url) for _ in range(3))
    with listening(database) as (program, _):
        wait_until(lambda: listed(database), lambda count: count >= sent)
        assert program.end()[0] == 0


def test_captures_wait_while_another_program_holds_the_file_locked(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with listening(database) as (program, url), ThreadPoolExecutor(8) as senders:
        assert not is_refused_for_now(url)
        program.record()
        other = sqlite3.connect(database, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        assert not any(senders.map(is_refused_for_now, [url] * 8))
        said = program.told("Another program has locked")
        assert str(database) in said
        assert "evaluation resumes automatically" in said
        done = finish("list", "--database", str(database))
        assert (done.returncode, done.stdout.count(b"200")) == (0, 0)
        assert b"8 captures wait to be evaluated" in done.stderr
        assert f"webhook-inspector listen (process {program.process.pid})".encode() in done.stderr
        done = finish("pin", "1", "--database", str(database))
        assert done.returncode == 3
        assert b"Another program has locked" in done.stderr
        other.execute("ROLLBACK")
        other.close()
        program.told("again.")
        stored(database, 9)
        assert program.end()[0] == 0


@pytest.mark.parametrize("which", ["captures.db.journal", "captures.db*"])
def test_senders_are_refused_while_another_program_holds_the_journal_locked(
    tmp_path: Path, which: str
) -> None:
    database = tmp_path / "captures.db"
    with listening(database) as (program, url):
        assert not is_refused_for_now(url)
        program.record()
        others = [sqlite3.connect(tmp_path / name, isolation_level=None) for name in _named(which)]
        for other in others:
            other.execute("BEGIN EXCLUSIVE")
        assert is_refused_for_now(url)
        assert str(database) in program.told("Another program has locked")
        for other in others:
            other.close()
        program.told("again.")
        assert not is_refused_for_now(url)
        stored(database, 2)
        assert program.end()[0] == 0


def _named(which: str) -> list[str]:
    return ["captures.db.journal", "captures.db"] if which.endswith("*") else [which]


def test_a_file_whose_folder_is_moved_away_takes_no_capture_until_it_is_back(tmp_path: Path) -> None:
    """SQLite would go on to write to a file that nobody finds any more."""
    folder = tmp_path / "folder"
    folder.mkdir()
    database = folder / "captures.db"
    with listening(database) as (program, url):
        assert not is_refused_for_now(url)
        folder.rename(tmp_path / "elsewhere")
        assert is_refused_for_now(url)
        assert str(database) in program.told("was moved or deleted")
        done = finish("list", "--database", str(database))
        assert (done.returncode, done.stderr.count(b"\n")) == (3, 1)
        (tmp_path / "elsewhere").rename(folder)
        program.told("again.")
        assert not is_refused_for_now(url)
        stored(database, 2)
        assert program.end()[0] == 0
    assert len(records("list", "--database", str(database))) == 2


def test_a_file_that_is_deleted_takes_no_capture_any_more(tmp_path: Path) -> None:
    database = tmp_path / "captures.db"
    with listening(database) as (program, url):
        assert not is_refused_for_now(url)
        for file in tmp_path.glob("captures.db*"):
            file.unlink()
        assert is_refused_for_now(url)
        program.told("was moved or deleted")
        assert program.end()[0] == 0
    assert not database.exists(), "nothing was made in its place"


# ---- rights, which root has in spite of a file's mode


@pytest.fixture
def unprivileged() -> list[str]:
    """The command that runs the program bound by the modes of files."""
    if not is_root:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root is bound by the modes of files with setpriv alone")
    return [setpriv, "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all"]


def finish_unprivileged(through: list[str], *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*through, str(PROGRAM), *arguments], capture_output=True, timeout=PATIENCE_S, check=False
    )


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    """A file with one capture, alone in its folder; its test may take every right away."""
    folder = tmp_path / "folder"
    folder.mkdir()
    database = folder / "captures.db"
    with listening(database) as (program, url):
        assert not is_refused_for_now(url)
        program.record()
        program.end()
    yield database
    folder.chmod(0o700)
    database.chmod(0o600)


def test_a_file_that_may_not_be_written_is_told_of_until_it_may(
    database: Path, unprivileged: list[str]
) -> None:
    database.chmod(0o400)
    with listening(database, through=unprivileged) as (program, url):
        assert str(database) in program.told("is not writable")
        assert not is_refused_for_now(url)
        done = finish("list", "--database", str(database))
        assert done.returncode == 0
        assert b"1 capture waits to be evaluated and is not included" in done.stderr
        database.chmod(0o600)
        program.told("again.")
        stored(database, 2)
        assert program.end()[0] == 0


def test_a_journal_that_may_not_be_written_is_reported_until_it_may(
    database: Path, unprivileged: list[str]
) -> None:
    path = database.with_name("captures.db.journal")
    path.chmod(0o400)
    with listening(database, through=unprivileged) as (program, url):
        assert f"{path} is not writable" in program.told("is not writable")
        assert is_refused_for_now(url)
        path.chmod(0o600)
        program.told("again.")
        assert not is_refused_for_now(url)
        stored(database, 2)
        assert program.end()[0] == 0


def test_what_may_only_be_read_can_be_read(database: Path, unprivileged: list[str]) -> None:
    database.chmod(0o400)
    database.parent.chmod(0o500)
    before = sorted(database.parent.iterdir())
    for arguments in (("list",), ("show", "1")):
        done = finish_unprivileged(unprivileged, *arguments, "--format", "json", "--database", str(database))
        assert (done.returncode, done.stderr) == (0, b"")
        assert json.loads(done.stdout)["bytes"] == len(ANSWER)
    done = finish_unprivileged(unprivileged, "maintain", "check", "--database", str(database))
    assert (done.returncode, done.stdout) == (0, b"The file is not damaged.\n")
    assert sorted(database.parent.iterdir()) == before
    for arguments in (("pin", "1"), ("listen", "--port", "0")):
        done = finish_unprivileged(unprivileged, *arguments, "--database", str(database))
        assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (3, b"", 1)
        assert str(database).encode() in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("pin", "1"), ("note", "1", "x"), ("maintain", "compact"), ("replay", "--to", "http://127.0.0.1:9/")],
)
def test_who_would_write_what_may_only_be_read_is_told_to_try_again(
    database: Path, unprivileged: list[str], arguments: tuple[str, ...]
) -> None:
    database.chmod(0o400)
    done = finish_unprivileged(unprivileged, *arguments, "--database", str(database))
    said = done.stderr.decode().splitlines()[-1]
    assert done.returncode == 3
    assert f"{database} is not writable. Give this user write permission, and try again" in said


@pytest.mark.parametrize("is_folder", [False, True], ids=["the file", "its folder"])
def test_what_may_not_be_read_is_told_in_a_sentence(
    database: Path, unprivileged: list[str], is_folder: bool
) -> None:
    (database.parent if is_folder else database).chmod(0)
    done = finish_unprivileged(unprivileged, "list", "--database", str(database))
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (3, b"", 1)
    assert str(database).encode() in done.stderr
