"""The sender of a benchmark, in a process of its own: many connections, one request at a time on each.

`python -m tests.benchmarks.load PORT CONNECTIONS SECONDS [RATE]` prints one JSON object: how many
requests were answered 200, in how many seconds, and the latencies in ms. With a RATE they are sent at
that pace in all; without one, as fast as they are answered.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from tests.builders import ANSWER, COMPLETION, signature

RESPONDENTS = 1_000


def bodies(respondents: int) -> list[bytes]:
    """Of each respondent four answers and a completion of the documents' sizes."""
    made = []
    for number in range(respondents):
        user = b"user_%03d" % number
        made += [
            ANSWER.replace(b"user_123", user).replace(b"q-xxxxxx-id", b"q-%06d-id" % order)
            for order in range(1, 5)
        ]
        made.append(COMPLETION.replace(b"user_123", user))
    return made


def requests() -> list[bytes]:
    """Deliveries of such bodies, each signed."""
    return [
        b"POST /hook HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: benchmark\r\n"
        b"Content-Type: application/json\r\nx-webhook-signature: %b\r\nContent-Length: %d\r\n\r\n%b"
        % (signature(body), len(body), body)
        for body in bodies(RESPONDENTS)
    ]


class Sender(asyncio.Protocol):
    """Sends the next request as soon as the last one is answered, until the time is over."""

    def __init__(self, requests: list[bytes], first: int, until: float, times: list[float]) -> None:
        self._requests = requests
        self._until = until
        self._times = times
        self._next = first
        self._sent = 0.0
        self._buffer = b""
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.send()

    def send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._requests[self._next % len(self._requests)])
        self._next += 1

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
        now = time.perf_counter()
        self._times.append((now - self._sent) * 1000)
        if now < self._until:
            self.send()
        elif not self.ended.done():
            self._transport.close()
            self.ended.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(error or ConnectionResetError())


async def flood(port: int, connections: int, seconds: float) -> list[float]:
    """Latencies of as many requests as are answered."""
    times: list[float] = []
    loop = asyncio.get_running_loop()
    texts = requests()
    until = time.perf_counter() + seconds
    made = [
        await loop.create_connection(
            lambda first=first: Sender(texts, first * 5, until, times), "127.0.0.1", port
        )
        for first in range(connections)
    ]
    await asyncio.gather(*(sender.ended for _, sender in made))
    return times


async def pace(port: int, connections: int, seconds: float, rate: float) -> list[float]:
    """Latencies of requests that start at a steady rate, whatever the answers do."""
    times: list[float] = []
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(connections):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    texts = requests()

    async def one(number: int) -> None:
        reader, writer = await free.get()
        started = time.perf_counter()
        writer.write(texts[number % len(texts)])
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                await reader.readexactly(int(line[15:]))
        times.append((time.perf_counter() - started) * 1000)
        free.put_nowait((reader, writer))

    start = time.perf_counter()
    running = []
    for number in range(int(seconds * rate)):
        await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
        running.append(asyncio.create_task(one(number)))
    await asyncio.gather(*running)
    while not free.empty():
        free.get_nowait()[1].close()
    return times


def main() -> None:
    port, connections, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    if len(sys.argv) > 4:
        times = asyncio.run(pace(port, connections, seconds, float(sys.argv[4])))
    else:
        times = asyncio.run(flood(port, connections, seconds))
    print(json.dumps({"count": len(times), "seconds": seconds, "ms": sorted(times)}))


if __name__ == "__main__":
    main()
