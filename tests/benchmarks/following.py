"""The window while captures arrive at a steady rate, in several states: stalls, and how soon a row is there.

A shared machine delays every loop. So the time of a processor that the loop's thread took at a stretch is
measured, too: it is what the window itself needs.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks import servers
from tests.benchmarks.driven import Driven, driven
from tests.benchmarks.figure import Figure

RATE = 500
SECONDS = float(os.environ.get("BENCHMARK_WATCH_S", 15))
_WARM_S = 2.0
SAVED = ("verdict:invalid", "survey:s-xxxxxx-id", "is:complete", "user:u0000001", "glitches")
STATES: Mapping[str, tuple[str, Any] | tuple[str] | None] = {
    "following": None,
    "following, with a filter": ("filter", "event:answer"),
    "following, threads folded": ("fold", True),
    "following, five saved filters with bells": ("save", SAVED),
    "a capture open": ("step",),
    "all captures selected": ("select",),
}


def measure() -> Iterator[Figure]:
    for state, doing in STATES.items():
        with servers.home() as folder, driven(folder, Path(folder, "following.db")) as window:
            servers.load(window.port, seconds=_WARM_S, rate=RATE)
            if doing is not None:
                window.do(*doing)
            yield from _figures(state, window)


def _figures(state: str, window: Driven) -> Iterator[Figure]:
    with arriving(window.port, RATE) as latencies:
        window.do("rest", _WARM_S)  # the first rows, fonts and icons
        watched = window.do("watch", SECONDS)
    per_capture = watched["thread_s"] * 1e6 / max(watched["rows"], 1)
    yield Figure(
        work=f"{RATE} captures/s, {state}: stalls, 99th percentile",
        measured=watched["usual_stall_ms"],
        unit="ms",
        target=16,
        better="less",
        details=f"of the loop's own work {watched['usual_busy_ms']:.1f} ms, {per_capture:.0f} µs a capture",
    )
    yield Figure(
        work="the same, worst",
        measured=watched["worst_stall_ms"],
        unit="ms",
        target=50,
        better="less",
        details=f"of the loop's own work {watched['worst_busy_ms']:.1f} ms",
    )
    yield Figure(
        work="arrival to row, 99th percentile",
        measured=watched["row_ms"],
        unit="ms",
        target=100,
        better="less",
        details=f"{watched['rows']:,} rows; {len(latencies):,} captures answered",
    )


@contextmanager
def arriving(port: int, rate: int) -> Iterator[list[float]]:
    """A steady trickle of captures; latencies in ms, once it is over."""
    times: list[float] = []
    is_wanted = threading.Event()
    is_wanted.set()

    def send() -> None:
        while is_wanted.is_set():
            times.extend(servers.load(port, seconds=1, connections=8, rate=rate)["ms"])

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield times
    finally:
        is_wanted.clear()
        thread.join()
