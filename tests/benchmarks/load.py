"""The sender of a benchmark, in a process of its own: many connections, one request at a time on each.

`python -m tests.benchmarks.load PORT CONNECTIONS SECONDS rate RATE` sends at that pace in all, and
`… series NUMBER` as fast as the requests are answered: each series is of other respondents, so that a
server gets nothing twice. Both print one JSON object: how many requests were answered 200, in how many
seconds, how many bytes they had, when the last was answered (by `time.perf_counter`), and the latencies
in ms.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from functools import partial

from tests.builders import ANSWER, COMPLETION, signature

RESPONDENTS = 10_000
"""Of a series. Their 50,000 deliveries last for a flood of 4 s; a baseline that is faster gets some twice."""
PACED_RESPONDENTS = 1_000


def bodies(respondents: int, first: int = 0) -> list[bytes]:
    """Of each respondent four answers and a completion of the documents' sizes."""
    made = []
    for number in range(first, first + respondents):
        user = b"u%07d" % number
        made += [
            ANSWER.replace(b"user_123", user).replace(b"q-xxxxxx-id", b"q-%06d-id" % order)
            for order in range(1, 5)
        ]
        made.append(COMPLETION.replace(b"user_123", user))
    return made


def requests(respondents: int, first: int = 0) -> list[bytes]:
    """Deliveries of such bodies, each signed."""
    return [
        b"POST /hook HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: benchmark\r\n"
        b"Content-Type: application/json\r\nx-webhook-signature: %b\r\nContent-Length: %d\r\n\r\n%b"
        % (signature(body), len(body), body)
        for body in bodies(respondents, first)
    ]


@dataclass(slots=True)
class Answered:
    """The requests that were answered 200."""

    ms: list[float] = field(default_factory=list)
    """The latency of each."""
    size: int = 0
    """Their heads and bodies together, in bytes."""
    ended: float = 0.0
    """When the last one was answered."""

    def add(self, text: bytes, sent: float) -> None:
        """Count a request that was sent at this time and is answered now."""
        self.ended = time.perf_counter()
        self.ms.append((self.ended - sent) * 1000)
        self.size += len(text)


class Sender(asyncio.Protocol):
    """Sends the next request as soon as the last one is answered, until the time is over."""

    def __init__(self, texts: list[bytes], first: int, until: float, answered: Answered) -> None:
        self._texts = texts
        self._until = until
        self._answered = answered
        self._next = first
        self._text = b""
        self._sent = 0.0
        self._buffer = b""
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.send()

    def send(self) -> None:
        self._text = self._texts[self._next % len(self._texts)]
        self._next += 1
        self._sent = time.perf_counter()
        self._transport.write(self._text)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, _ = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if len(self._buffer) < len(head) + 4 + length:
            return
        if not self._buffer.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"answered {head[:60]!r}")
        self._buffer = b""
        self._answered.add(self._text, self._sent)
        if self._answered.ended < self._until:
            self.send()
        elif not self.ended.done():
            self._transport.close()
            self.ended.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(error or ConnectionResetError())


async def flood(port: int, connections: int, seconds: float, series: int) -> Answered:
    """As many requests as are answered, each connection those of its own respondents."""
    answered = Answered()
    loop = asyncio.get_running_loop()
    texts = requests(RESPONDENTS, series * RESPONDENTS)
    until = time.perf_counter() + seconds
    made = [
        await loop.create_connection(partial(Sender, texts, first, until, answered), "127.0.0.1", port)
        for first in range(0, len(texts), len(texts) // connections)[:connections]
    ]
    await asyncio.gather(*(sender.ended for _, sender in made))
    return answered


async def pace(port: int, connections: int, seconds: float, rate: float) -> Answered:
    """Requests that start at a steady rate, whatever the answers do."""
    answered = Answered()
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(connections):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    texts = requests(PACED_RESPONDENTS)

    async def one(number: int) -> None:
        reader, writer = await free.get()
        text, started = texts[number % len(texts)], time.perf_counter()
        writer.write(text)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                await reader.readexactly(int(line[15:]))
        answered.add(text, started)
        free.put_nowait((reader, writer))

    start = time.perf_counter()
    running = []
    for number in range(int(seconds * rate)):
        await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
        running.append(asyncio.create_task(one(number)))
    await asyncio.gather(*running)
    while not free.empty():
        free.get_nowait()[1].close()
    return answered


def main() -> None:
    port, connections, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    if sys.argv[4] == "rate":
        answered = asyncio.run(pace(port, connections, seconds, float(sys.argv[5])))
    else:
        answered = asyncio.run(flood(port, connections, seconds, int(sys.argv[5])))
    print(
        json.dumps(
            {
                "count": len(answered.ms),
                "seconds": seconds,
                "bytes": answered.size,
                "ended": answered.ended,
                "ms": sorted(answered.ms),
            }
        )
    )


if __name__ == "__main__":
    main()
