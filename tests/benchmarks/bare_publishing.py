"""The baseline of an edge, a process of its own: `python -m tests.benchmarks.bare_publishing URL SECONDS`.

Publishes the messages of an edge, made before, with nothing but the client of NATS, and as many at once as an
edge does. Prints one JSON object: how many were acknowledged, and the processor time in seconds.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import time
from itertools import cycle

import nats

from inspector.domain.capture.inbox_message import ID_HEADER, dump_message
from inspector.inbox.publisher import IN_FLIGHT
from tests.benchmarks.load import bodies
from tests.builders import a_capture
from tests.inbox.publishing import EDGE, SUBJECT

_RESPONDENTS = 2_000


async def publish(url: str, seconds: float) -> dict[str, float]:
    """Publish for some seconds, and return the counts."""
    made = [dump_message(a_capture(body), EDGE, "") for body in bodies(_RESPONDENTS)]
    messages = enumerate(cycle(made))
    start = secrets.token_hex(6)  # other ids than those of another run
    client = await nats.connect(url)
    jetstream = client.jetstream()
    count, processor_s = 0, time.process_time()
    until = time.perf_counter() + seconds

    async def lane() -> None:
        nonlocal count
        while time.perf_counter() < until:
            number, (headers, payload) = next(messages)
            await jetstream.publish(SUBJECT, payload, headers={**headers, ID_HEADER: f"{start}.{number}"})
            count += 1

    await asyncio.gather(*(lane() for _ in range(IN_FLIGHT)))
    processor_s = time.process_time() - processor_s
    await client.close()
    return {"count": count, "processor_s": processor_s}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(publish(sys.argv[1], float(sys.argv[2])))))
