"""Groups and figures behind a steady load, and how fast they catch up."""

from __future__ import annotations

import asyncio
import http.client
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from inspector.domain.signature.evaluation import evaluate
from inspector.store.store import Store
from inspector.store.write.columns import new_capture
from tests.benchmarks import servers
from tests.benchmarks.figure import Figure
from tests.builders import ANSWER, COMPLETION, a_capture, a_secret, signature

STEADY_RATE = 500
STEADY_S = 10.0
LEFT_BEHIND = 20_000
TARGET = 3_000
LOOK_EVERY_S = 0.01


def measure() -> Iterator[Figure]:
    with servers.home() as folder:
        path = Path(folder, "steady.db")
        with servers.listen(folder, "--database", str(path)) as port, Watch(path) as watch:
            servers.load(port, seconds=STEADY_S, rate=STEADY_RATE)
            watch.until_caught_up()
        yield Figure(
            work=f"grouping at a steady {STEADY_RATE} captures/s, longest from stored to counted",
            measured=watch.longest_lag_s(),
            unit="s",
            target=1.0,
            better="less",
            details=f"{watch.newest:,} captures",
        )
        for work, target, received in _left_behind():
            path = Path(folder, "behind.db")
            asyncio.run(_leave_behind(path, received))
            with Watch(path) as watch, servers.listen(folder, "--database", str(path)):
                watch.until_caught_up()
            path.unlink()
            yield Figure(
                work=f"grouping, catching up: {work}",
                measured=watch.rate(),
                unit="captures/s",
                target=target,
                details=f"{watch.newest:,} captures",
            )
        path = Path(folder, "one more.db")
        received = _of_respondents(1, 500)
        asyncio.run(_leave_behind(path, received[:400]))
        with servers.listen(folder, "--database", str(path)) as port:
            with Watch(path) as watch:
                watch.until_caught_up()
            lags = sorted(_counted_ms(path, port, received[400:]))
        yield Figure(
            work="a respondent with 400 captures, one more arrives: counted",
            measured=lags[-1],
            unit="ms",
            target=50,
            better="less",
            details=f"the slowest of {len(lags)}, half of them within {lags[len(lags) // 2]:.1f} ms",
        )


class Watch:
    """Looks from another process at what is stored and what of it is in groups and figures."""

    def __init__(self, path: Path) -> None:
        self.newest = 0
        self._path = path
        self._seen: list[tuple[float, int, int]] = []
        self._is_caught_up = threading.Event()
        self._is_wanted = True
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_wanted = False
        self._thread.join()

    def until_caught_up(self) -> None:
        """Wait until all that is stored now is counted."""
        self._is_caught_up.clear()
        self._is_caught_up.wait(120)

    def longest_lag_s(self) -> float:
        """The longest time until what was stored at some moment was counted."""
        longest, later = 0.0, 0
        for moment, newest, _ in self._seen:
            while later < len(self._seen) and self._seen[later][2] < newest:
                later += 1
            counted = self._seen[later][0] if later < len(self._seen) else float("inf")
            longest = max(longest, counted - moment)
        return longest

    def rate(self) -> float:
        """Captures counted in a second, from the last look before any was until all were."""
        at_first = self._seen[0][2]
        begun = max(moment for moment, _, counted in self._seen if counted == at_first)
        ended = min(moment for moment, newest, counted in self._seen if counted == newest)
        return (self.newest - at_first) / (ended - begun)

    def _look(self) -> None:
        with closing(sqlite3.connect(self._path)) as connection:
            while self._is_wanted:
                newest, counted = connection.execute(
                    "SELECT (SELECT coalesce(max(id), 0) FROM captures), watermark FROM figures"
                ).fetchone()
                self._seen.append((time.perf_counter(), newest, counted))
                self.newest = newest
                if newest and newest == counted:
                    self._is_caught_up.set()
                time.sleep(LOOK_EVERY_S)


def _counted_ms(path: Path, port: int, bodies: list[bytes]) -> Iterator[float]:
    """Send deliveries, and yield for each the time from its response until it is counted."""
    sender = http.client.HTTPConnection("127.0.0.1", port)
    with closing(sqlite3.connect(path)) as file, closing(sender):
        for body in bodies:
            sender.request("POST", "/hook", body, {"x-webhook-signature": signature(body).decode()})
            sender.getresponse().read()
            started = time.perf_counter()
            query = "SELECT watermark < (SELECT max(id) FROM captures) OR refolds FROM figures"
            while file.execute(query).fetchone()[0]:
                time.sleep(0.0005)
            yield 1000 * (time.perf_counter() - started)


def _left_behind() -> Iterator[tuple[str, int, list[bytes]]]:
    """Yield each case: its name, its target, and its bodies in order of arrival."""
    for captures in (1, 100, 400):
        users = LEFT_BEHIND // captures
        yield f"{captures} per respondent", TARGET, _of_respondents(users, captures)
    yield "400 per respondent, all at one time", TARGET, _of_respondents(50, 400, is_at_one_time=True)
    for captures in (1_000, 10_000, 100_000):
        yield f"{captures:,} anonymous completions", TARGET, _of_respondents(captures, 1, is_anonymous=True)


def _of_respondents(
    users: int, captures: int, *, is_anonymous: bool = False, is_at_one_time: bool = False
) -> list[bytes]:
    """Return the bodies of `captures` deliveries per respondent, the respondents in turn.

    Four answers and a completion make one response to the survey.
    """
    made = []
    start = datetime(2022, 5, 13, tzinfo=UTC)
    for number in range(captures):
        minutes = 0 if is_at_one_time else number
        order = number % 5 + 1
        for user in range(users):
            body = COMPLETION if is_anonymous or order == 5 else ANSWER
            # The first question of a completion is answered a minute before the second.
            for one in (
                b"2022-06-07T22:01:07.000Z",
                b"2022-06-07T22:01:09.000Z",
                b"2022-05-13T13:40:33+00:00",
            ):
                body = body.replace(one, (start + timedelta(minutes=minutes)).isoformat().encode())
            body = body.replace(b"q-xxxxxx-id", b"q-%06d-id" % order)
            body = body.replace(b"image upload glitches", b"glitch %d of %d" % (number, user))
            made.append(body.replace(b'"user_123"', b"null" if is_anonymous else b'"user_%05d"' % user))
    return made


async def _leave_behind(path: Path, received: list[bytes]) -> None:
    """A capture file that no listener has counted, as a kill in a flood leaves it."""
    store = Store(path)
    secrets = (a_secret(),)
    for start in range(0, len(received), LEFT_BEHIND):
        arrivals = [
            new_capture(capture, evaluate(capture, secrets, is_secret_on_file=False))
            for capture in map(a_capture, received[start : start + LEFT_BEHIND])
        ]
        await asyncio.gather(*(store.append(arrived) for arrived in arrivals))
    await store.close(forget_deleted=False)
