"""A file of 1,000,000 captures: starting, jumping, filtering, the tree, memory, and what changes everything.

`BENCHMARK_CAPTURES` makes it another number.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks import filled, servers, traffic
from tests.benchmarks.driven import Driven, driven
from tests.benchmarks.figure import Figure
from tests.benchmarks.following import arriving
from tests.benchmarks.processes import resident_mb_of_all
from tests.benchmarks.watch import Watch, newest_id

CAPTURES = int(os.environ.get("BENCHMARK_CAPTURES", 1_000_000))
STARTS = 3
LEFT_BEHIND = 20_000
VERIFY_S = 20.0
REST_S = 10.0
SELECTED_S = 3.0
"""How long a survey is selected before its summary is opened: meanwhile the worker starts."""
ARRIVING = 50
"""Captures a second that arrive while everything is changed."""
BUSY_RATE = 500
BUSY_S = 10.0
FILTERS = (
    "verdict:invalid", "event:response_group", "survey:s-000007", "user:u0000123", "is:complete",
    "finding:redelivery", traffic.RARE_WORD, "nobodysaidthis", "$.platform:flutter",
)  # fmt: skip


def measure() -> Iterator[Figure]:
    with servers.home() as folder:
        path = Path(folder, "million.db")
        started = time.perf_counter()
        filled.fill(path, CAPTURES)
        took = time.perf_counter() - started
        yield Figure(
            work=f"a file of {CAPTURES:,} captures, made and counted",
            measured=CAPTURES / took,
            unit="captures/s",
            details=f"{took:.0f} s, {path.stat().st_size / 1e6:,.0f} MB",
        )
        yield from measure_file(folder, path)


def measure_file(folder: str, path: Path) -> Iterator[Figure]:
    """The figures of a file that is there; it is cleared, given back and added to."""
    yield from _start(folder, path)
    yield _bare_scan(path)
    with driven(folder, path) as window:
        yield from _jump(window)
        yield from _filter(window)
        yield from _fold(window)
        yield from _tree(window)
        yield _memory(window)
        yield from _select(window)
        yield from _save(window)
        yield from _summary(window)
        yield from _busy(window)
    yield from _catch_up(folder, path)
    yield from _capture(folder, path)
    with driven(folder, path) as window:
        yield from _change(window, path)


def _start(folder: str, path: Path) -> Iterator[Figure]:
    listening = [servers.start_s(folder, "--database", str(path)) for _ in range(STARTS + 1)][1:]
    yield Figure(
        work=f"start of `listen` with {CAPTURES:,} captures",
        measured=median(listening),
        unit="s",
        target=1.5,
        better="less",
        details=f"an empty file beside it: {median(servers.start_s(folder) for _ in range(STARTS)):.2f} s",
    )
    full, empty = [_window_starts(folder, one) for one in (path, Path(folder, "empty.db"))]
    yield Figure(
        work=f"start of the window with {CAPTURES:,} captures, listening and drawn",
        measured=full[0],
        unit="s",
        target=1.5,
        better="less",
        details=f"the whole list after {full[1]:.2f} s; an empty file beside it: {empty[0]:.2f} s",
    )


def _window_starts(folder: str, path: Path) -> tuple[float, float]:
    """Until it listens and is drawn, and until the list holds everything; medians after a warm-up."""
    times = []
    for _ in range(STARTS + 1):
        with driven(folder, path) as window:
            times.append((window.started_s, window.loaded_s))
    return median(one[0] for one in times[1:]), median(one[1] for one in times[1:])


def _jump(window: Driven) -> Iterator[Figure]:
    places = [window.rows * part // 11 for part in (5, 1, 9, 3, 10, 7, 2, 8, 4, 6)]
    near = [window.do("jump", row)["ms"] for row in range(10)][2:]
    times = [window.do("jump", row)["ms"] for row in places]
    yield Figure(
        work="jump anywhere in the list, row drawn",
        measured=median(times),
        unit="ms",
        target=50,
        better="less",
        details=f"worst of {len(times)}: {max(times):.0f} ms; by one row, all read: {median(near):.0f} ms",
    )


def _filter(window: Driven) -> Iterator[Figure]:
    for text in FILTERS:
        tries = []
        for _ in range(3):
            window.do("filter", "")
            tries.append(window.do("filter", text))
        count = tries[0]["count"]
        if count:
            yield Figure(
                work=f"filter `{text}`, first matches shown",
                measured=median(one["first_ms"] for one in tries),
                unit="ms",
                target=200,
                better="less",
                details=f"worst stall {max(one['worst_stall_ms'] for one in tries):.0f} ms",
            )
        yield Figure(
            work=f"filter `{text}`, all counted",
            measured=median(one["all_ms"] for one in tries) / 1000,
            unit="s",
            target=2,
            better="less",
            details=f"{count:,} matches",
        )
    window.do("filter", "")


def _fold(window: Driven) -> Iterator[Figure]:
    folded = window.do("fold", True)
    yield Figure(
        work="fold the list by respondent, first threads shown",
        measured=folded["first_ms"],
        unit="ms",
        target=200,
        better="less",
        details=f"worst stall {folded['worst_stall_ms']:.0f} ms",
    )
    yield Figure(
        work="fold the list by respondent, all found",
        measured=folded["all_ms"] / 1000,
        unit="s",
        details=f"{folded['count']:,} threads",
        better="less",
    )
    times = [window.do("jump", folded["count"] * part // 11)["ms"] for part in (5, 1, 9, 3, 10, 7, 2, 8)]
    yield Figure(
        work="jump anywhere in the list of threads, row drawn",
        measured=median(times),
        unit="ms",
        target=50,
        better="less",
        details=f"worst of {len(times)}: {max(times):.0f} ms",
    )
    window.do("fold", False)


def _select(window: Driven) -> Iterator[Figure]:
    yield Figure(
        work=f"select all {window.rows:,} captures",
        measured=window.do("select")["ms"],
        unit="ms",
        better="less",
    )
    window.do("select", False)


def _save(window: Driven) -> Iterator[Figure]:
    saved = window.do("save", FILTERS[:5])
    yield Figure(
        work="five saved filters with bells, all counted",
        measured=saved["seconds"],
        unit="s",
        better="less",
        details=f"worst stall {saved['worst_stall_ms']:.0f} ms",
    )


def _summary(window: Driven) -> Iterator[Figure]:
    opened = window.do("summary", SELECTED_S)
    yield Figure(
        work="first summary of a session, first counts shown",
        measured=opened["first_ms"],
        unit="ms",
        target=300,
        better="less",
        details=f"{SELECTED_S:.0f} s after its survey was selected; worst stall"
        f" {opened['worst_stall_ms']:.0f} ms; all {opened['captures']:,} captures after"
        f" {opened['all_ms'] / 1000:.1f} s",
    )


def _bare_scan(path: Path) -> Figure:
    """What SQLite alone needs to look into every body: the machine's part in the figures below."""
    with closing(sqlite3.connect(path)) as connection:
        times = []
        for _ in range(3):
            started = time.perf_counter()
            connection.execute(
                "SELECT count(*) FROM bodies WHERE CAST(body AS TEXT) LIKE '%nobodysaid%'"
            ).fetchone()
            times.append(time.perf_counter() - started)
    return Figure(
        work="baseline: SQLite alone looks for a word in every body, one thread",
        measured=median(times),
        unit="s",
    )


def _tree(window: Driven) -> Iterator[Figure]:
    answers = [window.do("tree") for _ in range(3)]
    for name in answers[0]["took"]:
        yield Figure(
            work=f"tree: {name}",
            measured=median(answer["took"][name] for answer in answers),
            unit="ms",
            target=300,
            better="less",
            details=f"{answers[0]['respondents']:,} respondents in the group"
            if name == "respondents"
            else "",
        )


def _memory(window: Driven) -> Figure:
    with_children = resident_mb_of_all(window.pid)
    return Figure(
        work=f"memory of the window after all that, {window.rows:,} captures listed",
        measured=window.do("memory")["mb"],
        unit="MB resident",
        target=300,
        better="less",
        details=f"with its child processes {with_children:.0f} MB",
    )


def _busy(window: Driven) -> Iterator[Figure]:
    """What its user does while captures arrive as fast as a large sender makes them."""
    doings: tuple[tuple[str, tuple[Any, ...]], ...] = (
        ("typing in the filter", ("keys", "filter", ["verdict:invalid", "survey:s-000007", "crash"])),
        ("scrolling", ("scroll",)),
        ("walking the list and switching tabs", ("keys", "list", ["jj123456k1"])),
    )
    for work, doing in doings:
        with arriving(window.port, BUSY_RATE) as arrived:
            answer = window.do(*doing, BUSY_S)
        yield Figure(
            work=f"{work} with {BUSY_RATE} captures/s arriving: stalls, 99th percentile",
            measured=answer["usual_stall_ms"],
            unit="ms",
            target=16,
            better="less",
            details=f"{len(arrived):,} captures answered meanwhile",
        )
        yield Figure(
            work="the same, worst", measured=answer["worst_stall_ms"], unit="ms", target=50, better="less"
        )


def _change(window: Driven, path: Path) -> Iterator[Figure]:
    """What goes through everything, while captures arrive."""
    with arriving(window.port, ARRIVING):
        idle = window.do("rest", REST_S)["worst_stall_ms"]
    for name, work in (("verify", "re-verifying"), ("clear", "clearing all"), ("undo", "the undo of that")):
        with arriving(window.port, ARRIVING) as arrived:
            answer = window.do(name, *([VERIFY_S] if name == "verify" else []))
        count = answer.get("count", window.rows)
        yield Figure(
            work=work,
            measured=count / answer["seconds"],
            unit="captures/s",
            details=f"{count:,} in {answer['seconds']:.1f} s; memory {window.do('memory')['mb']:.0f} MB",
        )
        yield Figure(
            work="the same, worst stall",
            measured=answer["worst_stall_ms"],
            unit="ms",
            target=50,
            better="less",
            details=f"{len(arrived):,} captures answered meanwhile, the slowest after {max(arrived):.0f} ms;"
            f" worst stall with them alone: {idle:.0f} ms",
        )
        yield Figure(
            work="after it, until groups were in step", measured=_until_counted(path), unit="s", better="less"
        )


def _until_counted(path: Path) -> float:
    """How long respondents are still counted anew."""
    started = time.perf_counter()
    with closing(sqlite3.connect(path)) as connection:
        while connection.execute("SELECT refolds FROM figures").fetchone()[0]:
            time.sleep(0.05)
    return time.perf_counter() - started


def _catch_up(folder: str, path: Path) -> Iterator[Figure]:
    filled.append(path, CAPTURES // traffic.CHUNK, LEFT_BEHIND)
    newest = newest_id(path)
    with Watch(path) as watch, servers.listen(folder, database=path):
        watch.until_counted(newest)
    yield Figure(
        work=f"grouping, catching up with {CAPTURES:,} captures counted",
        measured=watch.rate(),
        unit="captures/s",
        target=3_000,
        details=f"{LEFT_BEHIND:,} captures",
    )


def _capture(folder: str, path: Path) -> Iterator[Figure]:
    with (
        servers.listen(folder, database=path) as full,
        servers.listen(folder, database=Path(folder, "fresh.db")) as empty,
    ):
        ours, fresh = servers.flood_in_turn(full, empty)
    yield Figure(
        work=f"captures acknowledged into a file of {CAPTURES:,}",
        measured=ours.rate / fresh.rate,
        unit="of those into an empty file",
        details=f"{ours.rate:,.0f}/s of {fresh.rate:,.0f}/s",
    )
