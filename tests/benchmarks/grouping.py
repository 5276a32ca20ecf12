"""Groups and figures behind a steady load, and how fast they catch up."""

from __future__ import annotations

import asyncio
import http.client
import sqlite3
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
from tests.benchmarks.watch import Watch
from tests.builders import ANSWER, COMPLETION, a_capture, a_secret, signature

STEADY_RATE = 500
STEADY_S = 10.0
LEFT_BEHIND = 20_000
TARGET = 3_000


def measure() -> Iterator[Figure]:
    with servers.home() as folder:
        path = Path(folder, "steady.db")
        with servers.listen(folder, database=path) as server, Watch(path) as watch:
            count = servers.load(server.port, seconds=STEADY_S, rate=STEADY_RATE)["count"]
            watch.until_counted(count)
        yield Figure(
            work=f"grouping at a steady {STEADY_RATE} captures/s, longest from stored to counted",
            measured=watch.longest_lag_s(),
            unit="s",
            target=1.0,
            better="less",
            details=f"{count:,} captures",
        )
        for number, (work, target, received) in enumerate(_left_behind()):
            path = Path(folder, f"behind {number}.db")  # a new file, whose ids begin with 1
            asyncio.run(_leave_behind(path, received))
            with Watch(path) as watch, servers.listen(folder, database=path):
                watch.until_counted(len(received))
            yield Figure(
                work=f"grouping, catching up: {work}",
                measured=watch.rate(),
                unit="captures/s",
                target=target,
                details=f"{len(received):,} captures",
            )
        path = Path(folder, "one more.db")
        received = _of_respondents(1, 500)
        asyncio.run(_leave_behind(path, received[:400]))
        with servers.listen(folder, database=path) as server:
            with Watch(path) as watch:
                watch.until_counted(400)
            lags = sorted(_counted_ms(path, server.port, received[400:], first=401))
        yield Figure(
            work="a respondent with 400 captures, one more arrives: counted",
            measured=lags[-1],
            unit="ms",
            target=50,
            better="less",
            details=f"the slowest of {len(lags)}, half of them within {lags[len(lags) // 2]:.1f} ms",
        )


def _counted_ms(path: Path, port: int, bodies: list[bytes], *, first: int) -> Iterator[float]:
    """Send deliveries, and yield for each the time from its response until it is counted.

    `first` is the capture of the first of them.
    """
    sender = http.client.HTTPConnection("127.0.0.1", port)
    with closing(sqlite3.connect(path)) as file, closing(sender):
        for newest, body in enumerate(bodies, first):
            sender.request("POST", "/hook", body, {"x-webhook-signature": signature(body).decode()})
            sender.getresponse().read()
            started = time.perf_counter()
            query = "SELECT watermark < ? OR refolds FROM figures"
            while file.execute(query, (newest,)).fetchone()[0]:
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
