"""A file of very many captures, put in by the program's own insert and follower."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path

from inspector.store.file.database import connect, prepare
from inspector.store.group.follower import Follower
from inspector.store.write import captures
from inspector.store.write.columns import NewCapture
from tests.benchmarks import traffic

_AHEAD = 3


def fill(path: Path, count: int) -> None:
    """Make a file of `count` captures, all of them in groups and figures; a million take three minutes."""
    prepare(path, create=True)
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")  # nobody was answered
        follower = Follower(lambda marked: None)
        for arrivals in _chunks(count):
            connection.execute("BEGIN")
            captures.insert(connection, arrivals)
            connection.execute("COMMIT")
            while follower.step(connection):
                pass


def append(path: Path, first: int, count: int) -> None:
    """Add captures that no listener has counted, as a kill in a flood leaves them."""
    with closing(connect(path)) as connection:
        for arrivals in _chunks(count, first):
            connection.execute("BEGIN")
            captures.insert(connection, arrivals)
            connection.execute("COMMIT")


def _chunks(count: int, first: int = 0) -> Iterator[list[NewCapture]]:
    """Captures by chunks, made in another process meanwhile."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        waiting: deque[Future[list[NewCapture]]] = deque()
        chunks = iter(range(first, first + -(-count // traffic.CHUNK)))
        while count > 0:
            waiting.extend(
                process.submit(traffic.arrivals, chunk) for chunk in islice(chunks, _AHEAD - len(waiting))
            )
            arrivals = waiting.popleft().result()[:count]
            count -= len(arrivals)
            yield arrivals
