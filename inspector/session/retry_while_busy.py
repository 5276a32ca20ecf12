"""Background work that outlives a file which cannot be read or written for a while."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from inspector.base.errors import BusyError

T = TypeVar("T")

AGAIN_S = 1.0
"""So long after trouble it is tried again."""

log = logging.getLogger(__name__)


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """What `work()` gives, which is called again each second for as long as it raises BusyError.

    Only for what nobody waits for: a user is to be told, and asks again.
    """
    while True:
        try:
            return await work()
        except BusyError as error:
            log.info("background work waits: %s", error)
        await asyncio.sleep(AGAIN_S)
