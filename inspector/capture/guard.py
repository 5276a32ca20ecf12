"""The guarded path: while it is set, requests to other paths are strays, which never become captures."""

from __future__ import annotations

import hmac
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Literal, TypeAlias

from inspector.base.errors import BusyError
from inspector.base.log import log_failure
from inspector.capture.limits import Limits
from inspector.capture.response import problem
from inspector.domain.capture.capture import HeaderPairs
from inspector.domain.capture.guarded_path import ALPHABET, LENGTH, PREFIX
from inspector.domain.capture.stray import Stray

Route: TypeAlias = Literal["address", "stray", "direct"]
"""How a request arrived. `address`: at the public address of our tunnel, or as a probe of ours. `stray`: at
another path. `direct`: from this program itself, or while no path is guarded."""

STRAY = problem(404, hint="Only requests to the public address are captured.")
"""The response to a stray request. It does not contain the path."""

log = logging.getLogger(__name__)


def new_path() -> str:
    """Return a random path such as `/in/8f3c0d1qv5k7m`, which cannot be guessed."""
    return PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


class Guard:
    """Decides which requests are strays, and passes on as many of them as may be stored."""

    def __init__(
        self,
        *,
        limits: Limits,
        path: Callable[[], str | None],
        take: Callable[[Stray], Awaitable[None]],
        is_ours: Callable[[HeaderPairs, str], bool],
    ) -> None:
        """`path` returns the path of the public address: it and everything below it are captured. If it
        returns None, every path is. `take` stores a stray. `is_ours` returns whether this program sent a
        request, by headers and peer: such a request is never a stray."""
        self.count = 0
        """Number of strays."""
        self.not_stored = 0
        """Number of those that were not stored."""
        self._limits = limits
        self._path = path
        self._take = take
        self._is_ours = is_ours
        self._second = (0, 0)

    def route(self, target: bytes, headers: HeaderPairs, remote: str) -> Route:
        """Return how a request arrived."""
        if (guarded := self._path()) is None:
            return "direct"
        path = guarded.encode()
        # A comparison that takes as long for any path: its time shows no correct beginning.
        is_within = hmac.compare_digest(target[: len(path)], path)
        if is_within and target[len(path) :][:1] in (b"", b"/", b"?"):
            return "address"
        try:
            is_ours = self._is_ours(headers, remote)
        except Exception as error:  # such as a file that cannot be read
            log_failure(log, "checking whether a request is our own", error)
            is_ours = False
        return "direct" if is_ours else "stray"

    async def keep(self, stray: Stray) -> None:
        """Store a stray, or count it if there were too many in this second. Never raises."""
        self.count += 1
        second, count = self._second
        now = int(time.monotonic())
        count = count if now == second else 0
        if count >= self._limits.refused_per_second:
            self.not_stored += 1
            return
        self._second = (now, count + 1)
        try:
            await self._take(stray)
        except BusyError as error:
            self.not_stored += 1
            log.info("cannot store a stray request: %s", error)
        except Exception as error:
            self.not_stored += 1
            log_failure(log, "storing a stray request", error)
